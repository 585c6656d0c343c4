/**
 * What a document shows: children and attributes of `html`, `head` and `body`. The elements themselves stay the same
 * ones: kept packages hold them (testing-library's `screen` holds the body).
 */
import type { Change, GlobalsPart } from '../change.ts'
import { read } from './dom-objects.ts'
import type { DomElement, DomNode, DomRealm } from './window.ts'

/** Style sheets of CSS-in-JS packages, which remember what they have inserted and would not do so again. */
const PACKAGE_STYLES = '[data-emotion],[data-styled],[data-styled-version],[data-jss],style#_goober'

interface ElementState {
  readonly name: string
  readonly element: DomElement
  children: readonly DomNode[]
  /** What was inside of each child. */
  inside: readonly string[]
  attributes: ReadonlyMap<string, string>
  /** Event handler attributes, as `onclick`, by name. */
  handlers: ReadonlyMap<string, unknown>
}

export class DocumentPart implements GlobalsPart {
  readonly #realm: DomRealm
  #states: ElementState[] = []
  #handlerNames: readonly string[] = []
  /** Undefined where the implementation has none: jsdom. */
  #sheets: readonly unknown[] | undefined

  constructor(realm: DomRealm) {
    this.#realm = realm
  }

  capture(): void {
    const { document } = this.#realm
    this.#handlerNames = handlerNames(Object.getPrototypeOf(document.documentElement))
    const { documentElement, head, body } = document
    this.#sheets = this.#adoptedSheets()
    // The document first: with its children it gets back elements that were replaced.
    this.#states = Object.entries({ document, documentElement, head, body }).flatMap(([name, element]) =>
      element ? [this.#stateOf(name === 'document' ? name : `document.${name}`, element as DomElement)] : [],
    )
  }

  #stateOf(name: string, element: DomElement): ElementState {
    const children = childrenOf(element)
    return {
      name,
      element,
      children,
      inside: children.map(contentOf),
      attributes: attributesOf(element),
      handlers: new Map(this.#handlerNames.map((name) => [name, read(element, name)])),
    }
  }

  *changes(): Iterable<Change> {
    yield* this.#sheetChanges()
    for (const state of this.#states) {
      const { element, name } = state
      const keep = (): void => void Object.assign(state, this.#stateOf(name, element))
      yield* this.#content(state, keep)
      yield* this.#attributes(state, keep)
      for (const [handler, was] of state.handlers) {
        const now = read(element, handler)
        if (Object.is(now, was)) continue
        yield {
          what: `${name}.${handler}`,
          kind: 'document',
          now,
          undo: () => void Reflect.set(element, handler, was),
          keep,
        }
      }
    }
  }

  #adoptedSheets(): readonly unknown[] | undefined {
    const sheets = read(this.#realm.document, 'adoptedStyleSheets')
    return Array.isArray(sheets) ? [...sheets] : undefined
  }

  *#sheetChanges(): Iterable<Change> {
    const was = this.#sheets
    const now = this.#adoptedSheets()
    if (!was || !now || (was.length === now.length && was.every((sheet, index) => sheet === now[index])))
      return
    yield {
      what: 'document.adoptedStyleSheets',
      kind: 'document',
      now: now.at(-1) ?? 0,
      undo: () => void Reflect.set(this.#realm.document, 'adoptedStyleSheets', [...was]),
      keep: () => {
        this.#sheets = now
      },
    }
  }

  *#content({ name, element, children, inside }: ElementState, keep: () => void): Iterable<Change> {
    const now = childrenOf(element)
    const isMoved = now.length !== children.length || now.some((child, index) => child !== children[index])
    // What is inside of `html`, `head` and `body` is reported there.
    const isOwnState = (child: DomNode): boolean => this.#states.some(({ element }) => element === child)
    const isEdited = children.some((child, index) => !isOwnState(child) && contentOf(child) !== inside[index])
    if (!isMoved && !isEdited) return
    yield {
      what: `children of ${name}`,
      kind: 'document',
      now: now.map(contentOf).join('\0'),
      undo() {
        if (isMoved) setChildren(element, children)
        children.forEach((child, index) => {
          if (!isOwnState(child) && contentOf(child) !== inside[index]) setContent(child, inside[index] ?? '')
        })
      },
      keep,
    }
  }

  *#attributes({ name, element, attributes }: ElementState, keep: () => void): Iterable<Change> {
    const now = attributesOf(element)
    for (const key of new Set([...attributes.keys(), ...now.keys()])) {
      const was = attributes.get(key)
      if (now.get(key) === was) continue
      yield {
        what: `${name} attribute "${key}"`,
        kind: 'document',
        now: now.get(key),
        undo: () => (was === undefined ? element.removeAttribute(key) : element.setAttribute(key, was)),
        keep,
      }
    }
  }
}

function childrenOf(element: DomNode): DomNode[] {
  return Array.from(element.childNodes).filter((node) => !isPackageStyle(node))
}

/**
 * Styles of packages, and what stands where it stood, is not touched: a style sheet that leaves the document loses the rules that were
 * inserted into it by themselves.
 */
function setChildren(parent: DomNode, children: readonly DomNode[]): void {
  for (const node of childrenOf(parent)) if (!children.includes(node)) parent.removeChild(node)
  const left = childrenOf(parent)
  for (const child of children) {
    if (left[0] === child) left.shift()
    else {
      const at = left.indexOf(child)
      if (at !== -1) left.splice(at, 1)
      parent.insertBefore(child, left[0] ?? null)
    }
  }
}

function isPackageStyle(node: DomNode): boolean {
  return node.matches?.(PACKAGE_STYLES) ?? false
}

/** Elements by their HTML, text by itself. */
function contentOf(node: DomNode): string {
  return node.outerHTML ?? node.data ?? ''
}

/** Brings a child of the first document back to its HTML, without making another node of it. */
function setContent(node: DomNode, content: string): void {
  if (node.outerHTML === undefined) {
    node.data = content
    return
  }
  const { ownerDocument } = node as unknown as { ownerDocument: { createElement(name: string): DomNode } }
  const holder = ownerDocument.createElement('template') as DomNode & { content: DomNode }
  holder.innerHTML = content
  const model = holder.content.childNodes[0] as DomElement
  const element = node as DomElement
  for (const name of attributesOf(element).keys()) element.removeAttribute(name)
  for (const [name, value] of attributesOf(model)) element.setAttribute(name, value)
  element.replaceChildren(...Array.from(model.childNodes))
}

function attributesOf({ attributes }: DomElement): Map<string, string> {
  return new Map(Array.from(attributes ?? [], ({ name, value }) => [name, value]))
}

/** Names of event handler attributes, as `onclick`, that an object and its prototypes have. */
export function handlerNames(object: object): string[] {
  const names = new Set<string>()
  for (let at = object; at; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (/^on[a-z]/.test(name)) names.add(name)
  }
  return [...names]
}
