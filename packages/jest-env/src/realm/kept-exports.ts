/**
 * What evaluation left of the exports of a package, put back after each file: `axios.get = jest.fn()`. Looked at are own properties of the
 * exports object, of what it holds as a function or class, with its prototype, and as a plain object. What lies deeper, and what is in the
 * module's own variables, is the package's state, which stays.
 */

interface Held {
  readonly object: object
  /** All own properties. */
  readonly keys: readonly PropertyKey[]
  /** Of those that can be changed, and what they were when the module had been evaluated. */
  readonly was: readonly (readonly [key: PropertyKey, before: PropertyDescriptor])[]
}

/** Objects whose exports are looked at already: what several modules export is the first one's. */
export type SeenObjects = WeakSet<object>

export class KeptExports {
  readonly #held: readonly Held[]

  /** @param seen of all that is kept with it */
  constructor(exports: unknown, seen: SeenObjects) {
    this.#held = [...objectsOf(exports)].flatMap((object) => {
      if (seen.has(object)) return []
      seen.add(object)
      return heldOf(object)
    })
  }

  /** Puts back what is not as it was. @returns whether all of it is as it was by now */
  putBack(): boolean {
    let isAsBefore = true
    for (const held of this.#held) isAsBefore = putBack(held) && isAsBefore
    return isAsBefore
  }
}

function heldOf(object: object): Held {
  const keys = Reflect.ownKeys(object)
  const was = keys.flatMap((key) => {
    const before = Reflect.getOwnPropertyDescriptor(object, key)
    return before && (before.configurable || before.writable) ? [[key, before] as const] : []
  })
  return { object, keys, was }
}

/** Some ten thousand properties are looked at after each file. */
function putBack({ object, keys, was }: Held): boolean {
  let isAsBefore = true
  for (const [key, before] of was) {
    const now = Reflect.getOwnPropertyDescriptor(object, key)
    if (now && Object.is(before.value, now.value) && before.get === now.get && before.set === now.set)
      continue
    isAsBefore = Reflect.defineProperty(object, key, before) && isAsBefore
  }
  const now = Reflect.ownKeys(object)
  if (now.length === keys.length) return isAsBefore
  const known = new Set(keys)
  for (const key of now) if (!known.has(key)) isAsBefore = Reflect.deleteProperty(object, key) && isAsBefore
  return isAsBefore
}

function* objectsOf(exports: unknown): Iterable<object> {
  if (!isObject(exports)) return
  yield* withPrototype(exports)
  for (const key of Reflect.ownKeys(exports)) {
    // A getter may load what nobody has asked for.
    const value: unknown = Reflect.getOwnPropertyDescriptor(exports, key)?.value
    if (typeof value === 'function' || isPlain(value)) yield* withPrototype(value)
  }
}

function* withPrototype(object: object): Iterable<object> {
  yield object
  if (typeof object !== 'function') return
  const prototype: unknown = Reflect.getOwnPropertyDescriptor(object, 'prototype')?.value
  if (isObject(prototype)) yield prototype
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** As a literal makes them, in whatever realm. Other objects are state. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: object | null = Object.getPrototypeOf(value)
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'))
  )
}
