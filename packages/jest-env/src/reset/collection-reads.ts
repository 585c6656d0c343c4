/**
 * Which modules are used while the test file is collected: by its body, by `describe` callbacks, and by all that they
 * call. What is made of them then stays for all tests, so they must stay as well (docs/resets.md).
 *
 * While a file is collected, what CommonJS modules export stands behind getters that tell when they are read; then it is
 * as the modules have put it there. Without `patch`: there are thousands of exports, and each may be assigned to meanwhile.
 */
import { whyNotReplaceable } from './exports-definitions.ts'

interface Watched {
  readonly exports: object
  readonly key: string
  readonly own: PropertyDescriptor
  readonly get: () => unknown
  /** Whether the export is as its module has put it there, and the getter stands in copies alone. */
  isOver: boolean
}

export class CollectionReads {
  readonly #realm: typeof globalThis
  #isOn = false
  /** How many modules other than the test file are being evaluated: what is read meanwhile, they read. */
  #evaluating = 0
  #watched: Watched[] = []
  /** What modules export that can be evaluated again in place: whoever holds it holds what is new as well. */
  readonly #live = new WeakSet<object>()
  /** File -> where its first use was. */
  readonly #uses = new Map<string, Error>()

  constructor(realm: typeof globalThis) {
    this.#realm = realm
  }

  start(): void {
    this.#isOn = true
  }

  stop(): void {
    this.#isOn = false
    for (const watched of this.#watched) {
      const { exports, key, own, get } = watched
      // A spy has its own by now, which may call the getter.
      if (Object.getOwnPropertyDescriptor(exports, key)?.get !== get) continue
      Object.defineProperty(exports, key, own)
      watched.isOver = true
    }
    this.#watched = []
  }

  firstUse(file: string): Error | undefined {
    return this.#uses.get(file)
  }

  /** A module other than the test file is about to be evaluated; returns what to call when it has been. */
  evaluating(): () => void {
    this.#evaluating++
    return () => {
      this.#evaluating--
    }
  }

  /** A module has been evaluated: from now on its exports tell when they are read. */
  watch(file: string, exports: unknown): void {
    // What cannot be evaluated again in place is kept anyway.
    if (!this.#isOn || whyNotReplaceable(this.#realm, exports) !== undefined) return
    this.#live.add(exports as object)
    for (const key of Object.keys(exports as object)) {
      const own = Object.getOwnPropertyDescriptor(exports, key)
      if (!own?.configurable) continue
      const get = () => {
        // TypeScript's `export *` takes over the getter as it is: what it hands on has to be what is exported now.
        if (watched.isOver) return (exports as Record<string, unknown>)[key]
        const value = own.get ? own.get.call(exports) : own.value
        if (!this.#live.has(value)) this.#note(file)
        return value
      }
      const watched: Watched = { exports: exports as object, key, own, get, isOver: false }
      this.#watched.push(watched)
      const set = setterOf(own)
      const enumerable = own.enumerable === true
      Object.defineProperty(exports, key, { enumerable, configurable: true, get, ...(set ? { set } : {}) })
    }
  }

  #note(file: string): void {
    if (!this.#isOn || this.#evaluating > 0 || this.#uses.has(file)) return
    this.#uses.set(file, new this.#realm.Error('used while the test file was collected'))
  }
}

/** A value that may be assigned to stays so: what is assigned is a value again. */
function setterOf(own: PropertyDescriptor): PropertyDescriptor['set'] {
  if (own.get || own.set) return own.set
  if (!own.writable) return undefined
  return (value: unknown) => {
    own.value = value
  }
}
