/**
 * Functions of others that we wrap: of Node's loader, of frameworks, of test environments. All of them go through here,
 * so that there is a list, and each can be undone.
 */
import { isTracing, trace } from './trace.ts'

/** One thing that is patched, for those who debug. */
interface Patched {
  readonly owner: object
  readonly key: PropertyKey
  /** For messages: `Module.prototype.load`. */
  readonly name: string
}

interface Patch {
  readonly name: string
  /** What stood there before; undefined where the owner had inherited it. */
  readonly before: PropertyDescriptor | undefined
  readonly after: PropertyDescriptor
  /** Undone while a later patch of the same property was still there: it goes together with that one. */
  isUndone: boolean
  /** Some are made and undone for each module, which is worth a line the first time only. */
  readonly isTraced: boolean
}

interface Registry {
  /** Owner -> key -> its patches, the latest last. Entries go with their owner, which may be of a realm that ends. */
  readonly byOwner: WeakMap<object, Map<PropertyKey, Patch[]>>
  readonly owners: Set<WeakRef<object>>
}

// Frameworks make new owners for each test file, in one process for many files.
const gone = new FinalizationRegistry<WeakRef<object>>((owner) => registry().owners.delete(owner))

// `Symbol.for`: two copies of the core have to find the same list.
const SLOT = Symbol.for('fresh-modules.patches')

function registry(): Registry {
  const realm = globalThis as typeof globalThis & { [SLOT]?: Registry }
  const known = realm[SLOT]
  if (known) return known
  const made: Registry = { byOwner: new WeakMap(), owners: new Set() }
  Object.defineProperty(realm, SLOT, { value: made, configurable: true, enumerable: false })
  return made
}

/**
 * Puts `wrap(original)` in the place of a function or value.
 *
 * @param name For messages, as `Module.prototype.load`; the key where it is left out
 * @returns the undo: twice is harmless. What others have put on top meanwhile stays, and calls ours still. Of several
 * patches of one property the latest goes first, in whatever order they are undone.
 */
export function patch<Owner extends object, Key extends keyof Owner>(
  owner: Owner,
  key: Key,
  wrap: (original: Owner[Key]) => Owner[Key],
  name = String(key),
): () => void {
  const { enumerable = true } = Object.getOwnPropertyDescriptor(owner, key) ?? {}
  const value = wrap(owner[key])
  return replace(owner, key, { value, enumerable, writable: true, configurable: true }, name)
}

/** The same with a getter: for what must see that it is asked for, and be itself when it is called. */
export function patchGetter<Owner extends object, Key extends keyof Owner>(
  owner: Owner,
  key: Key,
  wrap: (original: Owner[Key]) => () => Owner[Key],
  name = String(key),
): () => void {
  const { enumerable = true } = Object.getOwnPropertyDescriptor(owner, key) ?? {}
  return replace(owner, key, { get: wrap(owner[key]), enumerable, configurable: true }, name)
}

function replace(owner: object, key: PropertyKey, after: PropertyDescriptor, name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, key)
  const isTraced =
    isTracing &&
    !registry()
      .byOwner.get(owner)
      ?.get(key)
      ?.every(({ isUndone }) => isUndone)
  const made: Patch = { name, before, after, isUndone: false, isTraced }
  Object.defineProperty(owner, key, after)
  patchesOf(owner, key).push(made)
  if (isTraced) trace('patch', name)
  return () => {
    if (made.isUndone) return
    made.isUndone = true
    unwind(owner, key)
  }
}

function patchesOf(owner: object, key: PropertyKey): Patch[] {
  const { byOwner, owners } = registry()
  let keys = byOwner.get(owner)
  if (!keys) {
    keys = new Map()
    byOwner.set(owner, keys)
    const reference = new WeakRef(owner)
    owners.add(reference)
    gone.register(owner, reference)
  }
  const patches = keys.get(key) ?? []
  keys.set(key, patches)
  return patches
}

/** Takes away the latest patches of a property, as far as they are undone. */
function unwind(owner: object, key: PropertyKey): void {
  const patches = patchesOf(owner, key)
  for (let last = patches.at(-1); last?.isUndone; last = patches.at(-1)) {
    patches.pop()
    if (!isInPlace(owner, key, last)) continue
    if (last.before) Object.defineProperty(owner, key, last.before)
    else Reflect.deleteProperty(owner, key)
    if (last.isTraced) trace('patch', `${last.name} is undone`)
  }
}

/** Not so where somebody else has put something else there since. */
function isInPlace(owner: object, key: PropertyKey, { after }: Patch): boolean {
  const now = Object.getOwnPropertyDescriptor(owner, key)
  return now !== undefined && now.value === after.value && now.get === after.get
}

/** What is patched in this process, in the order in which the owners were first patched: for debuggers. @internal */
export function patches(): Patched[] {
  const { byOwner, owners } = registry()
  const found: Patched[] = []
  for (const reference of owners) {
    const owner = reference.deref()
    if (!owner) owners.delete(reference)
    for (const [key, stack] of (owner && byOwner.get(owner)) ?? []) {
      for (const { name } of stack) found.push({ owner: owner as object, key, name })
    }
  }
  return found
}
