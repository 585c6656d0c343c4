/** How long the running test may take still, and whether timers are fake: by a clock that no test can fake. */
import type { CoreState } from './core-state.ts'

// Taken before any test can fake them.
const { setTimeout, clearTimeout } = globalThis
const now = performance.now.bind(performance)

/** What is left of a test's time goes to the framework, which has begun to count a little later. */
const SHARE = 0.9

/** @param timeout of the test, in milliseconds; 0, Infinity or none at all for no limit, as frameworks have it */
export function noteTestTime({ deadlines }: CoreState, test: unknown, timeout: number | undefined): void {
  if (timeout && Number.isFinite(timeout)) deadlines.set(test, now() + timeout * SHARE)
}

/** Milliseconds until a running test is nearly out of time. Undefined where that is not known, or over already. */
export function timeLeft({ deadlines }: CoreState): number | undefined {
  const left = Math.min(...deadlines.values()) - now()
  return Number.isFinite(left) && left > 0 ? Math.ceil(left) : undefined
}

interface FakeTimer {
  /** What @sinonjs/fake-timers leaves on each function that it replaces: Vitest's fake timers and Jest's modern ones. */
  readonly clock?: { countTimers(): number }
  /** Jest's legacy ones. */
  readonly _isMockFunction?: boolean
}

export function areTimersFake(): boolean {
  const { clock, _isMockFunction } = globalThis.setTimeout as FakeTimer
  return clock !== undefined || _isMockFunction === true
}

/** Whether a fake timer waits to be advanced. */
function isFakeTimerPending(): boolean {
  const { clock, _isMockFunction } = globalThis.setTimeout as FakeTimer
  return clock ? clock.countTimers() > 0 : _isMockFunction === true
}

/**
 * Ends a wait for what fake timers hold up, before the test is out of time. A test that advances them meanwhile, as it
 * may while an import is pending, gets what it waits for.
 *
 * @param onTimeUp what to fail with
 */
export async function withinTestTime<T>(
  state: CoreState,
  wait: () => Promise<T>,
  onTimeUp: (limit: number) => Error,
): Promise<T> {
  const limit = areTimersFake() ? timeLeft(state) : undefined
  if (limit === undefined) return wait()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      if (isFakeTimerPending()) reject(onTimeUp(limit))
    }, limit)
  })
  const waited = wait()
  // Once the time is up nobody looks at it any more.
  waited.catch(() => {})
  try {
    return await Promise.race([waited, timeUp])
  } finally {
    clearTimeout(timer)
  }
}
