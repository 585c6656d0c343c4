/**
 * The window of a realm. Some environments copy its properties to the global object and make that the `window` (Vitest's
 * `populateGlobal`); the real one is behind `document.defaultView`.
 */

/** As much of a DOM as is put back. The types of the DOM are no part of this package. */
export interface DomNode {
  readonly childNodes: ArrayLike<DomNode>
  readonly outerHTML?: string
  innerHTML?: string
  data?: string
  replaceChildren(...nodes: DomNode[]): void
  appendChild(node: DomNode): void
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
  /** Environments of jsdom leave it there, for tests. */
  readonly jsdom?: {
    reconfigure(settings: { url: string }): void
    readonly cookieJar: { removeAllCookiesSync(): void }
  }
  /** happy-dom's own handle. */
  readonly happyDOM?: { setURL(url: string): void }
  [key: PropertyKey]: unknown
}

export type RealWindow = Record<PropertyKey, unknown>

/** The realm as a window, with the real window behind it; undefined where there is no DOM. */
export function domOf(realm: typeof globalThis): { realm: DomRealm; window: RealWindow } | undefined {
  const dom = realm as unknown as DomRealm
  if (typeof dom.document !== 'object' || !dom.document?.documentElement) return undefined
  const window = defaultView(dom.document)
  return window ? { realm: dom, window } : undefined
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
