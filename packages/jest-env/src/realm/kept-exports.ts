/**
 * What evaluation left of the exports of packages, put back after each file: `axios.get = jest.fn()`. Looked at are own properties of the
 * exports object, of what it holds as a function or class, with its prototype, and as a plain object. What lies deeper, and what is in the
 * module's own variables, is the package's state, which stays.
 *
 * A package may change what it requires, as plugins do. That is a part of its evaluation, and no file's doing.
 */

interface Held {
  /** All own properties. */
  readonly keys: readonly PropertyKey[]
  /** Of those that can be changed, and what they are to be. */
  readonly was: readonly (readonly [key: PropertyKey, before: PropertyDescriptor])[]
}

/** A look at what a module requires while it is evaluated. */
export interface RequiredExports {
  readonly exports: unknown
  /** Whether it was as its own evaluation had left it. */
  readonly isAsEvaluated: boolean
}

export class KeptExports {
  // Object -> what it is to be. Several modules may export it. An entry goes with the object.
  readonly #held = new WeakMap<object, Held>()

  /** A module has been evaluated; what it has required may have been changed by it. */
  note(exports: unknown, required: readonly RequiredExports[]): void {
    for (const { exports, isAsEvaluated } of required) {
      if (isAsEvaluated) for (const object of objectsOf(exports)) this.#held.set(object, heldOf(object))
    }
    for (const object of objectsOf(exports)) {
      // Others may have looked at its exports when they were not complete.
      if (object === exports || !this.#held.has(object)) this.#held.set(object, heldOf(object))
    }
  }

  /** What a module gets that is being evaluated. */
  look(exports: unknown): RequiredExports {
    for (const object of objectsOf(exports)) {
      const held = this.#held.get(object)
      if (held && !isAsHeld(object, held)) return { exports, isAsEvaluated: false }
    }
    return { exports, isAsEvaluated: true }
  }

  /** Puts back what is not as it was. @returns whether all of it is as it was by now */
  putBack(exports: unknown): boolean {
    let isAsBefore = true
    for (const object of objectsOf(exports)) {
      const held = this.#held.get(object)
      if (held) isAsBefore = putBack(object, held) && isAsBefore
    }
    return isAsBefore
  }
}

function heldOf(object: object): Held {
  const keys = Reflect.ownKeys(object)
  const was = keys.flatMap((key) => {
    const before = Reflect.getOwnPropertyDescriptor(object, key)
    return before && (before.configurable || before.writable) ? [[key, before] as const] : []
  })
  return { keys, was }
}

function isAsHeld(object: object, { keys, was }: Held): boolean {
  return (
    was.every(([key, before]) => isSame(object, key, before)) &&
    Reflect.ownKeys(object).length === keys.length
  )
}

function isSame(object: object, key: PropertyKey, before: PropertyDescriptor): boolean {
  const now = Reflect.getOwnPropertyDescriptor(object, key)
  return (
    now !== undefined &&
    Object.is(before.value, now.value) &&
    before.get === now.get &&
    before.set === now.set
  )
}

/** Some ten thousand properties are looked at after each file. */
function putBack(object: object, { keys, was }: Held): boolean {
  let isAsBefore = true
  for (const [key, before] of was) {
    if (!isSame(object, key, before)) isAsBefore = Reflect.defineProperty(object, key, before) && isAsBefore
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
