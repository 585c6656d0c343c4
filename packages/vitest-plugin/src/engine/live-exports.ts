/**
 * The exports of a namespace that is evaluated again and again. Each export is a property that is defined once and
 * reads what its module has defined last: defining thousands of properties again for each test is what would cost most.
 */
import { exportsOf, type Namespace } from './namespace.ts'

/** Where an evaluation defines its exports. */
export interface ExportTarget {
  readonly namespace: Namespace
  /** Modules call both as plain functions. */
  readonly define: (name: string, get: () => unknown) => void
  /** `export *` */
  readonly defineAll: (source: unknown) => void
}

interface Slot {
  get: () => unknown
  /** The getter before the evaluation that runs; undefined for an export that is new in it, and when none runs. */
  before: (() => unknown) | undefined
  /** The evaluation that has defined it last. */
  turn: number
}

const notYetDefined = () => undefined

export class LiveExports implements ExportTarget {
  readonly namespace: Namespace
  readonly #slots = new Map<string, Slot>()
  #turn = 0

  constructor(namespace: Namespace) {
    this.namespace = namespace
    for (const key of exportsOf(namespace)) {
      const get = Object.getOwnPropertyDescriptor(namespace, key)?.get
      if (typeof key === 'string' && get) this.#add(key, get)
    }
  }

  /** An evaluation begins. Until it has defined an export nobody sees the old one: a cycle holds no old member. */
  begin(): void {
    this.#turn++
    for (const slot of this.#slots.values()) {
      slot.before = slot.get
      slot.get = notYetDefined
    }
  }

  readonly define = (name: string, get: () => unknown): void => {
    const slot = this.#slots.get(name)
    if (!slot) {
      this.#add(name, get)
      return
    }
    slot.get = get
    slot.turn = this.#turn
  }

  readonly defineAll = (source: unknown): void => {
    forEachStarExport(this.namespace, source, (name, get) => {
      const slot = this.#slots.get(name)
      // What the module has defined in this evaluation is its own; so is what others have put there.
      if (slot ? slot.turn !== this.#turn : !(name in this.namespace)) this.define(name, get)
    })
  }

  /** The evaluation has succeeded: what it has not defined is gone. */
  finish(): void {
    for (const [name, slot] of this.#slots) {
      if (slot.turn !== this.#turn) this.#remove(name)
      else slot.before = undefined
    }
  }

  /** The evaluation has failed: every export as it was. */
  putBack(): void {
    for (const [name, slot] of this.#slots) {
      if (!slot.before) this.#remove(name)
      else slot.get = slot.before
      slot.before = undefined
    }
  }

  #add(name: string, get: () => unknown): void {
    const slot: Slot = { get, before: undefined, turn: this.#turn }
    this.#slots.set(name, slot)
    defineGetter(this.namespace, name, () => slot.get())
  }

  #remove(name: string): void {
    this.#slots.delete(name)
    delete this.namespace[name]
  }
}

/** Where a first or a fresh copy defines its exports: on its own namespace. */
export function plainExports(namespace: Namespace): ExportTarget {
  const define = (name: string, get: () => unknown) => defineGetter(namespace, name, get)
  return {
    namespace,
    define,
    defineAll: (source) =>
      forEachStarExport(namespace, source, (name, get) => {
        if (!(name in namespace)) define(name, get)
      }),
  }
}

/**
 * Enumerable and configurable, as by a descriptor, which would take a third longer: thousands of exports are defined for
 * each test file.
 */
const defineGetter: (namespace: Namespace, name: string, get: () => unknown) => void =
  Function.prototype.call.bind((Object.prototype as LegacyAccessors).__defineGetter__)

interface LegacyAccessors {
  __defineGetter__(name: string, get: () => unknown): void
}

function forEachStarExport(
  namespace: Namespace,
  source: unknown,
  use: (name: string, get: () => unknown) => void,
): void {
  if (source === namespace || source === null) return
  // What Vitest makes of a CommonJS package whose `module.exports` is a function can be one too.
  if (typeof source !== 'object' && typeof source !== 'function') return
  if (Array.isArray(source) || source instanceof Promise) return
  for (const name in source) {
    if (name !== 'default' && name !== '__esModule') use(name, () => (source as Namespace)[name])
  }
}
