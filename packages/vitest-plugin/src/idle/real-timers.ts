/** Timers and clock as they were when the worker began: what is loaded while a test has faked them takes the real ones. */

const KEYS = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
] as const

const world = globalThis as Record<(typeof KEYS)[number], unknown>
const realOnes = KEYS.map((key) => world[key])
const { now } = performance

export function withRealTimers<T>(run: () => T): T {
  const current = KEYS.map((key) => world[key])
  const currentNow = performance.now
  const put = (values: readonly unknown[], clock: typeof now) => {
    for (const [index, key] of KEYS.entries()) world[key] = values[index]
    performance.now = clock
  }
  put(realOnes, now)
  try {
    return run()
  } finally {
    put(current, currentNow)
  }
}
