/** Replaces the contents of a registered `module.exports` by those of a new evaluation, all or nothing. */
import type { ExportsDefinitions } from './exports-definitions.ts'

type Key = string | symbol

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
