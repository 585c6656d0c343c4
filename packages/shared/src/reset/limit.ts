/**
 * Ends a reset that would never end: a module, or an `onUnload` callback, waits for what does not come, and the
 * framework's own time limits do not count yet while a reset runs.
 */
import { ResetTimeoutError } from '../host/errors.ts'
import type { Installed } from '../host/host-slot.ts'

// Taken before any test can fake them.
const { setTimeout, clearTimeout } = globalThis

/** A reset that has begun. */
export interface RunningReset {
  /** The one that it waits for. */
  before: RunningReset | undefined
  done: Promise<unknown> | undefined
  step: 'begins' | 'calls onUnload' | 'evaluates'
  /** Its time was up: what it has not done by then it must not do any more, since a test may run. */
  isGivenUp: boolean
}

/** @param limit In milliseconds; 0 or none at all for no limit, as frameworks have it. */
export async function withinLimit<T>(
  installed: Installed,
  running: RunningReset,
  reset: Promise<T>,
  limit: number | undefined,
): Promise<T> {
  if (!limit || !Number.isFinite(limit)) return reset
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(giveUp(installed, running, limit)), limit)
  })
  try {
    return await Promise.race([reset, timeUp])
  } finally {
    clearTimeout(timer)
  }
}

function giveUp(installed: Installed, running: RunningReset, limit: number): Error {
  let first = running
  for (let at: RunningReset | undefined = running; at; at = at.before) {
    at.isGivenUp = true
    // Nobody looks at it any more.
    at.done?.catch(() => {})
    first = at
  }
  const waiting = installed.host.resets?.giveUp?.()
  return new ResetTimeoutError(first.step === 'calls onUnload' ? 'onUnload' : waiting, limit)
}
