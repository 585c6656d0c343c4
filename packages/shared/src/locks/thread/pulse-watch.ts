import type { Stats } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** Locks show a new mtime this often: the shortest that proper-lockfile allows. Tickets do so more often. */
export const PULSE_MS = 1000

/** No time between two looks counts for more: what happened while we did not look, or were stopped, is unknown. */
const LONGEST_LOOK_MS = 500

interface Seen {
  readonly pulse: string
  /** For how long we looked and it stayed the same. */
  readonly watchedMs: number
  readonly lastLook: number
}

interface Clock {
  /** Never goes back, never jumps. */
  readonly passed: () => number
  /** What mtimes are set from; may jump. */
  readonly wall: () => number
}

const REAL_CLOCK: Clock = { passed: () => performance.now(), wall: () => Date.now() }

/** `'old'`: the clocks say it is stale, which is no proof; keep looking. */
export type Pulse = 'beating' | 'old' | 'silent'

/**
 * Tells who gives signs of life, by watching mtimes change. Clocks are not compared to decide that a lock is stale: a
 * clock that jumps, or that of another machine, would make a live lock look old. An mtime that looks old is only a
 * reason to watch for two pulses instead of the whole stale time, so that last week's leftovers hold nobody up.
 */
export class PulseWatch {
  readonly #staleMs: number
  readonly #clock: Clock
  /** Path to what was seen there, e.g. `…/db.ts-5f1d.lock` → unchanged for 800 ms; until the path is gone. */
  readonly #seen = new Map<string, Seen>()

  constructor(staleMs: number, clock: Clock = REAL_CLOCK) {
    this.#staleMs = staleMs
    this.#clock = clock
  }

  /** Call at each look; `'silent'` once whatever stands there has given no sign of life for the stale time. */
  look(path: string, stat: Pick<Stats, 'ino' | 'mtimeMs'>): Pulse {
    const now = this.#clock.passed()
    const pulse = `${stat.ino}:${stat.mtimeMs}`
    const seen = this.#seen.get(path)
    const watchedMs =
      seen?.pulse === pulse ? seen.watchedMs + Math.min(now - seen.lastLook, LONGEST_LOOK_MS) : 0
    this.#seen.set(path, { pulse, watchedMs, lastLook: now })
    const looksOld = this.#clock.wall() - stat.mtimeMs > this.#staleMs
    if (watchedMs > (looksOld ? 2 * PULSE_MS : this.#staleMs)) return 'silent'
    return looksOld ? 'old' : 'beating'
  }

  forget(path: string): void {
    this.#seen.delete(path)
  }
}
