/**
 * Reload of CommonJS: the contents of a registered `module.exports` are replaced by those of a new evaluation, all or
 * nothing. What differs from host to host is how the body is run and who has seen it define its exports.
 */
import { types } from 'node:util'
import { RefusedError } from './errors.ts'
import type { ModuleId } from './module-id.ts'

type Key = string | symbol

/** Exports object -> the keys that its body has defined. What else is on it was put there by others. */
export interface OwnKeys {
  get(exports: object): Iterable<PropertyKey> | undefined
  set(exports: object, keys: ReadonlySet<PropertyKey>): unknown
}

/**
 * What `module.exports` is unless a module puts something else there. A proxy may do anything when looked at.
 *
 * @param prototypes The `Object.prototype` of each realm that modules may come from.
 */
export function isOrdinaryObject(
  value: unknown,
  prototypes: readonly unknown[] = [Object.prototype],
): value is object {
  if (value === null || typeof value !== 'object' || types.isProxy(value)) return false
  const prototype = Object.getPrototypeOf(value) as unknown
  return prototype === null || prototypes.includes(prototype)
}

/** Why the exports of a registered module cannot be replaced; undefined where they can. */
export function whyNotReplaceable(exports: unknown, prototypes?: readonly unknown[]): string | undefined {
  const why = whyNotTakenOver(exports, prototypes)
  if (why !== undefined) return why
  const fixed = Reflect.ownKeys(exports as object).find(
    (key) => Object.getOwnPropertyDescriptor(exports, key)?.configurable === false && key !== '__esModule',
  )
  if (fixed === undefined) return undefined
  return `its export ${String(fixed)} is not configurable: it was defined so that nothing can replace it, as compilers do`
}

/** The same for the exports of the new evaluation, which are to go into the registered ones. */
function whyNotTakenOver(made: unknown, prototypes?: readonly unknown[]): string | undefined {
  if (typeof made === 'function') {
    return 'its module.exports is a function, not an ordinary object: importers hold it as it is'
  }
  if (made === null || typeof made !== 'object') {
    return 'its module.exports is a primitive value, not an ordinary object: importers hold it as it is'
  }
  if (!isOrdinaryObject(made, prototypes)) {
    return 'its module.exports is not an ordinary object, whose contents could be replaced'
  }
  return Object.isExtensible(made) ? undefined : 'its module.exports is frozen or sealed'
}

/**
 * Asserts that what the new body has left as `module.exports` can go into the registered exports.
 *
 * @param belongsToAnother Whether the registered exports are those of another module (`module.exports = require('./lib')`)
 * @throws `ERR_RELOAD_REFUSED`
 */
export function assertTakenOver(
  id: ModuleId,
  made: unknown,
  { belongsToAnother, prototypes }: { belongsToAnother: boolean; prototypes?: readonly unknown[] },
): asserts made is object {
  const why = belongsToAnother
    ? 'its module.exports was the exports of another module, and no longer is'
    : whyNotTakenOver(made, prototypes)
  if (why === undefined) return
  const provenance = { source: 'loader', reason: `after the change, ${why}` } as const
  throw new RefusedError('allowReload', [{ id, flag: 'allowReload', provenance }])
}

/**
 * Whether the new body may have its own name for what it has assigned to `module.exports`, which importers will
 * never hold: see `forwardTo`. Compiled ES modules have none, and what is the exports of another module is that one's.
 *
 * @param others The other modules that are registered
 */
export function hasOtherName(
  made: object,
  filename: string,
  others: Iterable<{ readonly exports: unknown }>,
): boolean {
  if (Object.hasOwn(made, '__esModule') || filename.endsWith('.json')) return false
  for (const { exports } of others) if (exports === made) return false
  return true
}

/** Empties the registered exports for a new body: removes what the old one has defined. */
export class ExportsReplacement {
  readonly #exports: object
  readonly #ownKeys: OwnKeys
  readonly #saved: readonly (readonly [Key, PropertyDescriptor])[]
  readonly #own: ReadonlySet<PropertyKey>
  readonly #foreign: ReadonlySet<PropertyKey>
  /** Whether the exports are still to be left alone. */
  #isHandedOut: boolean

  /**
   * @param isHandedOut Whether the old body may have assigned them to `module.exports`. They may be those of another
   * module then (`module.exports = require('./lib')`): they are left alone until the new body has handed out something
   * else.
   */
  constructor(exports: object, ownKeys: OwnKeys, isHandedOut = false) {
    this.#exports = exports
    this.#ownKeys = ownKeys
    this.#saved = descriptorsOf(exports)
    const keys = this.#saved.map(([key]) => key)
    this.#own = new Set(ownKeys.get(exports) ?? keys)
    this.#foreign = new Set(keys.filter((key) => !this.#own.has(key)))
    this.#isHandedOut = isHandedOut
    if (!isHandedOut) this.#empty()
  }

  /** The new body has run. `made`: what it has left as `module.exports`, which may be another object. */
  finish(made: object): void {
    if (made !== this.#exports) this.#take(made)
    // The very same were handed out once more: whoever they belong to has seen to what is in them.
    else if (this.#isHandedOut) this.#ownKeys.set(this.#exports, this.#own)
    else this.#setOwn(Reflect.ownKeys(made).filter((key) => !this.#foreign.has(key)))
    this.#isHandedOut = made === this.#exports && this.#isHandedOut
  }

  #take(made: object): void {
    // From here on there is something to undo.
    this.#isHandedOut = false
    this.#empty()
    for (const [key, descriptor] of descriptorsOf(made)) {
      Object.defineProperty(this.#exports, key, { ...descriptor, configurable: true })
    }
    this.#setOwn(Reflect.ownKeys(made))
  }

  /** The new body has failed: everything is as before. */
  undo(): void {
    if (!this.#isHandedOut) {
      for (const key of Reflect.ownKeys(this.#exports)) Reflect.deleteProperty(this.#exports, key)
      for (const [key, descriptor] of this.#saved) Object.defineProperty(this.#exports, key, descriptor)
    }
    this.#setOwn(this.#own)
  }

  #setOwn(keys: Iterable<PropertyKey>): void {
    this.#ownKeys.set(this.#exports, new Set(keys))
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
