/**
 * What the exports of a module are right after its evaluation, by name, and which of them are something else later. Looked
 * at are values, and what is in plain data, maps and sets, however deep; not what a function or an instance holds.
 */

interface Content {
  readonly object: object
  readonly items: readonly unknown[]
}

interface Exported {
  readonly value: unknown
  readonly contents: readonly Content[]
}

export type ExportsState = ReadonlyMap<string, Exported>

/** A module may export a table of a million rows: no more of one export than this is looked at. */
const MOST_OBJECTS = 200

export function exportsState(exports: object): ExportsState {
  const state = new Map<string, Exported>()
  for (const name of Object.keys(exports)) {
    const value = valueAt(exports, name)
    state.set(name, { value, contents: contentsOf(value) })
  }
  return state
}

/** Names of exports that are not what they were; undefined where none is. `[]`: the module itself is another value. */
export function changedExports(exports: object, state: ExportsState): string[] | undefined {
  const names = new Set([...Object.keys(exports), ...state.keys()])
  const changed = [...names].filter((name) => {
    const was = state.get(name)
    return !was || !Object.is(valueAt(exports, name), was.value) || !was.contents.every(isUnchanged)
  })
  return changed.length > 0 ? changed.sort() : undefined
}

function contentsOf(value: unknown): Content[] {
  const contents: Content[] = []
  const seen = new Set<unknown>()
  const queue = [value]
  // The queue grows while it is gone through.
  for (const object of queue) {
    if (typeof object !== 'object' || object === null || seen.has(object)) continue
    const items = itemsOf(object)
    if (!items) continue
    seen.add(object)
    contents.push({ object, items })
    if (contents.length === MOST_OBJECTS) break
    queue.push(...items)
  }
  return contents
}

function isUnchanged({ object, items }: Content): boolean {
  const now = itemsOf(object)
  return now?.length === items.length && now.every((item, index) => Object.is(item, items[index]))
}

/** By what they call themselves, since they may be of another realm. */
const NAME = Object.prototype.toString

function itemsOf(object: object): unknown[] | undefined {
  switch (NAME.call(object)) {
    case '[object Array]':
      return [...(object as unknown[])]
    case '[object Map]':
      return [...(object as Map<unknown, unknown>)].flat(1)
    case '[object Set]':
      return [...(object as Set<unknown>)]
    case '[object Object]':
      return isPlain(object)
        ? Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(contentOf)
        : undefined
    default:
      return undefined
  }
}

/** An object as literals make it, of any realm. */
function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object)
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'))
  )
}

function contentOf([key, descriptor]: [string, PropertyDescriptor]): unknown[] {
  return [key, 'value' in descriptor ? descriptor.value : descriptor.get]
}

/** Exports are read as an importer reads them: hosts define them in more than one way. */
function valueAt(exports: object, name: string): unknown {
  try {
    return (exports as Record<string, unknown>)[name]
  } catch {
    // A binding that its module never initialised.
    return undefined
  }
}
