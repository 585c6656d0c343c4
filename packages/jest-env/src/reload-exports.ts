/** Replaces the contents of a registered `module.exports` by those of a new evaluation, all or nothing. */
import type { ExportsDefinitions } from './exports-definitions.ts'

type Key = string | symbol

/** An object that a body has handed out -> the registered exports that it is another name for since. */
const forwarded = new WeakMap<object, object>()

/** Empties the exports for a new body: removes what the old one defined. */
export class ExportsReplacement {
  readonly #exports: object
  readonly #definitions: ExportsDefinitions
  readonly #saved: readonly (readonly [Key, PropertyDescriptor])[]
  readonly #defined: ReadonlySet<Key>
  readonly #foreign: ReadonlySet<Key>
  /** Whether the exports are still to be left alone. */
  #isHandedOut: boolean

  /**
   * @param isHandedOut Whether the old body has assigned them to `module.exports`. They may belong to another module
   * then (`module.exports = require('./lib')`): they are left alone until it is seen what the new body hands out.
   */
  constructor(exports: object, definitions: ExportsDefinitions, isHandedOut = false) {
    this.#exports = exports
    this.#definitions = definitions
    this.#saved = descriptorsOf(exports)
    this.#defined = definitions.definedOn(exports)
    this.#foreign = new Set(this.#saved.map(([key]) => key).filter((key) => !this.#defined.has(key)))
    this.#isHandedOut = isHandedOut
    if (!isHandedOut) this.#empty()
  }

  /** The very same were handed out again: whoever they belong to has seen to what is in them. */
  keep(): void {
    this.#definitions.setDefined(this.#exports, [...this.#defined])
  }

  /**
   * The new body has run. `result`: what it left as `module.exports`, which may be another object. What is called
   * before this has not touched exports that were handed out.
   */
  finish(result: object): void {
    this.#isHandedOut = false
    if (result !== this.#exports) {
      this.#empty()
      for (const [key, descriptor] of descriptorsOf(result)) {
        Object.defineProperty(this.#exports, key, { ...descriptor, configurable: true })
      }
    }
    const keys = Reflect.ownKeys(this.#exports)
    this.#definitions.setDefined(
      this.#exports,
      result === this.#exports ? keys.filter((key) => !this.#foreign.has(key)) : Reflect.ownKeys(result),
    )
  }

  /** The new body has failed: everything is as before. */
  undo(): void {
    if (this.#isHandedOut) {
      this.keep()
      return
    }
    for (const key of Reflect.ownKeys(this.#exports)) Reflect.deleteProperty(this.#exports, key)
    for (const [key, descriptor] of this.#saved) Object.defineProperty(this.#exports, key, descriptor)
    this.#definitions.setDefined(this.#exports, [...this.#defined])
  }

  #empty(): void {
    for (const key of Reflect.ownKeys(this.#exports)) {
      if (!this.#foreign.has(key)) Reflect.deleteProperty(this.#exports, key)
    }
  }
}

function descriptorsOf(object: object): [Key, PropertyDescriptor][] {
  return Reflect.ownKeys(object).map((key) => [
    key,
    Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor,
  ])
}

/** The registered exports that the object stands for, if it is the own name that a body has for them; else itself. */
export function exportsBehind(object: unknown): unknown {
  return forwarded.get(object as object) ?? object
}

/**
 * A body that has assigned `module.exports` goes on using that object by a name of its own (`api.count++`), while its
 * importers hold the registered one. So the object becomes another name for the registered exports: what the body
 * assigns is seen by importers, and the body sees the spies that they have set.
 */
export function forwardTo(exports: object, result: object): void {
  const target = exports as Record<Key, unknown>
  for (const key of Reflect.ownKeys(result)) {
    const descriptor = Object.getOwnPropertyDescriptor(result, key) as PropertyDescriptor
    if (descriptor.configurable) forwardKey(target, result, key, descriptor)
  }
  const prototype = Object.getPrototypeOf(result) ?? Object.create(null)
  // Only a prototype can see properties that are not there yet.
  const later = new Proxy(prototype, {
    has: (_, key) => Object.hasOwn(target, key) || Reflect.has(prototype, key),
    get: (_, key, receiver) =>
      Object.hasOwn(target, key) ? target[key] : Reflect.get(prototype, key, receiver),
    set: (_, key, value, receiver) => {
      if (receiver !== result || key === '__proto__') return Reflect.set(prototype, key, value, receiver)
      forwardKey(target, result, key, { writable: true, enumerable: true })
      return Reflect.set(target, key, value)
    },
  })
  Object.setPrototypeOf(result, later)
  forwarded.set(result, exports)
}

function forwardKey(
  target: Record<Key, unknown>,
  result: object,
  key: Key,
  { enumerable = false, writable, set }: PropertyDescriptor,
): void {
  const assign = (value: unknown) => {
    target[key] = value
  }
  Object.defineProperty(result, key, {
    configurable: true,
    enumerable,
    get: () => target[key],
    ...((writable || set) && { set: assign }),
  })
}
