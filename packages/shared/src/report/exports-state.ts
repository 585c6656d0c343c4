/**
 * What the exports of a module are right after its evaluation, by name, and which of them are something else later. Looked
 * at are values, and what is in plain data, maps and sets, however deep; not what a function or an instance holds.
 */

interface Content {
  readonly object: object
  readonly items: readonly unknown[]
}

/** In place of a function that an earlier evaluation has exported by the same name: most exports are, and reading them is the cost. */
const A_FUNCTION = Symbol('a function')

/** Everything about the exports of one module, in flat lists: they are taken at each evaluation. */
export interface ExportsState {
  readonly names: readonly string[]
  readonly values: readonly unknown[]
  /** What is in them: index of the export, and one object that it leads to. */
  readonly contents: readonly (readonly [index: number, content: Content])[]
}

/** A module may export a table of a million rows: no more objects than this are looked at. */
const MOST_OBJECTS = 100

/**
 * @param owners Objects -> the exports through which they were reached first. What belongs to another module is looked at
 * there: modules are evaluated after those that they import.
 * @param before what an earlier evaluation has left of the same exports
 */
export function exportsState(
  exports: object,
  owners: WeakMap<object, object>,
  before?: ExportsState,
): ExportsState {
  const names = Object.keys(exports)
  const values = names.map((name, index) => {
    const wasFunction = before?.names[index] === name && isFunction(before.values[index])
    return wasFunction ? A_FUNCTION : valueAt(exports, name)
  })
  const contents: [number, Content][] = []
  // Who exports it as a whole, as `export * as` does in CommonJS, does not answer for it.
  owners.set(exports, exports)
  for (let index = 0; index < values.length; index++) {
    if (typeof values[index] === 'object') addContents(contents, index, values[index], exports, owners)
  }
  return { names, values, contents }
}

/** Names of exports that are not what they were, in order; undefined where none is. */
export function changedExports(
  exports: object,
  { names, values, contents }: ExportsState,
): string[] | undefined {
  const changed = new Set<string>()
  for (const [index, name] of names.entries()) {
    const now = valueAt(exports, name)
    const was = values[index]
    if (was === A_FUNCTION ? !isFunction(now) || isMock(now) : !Object.is(now, was)) changed.add(name)
  }
  const now = Object.keys(exports)
  if (now.length !== names.length) {
    for (const name of now) if (!names.includes(name)) changed.add(name)
  }
  for (const [index, content] of contents) if (!isUnchanged(content)) changed.add(names[index] as string)
  return changed.size > 0 ? [...changed].sort() : undefined
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function' || value === A_FUNCTION
}

/** As Vitest and Jest make them: what a test may have put in place of a function. */
function isMock(value: unknown): boolean {
  return Object.hasOwn(value as object, 'mock')
}

function addContents(
  contents: [number, Content][],
  index: number,
  value: unknown,
  exports: object,
  owners: WeakMap<object, object>,
): void {
  const queue = [value]
  // The queue grows while it is gone through.
  for (const object of queue) {
    if (typeof object !== 'object' || object === null || owners.has(object)) continue
    const items = itemsOf(object)
    if (!items) continue
    owners.set(object, exports)
    contents.push([index, { object, items }])
    if (contents.length === MOST_OBJECTS) return
    for (const item of items) if (typeof item === 'object') queue.push(item)
  }
}

function isUnchanged({ object, items }: Content): boolean {
  const now = itemsOf(object)
  if (now?.length !== items.length) return false
  for (let at = 0; at < items.length; at++) if (!Object.is(now[at], items[at])) return false
  return true
}

/** Undefined for what is no plain data. Objects may be of another realm, so classes tell nothing. */
function itemsOf(object: object): unknown[] | undefined {
  if (Array.isArray(object)) return object.slice()
  const prototype = Object.getPrototypeOf(object)
  if (prototype === null || isObjectPrototype(prototype)) return itemsOfPlain(object)
  switch (Object.prototype.toString.call(object)) {
    case '[object Map]':
      return [...(object as Map<unknown, unknown>)].flat(1)
    case '[object Set]':
      return [...(object as Set<unknown>)]
    default:
      return undefined
  }
}

function isObjectPrototype(prototype: object): boolean {
  if (prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')
}

/** Keys and values. Accessors are not called. */
function itemsOfPlain(object: object): unknown[] {
  const items: unknown[] = []
  for (const key of Object.keys(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key)
    items.push(key, descriptor?.get ?? descriptor?.value)
  }
  return items
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
