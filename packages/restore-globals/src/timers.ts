/**
 * Timers that a file leaves running. What a kept package started is its own: React's scheduler, or jsdom, would wait
 * for good for a timer that somebody else has cleared.
 */
import nodeTimers from 'node:timers'
import { fileOfTrace, type Trace, traceAbove, waitsForTest } from './callers.ts'
import { type Outcome, restored } from './change.ts'
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
 * Node's timers are objects, those of a window are numbers. `_destroyed` is undocumented (Node 11 to 26): without it
 * nothing is lost but memory, and dead timers are cleared once more.
 */
type Handle = number | (object & { readonly _destroyed?: boolean })

const isDead = (timer: Handle): boolean => typeof timer === 'object' && timer._destroyed === true

interface Started {
  readonly kind: Kind
  readonly delay: unknown
  readonly trace: Trace
}

type Start = (...args: unknown[]) => Handle
type Stop = (timer: unknown) => void

/** Node's own, as it was before anything replaced it: a window may have none. */
const { setImmediate: setImmediateOfNode } = nodeTimers

/** More entries than this, and twice what was alive the last time, and the dead ones are taken out. */
const SWEEP_AT = 1000

interface TimersOptions {
  readonly isKept: (file: string) => boolean
  readonly patches: Patches
}

export class Timers {
  readonly #global: Record<string, unknown>
  readonly #isKept: (file: string) => boolean
  readonly #patches: Patches
  /** Name -> the function as it was when we came. */
  readonly #real = new Map<string, Start | Stop>()
  /** Timer -> who started it. Grows with each timer; `#sweep` and `clear` take out what has run or was cleared. */
  readonly #started = new Map<Handle, Started>()
  #sweepAt = SWEEP_AT

  constructor(global: object, { isKept, patches }: TimersOptions) {
    this.#global = global as Record<string, unknown>
    this.#isKept = isKept
    this.#patches = patches
  }

  /** Watches what the global functions start from here on; fake timers are installed above that, and put it back. */
  install(): void {
    for (const kind of KINDS) {
      const { [kind.start]: start, [kind.stop]: stop } = this.#global
      if (typeof start !== 'function' || typeof stop !== 'function') continue
      this.#real.set(kind.start, start as Start)
      this.#real.set(kind.stop, stop as Stop)
      if (areNumbers(start as Start, stop as Stop)) this.#watchNumbers(kind)
      else this.#patches.patch(this.#global, kind.start, (real) => this.#watched(kind, real as Start))
    }
  }

  /** A number does not tell whether its timer is alive: we hear of it when the timer runs, and when it is cleared. */
  #watchNumbers(kind: Kind): void {
    const started = this.#started
    const isRepeated = kind.start === 'setInterval'
    this.#patches.patch(this.#global, kind.start, (real) => {
      return function watched(callback: unknown, ...args: unknown[]): Handle {
        const run = function (this: unknown, ...values: unknown[]): unknown {
          if (!isRepeated) started.delete(timer)
          return Reflect.apply(callback as () => unknown, this, values)
        }
        const isOfPage = typeof callback !== 'function' // source text is the window's to run
        const timer = (real as Start)(isOfPage ? callback : run, ...args)
        started.set(timer, { kind, delay: args[0], trace: traceAbove(watched) })
        return timer
      }
    })
    this.#patches.patch(this.#global, kind.stop, (real) => (timer: unknown) => {
      started.delete(timer as Handle)
      ;(real as Stop)(timer)
    })
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
    for (const timer of this.#started.keys()) if (isDead(timer)) this.#started.delete(timer)
    this.#sweepAt = Math.max(SWEEP_AT, this.#started.size * 2)
  }

  /** Clears what is left over, except for what kept packages have started, and says what it was. */
  clear(): { readonly cleared: readonly Outcome[]; readonly areKeptAlive: boolean } {
    const cleared: Outcome[] = []
    let areKeptAlive = false
    for (const { timer, stop, what } of this.#left()) {
      if (what === undefined) {
        areKeptAlive = true
        continue
      }
      Reflect.apply(this.#real.get(stop) as Stop, undefined, [timer])
      cleared.push(restored('timer', what))
    }
    this.#started.clear()
    this.#sweepAt = SWEEP_AT
    return { cleared, areKeptAlive }
  }

  /** What `clear` would clear. */
  left(): string[] {
    return Array.from(this.#left()).flatMap(({ what }) => what ?? [])
  }

  /** Timers that are alive; without a name those that kept packages have started. */
  *#left(): Generator<{
    readonly timer: Handle
    readonly stop: Kind['stop']
    readonly what: string | undefined
  }> {
    for (const [timer, { kind, delay, trace }] of this.#started) {
      if (isDead(timer)) continue
      const file = fileOfTrace(trace)
      const after = kind.start === 'setImmediate' ? '' : `(${Number(delay) || 0} ms)`
      const isKept = file !== undefined && this.#isKept(file) && !waitsForTest(file)
      const what = `${kind.start}${after}${file ? ` of ${file}` : ''}`
      yield { timer, stop: kind.stop, what: isKept ? undefined : what }
    }
  }

  /** What kept packages have put off for a moment gets done now, not in the middle of the next file. */
  async turn(): Promise<void> {
    const immediate = (this.#real.get('setImmediate') ?? setImmediateOfNode) as Start
    await new Promise((done) => void immediate(done))
    await new Promise((done) => void immediate(done))
  }
}

/** Asked of one that never runs. */
function areNumbers(start: Start, stop: Stop): boolean {
  const timer = start(() => {}, 1)
  stop(timer)
  return typeof timer === 'number'
}
