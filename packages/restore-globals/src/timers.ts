/**
 * Timers that a file leaves running. What a kept package started is its own: React's scheduler, or jsdom, would wait
 * for good for a timer that somebody else has cleared.
 */
import { fileOfTrace, type Trace, traceAbove } from './callers.ts'
import type { Patches } from './patches.ts'

interface Kind {
  readonly start: 'setTimeout' | 'setInterval' | 'setImmediate'
  readonly stop: 'clearTimeout' | 'clearInterval' | 'clearImmediate'
}

const KINDS: readonly Kind[] = [
  { start: 'setTimeout', stop: 'clearTimeout' },
  { start: 'setInterval', stop: 'clearInterval' },
  { start: 'setImmediate', stop: 'clearImmediate' },
]

/**
 * A timer of Node's. `_destroyed` is undocumented (Node 11 to 26): without it nothing is lost but memory, and dead
 * timers are cleared once more.
 */
type Handle = object & { readonly _destroyed?: boolean }

interface Started {
  readonly kind: Kind
  readonly delay: unknown
  readonly trace: Trace
}

type Start = (...args: unknown[]) => Handle

/** More entries than this, and twice what was alive the last time, and the dead ones are taken out. */
const SWEEP_AT = 1000

interface TimersOptions {
  readonly isKept: (file: string) => boolean
  readonly patches: Patches
}

export class Timers {
  readonly #realm: Record<string, unknown>
  readonly #isKept: (file: string) => boolean
  readonly #patches: Patches
  /** Name -> the function as it was when we came. */
  readonly #real = new Map<string, (...args: never[]) => unknown>()
  /** Timer -> who started it. Grows with each timer; `#sweep` and `clear` take out what has run or was cleared. */
  readonly #started = new Map<Handle, Started>()
  #sweepAt = SWEEP_AT

  constructor(realm: typeof globalThis, { isKept, patches }: TimersOptions) {
    this.#realm = realm as unknown as Record<string, unknown>
    this.#isKept = isKept
    this.#patches = patches
  }

  /** Watches what the global functions start from here on; fake timers are installed above that, and put it back. */
  install(): void {
    for (const kind of KINDS) {
      this.#real.set(kind.stop, this.#realm[kind.stop] as never)
      this.#real.set(kind.start, this.#realm[kind.start] as never)
      this.#patches.patch(this.#realm, kind.start, (real) => this.#watched(kind, real as Start))
    }
  }

  #watched(kind: Kind, real: Start): Start {
    const started = this.#started
    const sweep = (): void => {
      if (started.size > this.#sweepAt) this.#sweep()
    }
    const watched: Start = function (this: unknown, ...args) {
      const timer = Reflect.apply(real, this, args)
      started.set(timer, { kind, delay: args[1], trace: traceAbove(watched) })
      sweep()
      return timer
    }
    // `util.promisify` finds Node's own version among the properties.
    Object.defineProperties(watched, Object.getOwnPropertyDescriptors(real))
    return watched
  }

  #sweep(): void {
    for (const timer of this.#started.keys()) if (timer._destroyed) this.#started.delete(timer)
    this.#sweepAt = Math.max(SWEEP_AT, this.#started.size * 2)
  }

  /** Clears what is left over, except for what kept packages have started, and says what it was. */
  clear(): { readonly cleared: readonly string[]; readonly areKeptAlive: boolean } {
    const cleared: string[] = []
    let areKeptAlive = false
    for (const [timer, { kind, delay, trace }] of this.#started) {
      if (timer._destroyed) continue
      const file = fileOfTrace(trace)
      if (file !== undefined && this.#isKept(file)) {
        areKeptAlive = true
        continue
      }
      Reflect.apply(this.#real.get(kind.stop) ?? clearTimeout, undefined, [timer])
      const after = kind.start === 'setImmediate' ? '' : `(${Number(delay) || 0} ms)`
      cleared.push(`${kind.start}${after}${file ? ` of ${file}` : ''}`)
    }
    this.#started.clear()
    this.#sweepAt = SWEEP_AT
    return { cleared, areKeptAlive }
  }

  /** What kept packages have put off for a moment gets done now, not in the middle of the next file. */
  async turn(): Promise<void> {
    const immediate = this.#real.get('setImmediate') as typeof setImmediate
    await new Promise((done) => immediate(done, undefined))
    await new Promise((done) => immediate(done, undefined))
  }
}
