/**
 * Ends a reset that would never end: a module, or an `onUnload` callback, waits for what does not come, and the
 * framework's own time limits do not count yet while a reset runs.
 */
import type { RunningReset } from '../host/core-state.ts'
import { ResetTimeoutError } from '../host/errors.ts'
import { unlessHeldUp } from '../host/fake-timers.ts'
import type { Installed } from '../host/host-slot.ts'

// Taken before any test can fake them.
const { setTimeout, clearTimeout } = globalThis

/**
 * @param run Begins the reset.
 * @param limit In milliseconds; 0 or none at all for no limit, as frameworks have it: then only a fake timer that a module
 * awaits ends it.
 */
export async function withinLimit<T>(
  installed: Installed,
  running: RunningReset,
  run: () => Promise<T>,
  limit: number | undefined,
): Promise<T> {
  if (!limit || !Number.isFinite(limit)) return unlessHeldUp(run, () => giveUp(installed, running, undefined))
  const reset = run()
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

/** @param limit How long was waited; undefined where a fake timer holds it up. */
function giveUp(installed: Installed, running: RunningReset, limit: number | undefined): Error {
  let first = running
  for (let at: RunningReset | undefined = running; at; at = at.before) {
    at.isGivenUp = true
    // Nobody looks at it any more.
    at.done?.catch(() => {})
    first = at
  }
  const waiting = installed.host.resets?.giveUp?.()
  if (limit === undefined) return ResetTimeoutError.ofFakeTimer(waiting)
  if (first.step === 'calls onUnload') return ResetTimeoutError.ofCallback(limit)
  return ResetTimeoutError.ofModule(waiting, limit)
}
