/**
 * Keeps the exports of CommonJS modules replaceable. Compilers define them by `Object.defineProperty`, mostly without
 * `configurable`: Babel and TypeScript for re-exports, SWC and esbuild for every export. Such an export could never be
 * replaced in place, so while a body runs, definitions on its exports are made configurable.
 */
import { patch, whyNotReplaceable as whyNotReplaceableFrom } from 'fresh-modules/internal/core'
import type { CjsModule } from '../jest/runtime-internals/detect.ts'

type Key = string | symbol
type Define = typeof Object.defineProperty
type DefineAll = typeof Object.defineProperties

const FIELDS = ['enumerable', 'value', 'writable', 'get', 'set'] as const

export class ExportsDefinitions {
  readonly #Object: ObjectConstructor
  /**
   * Objects on which definitions are made configurable now, with the keys for which that changed something: the
   * `exports` of bodies that run, and what has `__esModule` defined on it meanwhile, since esbuild builds its exports
   * on an object that it makes itself. Empty when no body runs.
   */
  readonly #open = new Map<object, Set<Key>>()
  /** The same objects in the order in which they were opened: bodies end in the reverse order of their begin. */
  readonly #order: object[] = []
  /** Exports object -> the keys that its body has defined. What else is on it was put there by others. */
  readonly ownKeys = new WeakMap<object, ReadonlySet<PropertyKey>>()
  /** Modules whose body has assigned another object to `module.exports`. */
  readonly #handedOut = new WeakSet<CjsModule>()
  #depth = 0
  /** Undone when the last body has ended. Where a body has put its own in place, that stays. */
  readonly #patches: (() => void)[] = []

  constructor(realm: typeof globalThis) {
    this.#Object = realm.Object
  }

  noteHandedOut(module: CjsModule): void {
    this.#handedOut.add(module)
  }

  /** Whether the exports of the module are an object that its body has assigned, which others may hold, too. */
  isHandedOut(module: CjsModule): boolean {
    return this.#handedOut.has(module)
  }

  /** The body of a module is about to run; returns what to call when it has. */
  begin(module: CjsModule): (hasFailed: boolean) => void {
    const first = this.#order.length
    const initial = module.exports as object
    this.#add(initial)
    if (this.#depth++ === 0) this.#patch()
    return (hasFailed) => {
      if (!hasFailed && isObject(module.exports)) {
        this.ownKeys.set(module.exports, new Set(Reflect.ownKeys(module.exports)))
      }
      if (--this.#depth === 0) for (const undo of this.#patches.splice(0)) undo()
      for (const target of this.#order.splice(first)) {
        const keys = this.#open.get(target)
        this.#open.delete(target)
        // An object that did not become the exports is as its maker wanted it.
        if (keys && target !== module.exports && target !== initial) this.#lock(target, keys)
      }
    }
  }

  #add(target: object): void {
    if (this.#open.has(target)) return
    this.#open.set(target, new Set())
    this.#order.push(target)
  }

  #patch(): void {
    const realm: Pick<ObjectConstructor, 'defineProperty' | 'defineProperties'> = this.#Object
    const one = (define: Define) =>
      ((target: object, key: Key, descriptor: PropertyDescriptor) =>
        define(target, key, this.#unlocked(target, key, descriptor))) as Define
    this.#patches.push(patch(realm, 'defineProperty', one, 'Object.defineProperty'))
    const { defineProperty } = realm
    const all = (defineAll: DefineAll) =>
      ((target: object, descriptors: PropertyDescriptorMap) => {
        if (!this.#isOpen(target, Reflect.ownKeys(descriptors))) return defineAll(target, descriptors)
        for (const key of Reflect.ownKeys(descriptors)) {
          defineProperty(target, key, (descriptors as Record<Key, PropertyDescriptor>)[key] ?? {})
        }
        return target
      }) as DefineAll
    this.#patches.push(patch(realm, 'defineProperties', all, 'Object.defineProperties'))
  }

  #isOpen(target: object, keys: readonly Key[]): boolean {
    if (this.#open.has(target)) return true
    if (this.#depth === 0 || !keys.includes('__esModule') || !isObject(target)) return false
    this.#add(target)
    return true
  }

  #unlocked(target: object, key: Key, descriptor: PropertyDescriptor): PropertyDescriptor {
    if (!isObject(descriptor) || descriptor.configurable || !this.#isOpen(target, [key])) return descriptor
    const existing = Object.getOwnPropertyDescriptor(target, key)
    if (existing) return descriptor
    this.#open.get(target)?.add(key)
    const unlocked: PropertyDescriptor = { configurable: true }
    // A descriptor may be any object, so a field may be inherited.
    for (const field of FIELDS) if (field in descriptor) unlocked[field] = descriptor[field]
    return unlocked
  }

  #lock(target: object, keys: ReadonlySet<Key>): void {
    for (const key of keys) {
      const descriptor = Object.getOwnPropertyDescriptor(target, key)
      if (descriptor) Object.defineProperty(target, key, { ...descriptor, configurable: false })
    }
  }
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === 'object' || typeof value === 'function')
}

/** Why the exports cannot be replaced in place; undefined where they can. */
export function whyNotReplaceable(realm: typeof globalThis, exports: unknown): string | undefined {
  return whyNotReplaceableFrom(exports, prototypesIn(realm))
}

/** `module.exports` starts as an object of the realm that Jest runs in; bodies make those of the sandbox. */
export function prototypesIn(realm: typeof globalThis): readonly unknown[] {
  return [Object.prototype, realm.Object.prototype]
}
