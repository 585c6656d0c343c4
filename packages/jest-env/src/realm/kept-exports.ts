/**
 * What evaluation left of the exports of a package, put back after each file: `axios.get = jest.fn()`. Looked at are own properties of the
 * exports object, of what it holds as a function or class, with its prototype, and as a plain object. What lies deeper, and what is in the
 * module's own variables, is the package's state, which stays.
 */

interface Held {
  readonly object: object
  /** Own property -> its descriptor when the module had been evaluated. */
  readonly was: ReadonlyMap<PropertyKey, PropertyDescriptor>
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
      return { object, was: ownDescriptors(object) }
    })
  }

  /** Puts back what is not as it was. @returns whether all of it is as it was by now */
  putBack(): boolean {
    let isAsBefore = true
    for (const held of this.#held) isAsBefore = putBack(held) && isAsBefore
    return isAsBefore
  }
}

function putBack({ object, was }: Held): boolean {
  let isAsBefore = true
  const keys = Reflect.ownKeys(object)
  for (const key of keys) {
    if (!was.has(key)) isAsBefore = Reflect.deleteProperty(object, key) && isAsBefore
  }
  for (const [key, before] of was) {
    const now = Reflect.getOwnPropertyDescriptor(object, key)
    if (now && isSame(before, now)) continue
    isAsBefore = Reflect.defineProperty(object, key, before) && isAsBefore
  }
  return isAsBefore
}

function isSame(a: PropertyDescriptor, b: PropertyDescriptor): boolean {
  return Object.is(a.value, b.value) && a.get === b.get && a.set === b.set
}

function ownDescriptors(object: object): Map<PropertyKey, PropertyDescriptor> {
  return new Map(
    Reflect.ownKeys(object).map((key) => [key, Reflect.getOwnPropertyDescriptor(object, key) as never]),
  )
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
