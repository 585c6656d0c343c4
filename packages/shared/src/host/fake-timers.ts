/**
 * Timers that a test has faked. A module that awaits one while it is evaluated waits until somebody moves their clock: as a
 * rule for ever, since the test waits for the module.
 */
import timers from 'node:timers'

// Node's own, also in realms that have others, and taken before a test can fake them.
const { clearTimeout, setTimeout } = timers

/** How long is waited before a timer counts as one that nobody will move, in milliseconds of real time. */
const PATIENCE = 1000
/** The same where fake timers do not tell how many of them there are. */
const BLIND_PATIENCE = 3000

type FakeTimer = typeof globalThis.setTimeout & {
  /** Of `@sinonjs/fake-timers`, as in Jest and Vitest. */
  readonly clock?: { countTimers?(): number }
  /** Jest's legacy timers are mock functions. */
  readonly mock?: { readonly calls: readonly unknown[] }
}

/** How many timers there are on the fake clock, or have been; undefined where it does not tell. */
function countOf({ clock, mock }: FakeTimer): number | undefined {
  return clock?.countTimers?.() ?? mock?.calls.length
}

function areFake({ clock, mock, name }: FakeTimer): boolean {
  // Those of node:test have no mark of their own but this.
  return clock !== undefined || mock !== undefined || name === 'bound #createTimer'
}

/** Looks whether fake timers hold something up that begins now. */
interface FakeTimersWatch {
  /** Rejects when they do. */
  readonly heldUp: Promise<never>
  end(): void
}

/** @param makeError what it fails with. Undefined where timers are real: nothing is to be watched then. */
function watchFakeTimers(makeError: () => Error): FakeTimersWatch | undefined {
  const fake = globalThis.setTimeout as FakeTimer | undefined
  if (typeof fake !== 'function' || !areFake(fake)) return undefined
  const before = countOf(fake)
  let timer: ReturnType<typeof setTimeout> | undefined
  const heldUp = new Promise<never>((_, reject) => {
    const look = () => {
      const isFake = globalThis.setTimeout === fake
      if (isFake && (before === undefined || (countOf(fake) ?? 0) > before)) reject(makeError())
      else timer = setTimeout(look, PATIENCE)
    }
    timer = setTimeout(look, before === undefined ? BLIND_PATIENCE : PATIENCE)
  })
  return { heldUp, end: () => clearTimeout(timer) }
}

/** Runs what evaluates a module. @throws what `makeError` makes, when a fake timer holds it up */
export async function unlessHeldUp<T>(run: () => Promise<T>, makeError: () => Error): Promise<T> {
  const watch = watchFakeTimers(makeError)
  if (!watch) return run()
  const running = run()
  // Nobody waits for it once it has been given up.
  running.catch(() => {})
  try {
    return await Promise.race([running, watch.heldUp])
  } finally {
    watch.end()
  }
}
