/** Own properties of a fixed list of objects: which were added, replaced or deleted. */
import type { Change, GlobalsPart } from './change.ts'

export interface Watched {
  /** How users call the object. */
  readonly name: string
  readonly object: object
  /** Properties that are somebody else's business. */
  readonly ignores?: (key: PropertyKey) => boolean
  /** Names of properties that the object may have without listing them. */
  readonly unlisted?: Iterable<string>
}

interface Entry extends Watched {
  /** Own property -> its descriptor as it is to be. Changes by `keep` only. */
  readonly was: Map<PropertyKey, PropertyDescriptor>
}

export class PropertyTable implements GlobalsPart {
  readonly #watched: () => Iterable<Watched>
  #entries: Entry[] = []

  /** @param watched lists the objects when the table is captured; one that is listed twice counts once */
  constructor(watched: () => Iterable<Watched>) {
    this.#watched = watched
  }

  capture(): void {
    const known = new Set<object>()
    this.#entries = []
    for (const watched of this.#watched()) {
      if (known.has(watched.object)) continue
      known.add(watched.object)
      const was = new Map<PropertyKey, PropertyDescriptor>()
      for (const key of [...Reflect.ownKeys(watched.object), ...(watched.unlisted ?? [])]) {
        // Some are made when they are looked at.
        if (watched.ignores?.(key)) continue
        const descriptor = Reflect.getOwnPropertyDescriptor(watched.object, key)
        if (descriptor) was.set(key, descriptor)
      }
      this.#entries.push({ ...watched, was })
    }
  }

  /** Makes a property as it is now what is put back from here on. */
  adopt(object: object, key: PropertyKey): void {
    const entry = this.#entries.find((entry) => entry.object === object)
    const descriptor = Reflect.getOwnPropertyDescriptor(object, key)
    if (descriptor) entry?.was.set(key, descriptor)
  }

  /**
   * Some thousand properties are compared: this is the loop that has to be fast.
   *
   * @param only the one object to look at
   */
  changes(only?: object): Change[] {
    const changes: Change[] = []
    for (const entry of this.#entries) {
      const { object, was, ignores } = entry
      if (only && object !== only) continue
      const keys = Reflect.ownKeys(object)
      let seen = 0
      for (const key of keys) {
        const before = was.get(key)
        if (!before) {
          // Windows of jsdom on Node 20 list what they only inherit.
          const isOwn = !ignores?.(key) && Object.getOwnPropertyDescriptor(object, key) !== undefined
          if (isOwn) changes.push(change(entry, key))
          continue
        }
        seen++
        const now = Reflect.getOwnPropertyDescriptor(object, key)
        if (now && !isSame(before, now) && !isFirstUse(entry, key, before, now))
          changes.push(change(entry, key))
      }
      if (seen === was.size) continue
      const listed = new Set<PropertyKey>(keys)
      for (const [key, before] of was) {
        if (listed.has(key)) continue
        const now = Reflect.getOwnPropertyDescriptor(object, key)
        if (!now || !isSame(before, now)) changes.push(change(entry, key))
      }
    }
    return changes
  }
}

function isSame(a: PropertyDescriptor, b: PropertyDescriptor): boolean {
  return (
    Object.is(a.value, b.value) &&
    a.get === b.get &&
    a.set === b.set &&
    a.writable === b.writable &&
    a.enumerable === b.enumerable &&
    a.configurable === b.configurable
  )
}

/** Node defines many globals by a getter that replaces itself by its value at its first use: nothing has changed then. */
function isFirstUse(
  { object, was }: Entry,
  key: PropertyKey,
  before: PropertyDescriptor,
  now: PropertyDescriptor,
): boolean {
  if (!before.get || now.get || now.value === undefined) return false
  try {
    if (!Object.is(Reflect.apply(before.get, object, []), now.value)) return false
  } catch {
    return false
  }
  was.set(key, now)
  return true
}

function change({ name, object, was }: Entry, key: PropertyKey): Change {
  const what = nameOf(name, key)
  const now = Reflect.getOwnPropertyDescriptor(object, key)
  return {
    what,
    kind: 'property',
    now: now ? (now.get ?? now.value) : undefined,
    undo() {
      const before = was.get(key)
      const done = before ? Reflect.defineProperty(object, key, before) : Reflect.deleteProperty(object, key)
      if (!done) throw new Error(`${what} is not configurable any more`)
    },
    keep() {
      const after = Reflect.getOwnPropertyDescriptor(object, key)
      if (after) was.set(key, after)
      else was.delete(key)
    },
  }
}

function nameOf(object: string, key: PropertyKey): string {
  if (typeof key === 'symbol') return `${object}[${String(key)}]`
  return /^[\w$]+$/.test(String(key)) ? `${object}.${String(key)}` : `${object}[${JSON.stringify(key)}]`
}
