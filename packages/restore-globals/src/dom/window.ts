/**
 * The window of a realm. It may be the global object itself (Jest). Or an environment copies its properties to the
 * global object and makes that the `window` (Vitest's `populateGlobal`); the real one is behind `document.defaultView`.
 */
import type { JsdomHandle, Realm } from '../realm.ts'

/** As much of a DOM as is put back. The types of the DOM are no part of this package. */
export interface DomNode {
  readonly childNodes: ArrayLike<DomNode>
  readonly outerHTML?: string
  innerHTML?: string
  data?: string
  replaceChildren(...nodes: DomNode[]): void
  insertBefore(node: DomNode, before: DomNode | null): void
  removeChild(node: DomNode): void
  matches?(selector: string): boolean
}

export interface DomElement extends DomNode {
  readonly attributes: ArrayLike<{ readonly name: string; readonly value: string }>
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
}

export interface DomStorage {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  clear(): void
}

interface DomDocument extends DomNode {
  readonly documentElement: DomElement
  readonly head: DomElement | null
  readonly body: DomElement | null
  cookie: string
}

export type Listener = ((event: unknown) => void) | object | null
export type ListenerMethod = (this: unknown, type: string, callback: Listener, options?: unknown) => void

/** happy-dom's own handle, in its windows. */
export interface HappyDomHandle {
  setURL(url: string): void
}

/** The global object of a realm that an environment has made a window. */
export interface DomRealm {
  readonly document: DomDocument
  readonly location: { readonly href: string }
  readonly history: {
    readonly length: number
    readonly state: unknown
    replaceState(state: unknown, title: string, url: string): void
  }
  addEventListener: ListenerMethod
  removeEventListener: ListenerMethod
  readonly jsdom?: JsdomHandle
  readonly happyDOM?: HappyDomHandle
  [key: PropertyKey]: unknown
}

export type RealWindow = Record<PropertyKey, unknown>

/** A realm that has a page. */
export interface PageRealm {
  /** Its global object, by its DOM. */
  readonly realm: DomRealm
  /** The real window: the global object itself, or one behind it. */
  readonly window: RealWindow
  readonly jsdom?: JsdomHandle | undefined
}

/** The realm as a window, with the real window behind it; undefined where there is no DOM. */
export function domOf({ global, jsdom }: Realm): PageRealm | undefined {
  const realm = global as DomRealm
  if (typeof realm.document !== 'object' || !realm.document?.documentElement) return undefined
  const window = defaultView(realm.document)
  return window && { realm, window, jsdom: jsdom ?? realm.jsdom }
}

/** An environment may hide the real one behind an own property of the document; the getter of the class still knows it. */
function defaultView(document: object): RealWindow | undefined {
  for (let at = Object.getPrototypeOf(document); at; at = Object.getPrototypeOf(at)) {
    const get = Reflect.getOwnPropertyDescriptor(at, 'defaultView')?.get
    if (get) return (Reflect.apply(get, document, []) ?? undefined) as RealWindow | undefined
  }
  return undefined
}

/** The prototype that has a method: the window's own classes may be empty, and extend those with the methods. */
export function ownerOf<T extends object>(object: object, method: string): T | undefined {
  for (let at = Object.getPrototypeOf(object); at; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, method)) return at
  }
  return undefined
}
