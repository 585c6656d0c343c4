/**
 * Globals that Vitest's `populateGlobal` (4.0 to 5.1) has defined by an accessor in front of the window: what is
 * assigned to them is kept in a place that cannot be reached. So values are compared, and an accessor that was assigned
 * to is replaced by one like it that was not.
 */
import {
  type Change,
  type DomRealm,
  type GlobalsPart,
  type PageRealm,
  type RealWindow,
  read,
} from '@fresh-modules/restore-globals'

interface Populated {
  readonly get: () => unknown
  readonly value: unknown
  /** Of the window behind. */
  readonly inner: unknown
}

export class WindowValuesPart implements GlobalsPart {
  readonly #realm: DomRealm
  readonly #window: RealWindow
  readonly #was = new Map<string, Populated>()
  /** Called when the accessor of a global is another one now. */
  readonly #adopt: (key: string) => void

  constructor({ realm, window }: PageRealm, adopt: (key: string) => void) {
    this.#realm = realm
    this.#window = window
    this.#adopt = adopt
  }

  capture(): void {
    this.#was.clear()
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(this.#realm))) {
      if (isPopulated(key, descriptor, this.#window)) this.#note(key, descriptor.get as () => unknown)
    }
  }

  #note(key: string, get: () => unknown): void {
    const value = read(this.#realm, key)
    // What is another object each time says nothing.
    if (!Object.is(value, read(this.#realm, key))) this.#was.delete(key)
    else this.#was.set(key, { get, value, inner: read(this.#window, key) })
  }

  *changes(): Iterable<Change> {
    for (const [key, populated] of this.#was) {
      const now = read(this.#realm, key)
      if (Object.is(now, populated.value)) continue
      // Another accessor, or none: that is a matter of properties, and seen there.
      if (Reflect.getOwnPropertyDescriptor(this.#realm, key)?.get !== populated.get) continue
      yield {
        what: `window.${key}`,
        kind: 'property',
        now,
        undo: () => this.#putBack(key, populated),
        keep: () => this.#note(key, populated.get),
      }
    }
  }

  #putBack(key: string, { value, inner }: Populated): void {
    const window = this.#window
    // Event handlers, as `onerror`, are inner state that only assigning reaches.
    if (!Object.is(read(window, key), inner)) Reflect.set(window, key, inner)
    // A function bound to the window, where the window has the function itself.
    const bound = typeof value === 'function' && value !== inner ? { value } : undefined
    let assigned: { value: unknown } | undefined = bound
    const get = (): unknown => (assigned ? assigned.value : window[key])
    Object.defineProperty(this.#realm, key, {
      get,
      set(value: unknown) {
        assigned = { value }
        window[key] = value
      },
      configurable: true,
    })
    this.#adopt(key)
    this.#note(key, get)
  }
}

function isPopulated(key: string, { get, set }: PropertyDescriptor, window: RealWindow): boolean {
  if (!get || !set) return false
  // Node's own accessors load what they stand for. Vitest's name their override by its source.
  return key in window || Function.prototype.toString.call(get).includes('overrideObject')
}
