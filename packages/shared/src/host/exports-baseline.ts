/**
 * What evaluation left of the exports of a module, and of what it holds itself, and whether it is still so: a test may have
 * put a spy on an export, a method on a prototype, a key into a table. Compared are own keys and values: of functions,
 * classes, their prototypes, patterns and plain data, however deep, and the entries of a `Map` or `Set`.
 */
import { types } from 'node:util'

/** One object as it was. */
interface Snapshot {
  readonly object: object
  readonly keys: readonly PropertyKey[]
  /** A value for each key; for an accessor its getter. */
  readonly values: readonly unknown[]
}

/** A `Map` or `Set` as it was: its keys and values in turn, or its values. */
interface Table {
  readonly object: Iterable<unknown> & { readonly size: number }
  readonly entries: readonly unknown[]
}

export interface ExportsBaseline {
  readonly names: readonly string[]
  /** The exports themselves, by name. */
  readonly values: readonly unknown[]
  readonly snapshots: readonly Snapshot[]
  readonly tables: readonly Table[]
  /** Functions that have nothing of their own, with their prototypes, which have nothing either: most have not. */
  readonly bare: readonly BareFunction[]
}

interface BareFunction {
  readonly fn: object
  readonly prototype: object | undefined
}

/**
 * @param isForeign Whether a value that the module exports is another module's own, which answers for it. Asked about
 * plain data only.
 */
export function takeExportsBaseline(
  exports: object,
  isForeign: (value: object) => boolean = () => false,
): ExportsBaseline {
  const names = namesOf(exports)
  const values = names.map((name) => valueAt(exports, name))
  const snapshots: Snapshot[] = []
  const tables: Table[] = []
  const bare: BareFunction[] = []
  const seen = new Set<object>()
  const queue: unknown[] = typeof exports === 'function' ? [exports] : []
  for (const value of values) if (!isPlainData(value) || !isForeign(value)) queue.push(value)
  // The queue grows while it is gone through.
  for (const value of queue) {
    if (!isObject(value) || seen.has(value)) continue
    seen.add(value)
    if (typeof value === 'function') {
      const snapshot = snapshotOf(value)
      const prototype = Object.getOwnPropertyDescriptor(value, 'prototype')?.value
      if (snapshot.keys.every(isOfFunctions) && (!isObject(prototype) || isBare(prototype))) {
        bare.push({ fn: value, prototype: isObject(prototype) ? prototype : undefined })
        continue
      }
      snapshots.push(snapshot)
      // `static list = ['a']`
      for (const own of snapshot.values)
        if (own !== prototype && isCompared(own) && !isForeign(own)) queue.push(own)
      if (isObject(prototype)) snapshots.push(snapshotOf(prototype))
    } else if (isPlainData(value)) {
      const snapshot = snapshotOf(value)
      snapshots.push(snapshot)
      for (const part of snapshot.values) queue.push(part)
    } else if (isTable(value)) {
      const entries = [...entriesOf(value)]
      snapshots.push(snapshotOf(value))
      tables.push({ object: value, entries })
      for (const part of entries) queue.push(part)
    } else if (types.isRegExp(value)) snapshots.push(snapshotOf(value))
  }
  return { names, values, snapshots, tables, bare }
}

export function isAsEvaluated(exports: object, baseline: ExportsBaseline): boolean {
  const { names, values, snapshots, tables, bare } = baseline
  const now = namesOf(exports)
  if (now.length !== names.length) return false
  for (const [index, name] of names.entries()) {
    if (now[index] !== name || !Object.is(valueAt(exports, name), values[index])) return false
  }
  return bare.every(isBareStill) && snapshots.every(isUnchanged) && tables.every(hasSameEntries)
}

/** What modules export, and their namespaces: `isForeign` of whoever imports them. */
export function exportedBy(namespaces: Iterable<unknown>): ReadonlySet<unknown> {
  const exported = new Set<unknown>()
  for (const exports of namespaces) {
    if (typeof exports !== 'object' || exports === null) continue
    exported.add(exports)
    for (const name of namesOf(exports)) exported.add(valueAt(exports, name))
  }
  return exported
}

function hasSameEntries({ object, entries }: Table): boolean {
  let index = 0
  for (const entry of entriesOf(object)) if (!Object.is(entry, entries[index++])) return false
  return index === entries.length
}

function* entriesOf(table: Table['object']): Generator<unknown> {
  if (types.isMap(table)) {
    for (const [key, value] of table) {
      yield key
      yield value
    }
  } else yield* table
}

/** What each function has by itself. */
const OF_FUNCTIONS: ReadonlySet<PropertyKey> = new Set(['length', 'name', 'prototype', 'arguments', 'caller'])

function isOfFunctions(key: PropertyKey): boolean {
  return OF_FUNCTIONS.has(key)
}

/** A prototype as a function gets it: with its constructor alone. */
function isBare(prototype: object): boolean {
  const parent: unknown = Object.getPrototypeOf(prototype)
  // In any realm.
  return isObject(parent) && Object.getPrototypeOf(parent) === null && Reflect.ownKeys(prototype).length === 1
}

/** Without a list of keys: a module may export hundreds of functions. What is assigned is enumerable. */
function isBareStill({ fn, prototype }: BareFunction): boolean {
  for (const key in fn) if (Object.hasOwn(fn, key)) return false
  if (!prototype) return true
  if ((fn as { prototype?: unknown }).prototype !== prototype) return false
  for (const key in prototype) if (Object.hasOwn(prototype, key)) return false
  return true
}

function isUnchanged({ object, keys, values }: Snapshot): boolean {
  const now = Reflect.ownKeys(object)
  if (now.length !== keys.length) return false
  for (const [index, key] of keys.entries()) {
    if (now[index] !== key || !Object.is(contentOf(object, key), values[index])) return false
  }
  return true
}

function snapshotOf(object: object): Snapshot {
  const keys = Reflect.ownKeys(object)
  return { object, keys, values: keys.map((key) => contentOf(object, key)) }
}

function contentOf(object: object, key: PropertyKey): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(object, key)
  return descriptor && ('value' in descriptor ? descriptor.value : descriptor.get)
}

function namesOf(exports: object): string[] {
  return Object.keys(exports)
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

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function isCompared(value: unknown): value is object {
  return isPlainData(value) || isTable(value)
}

/** A `Map` or `Set` of any realm, and none of a class of its own. */
function isTable(value: unknown): value is Table['object'] {
  if (!types.isMap(value) && !types.isSet(value)) return false
  const parent: unknown = Object.getPrototypeOf(Object.getPrototypeOf(value))
  return parent !== null && Object.getPrototypeOf(parent) === null
}

/** Arrays and objects as literals make them, of any realm. Other objects would be state of the module. */
function isPlainData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')
}
