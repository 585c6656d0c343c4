/**
 * The history of mocks across a reset: a body that calls a mocked import while it is evaluated again would be seen by
 * `expect(fn).not.toHaveBeenCalled()` in the next test. Vitest and Jest keep the same lists on `fn.mock`.
 */

const LISTS = ['calls', 'instances', 'contexts', 'invocationCallOrder', 'results', 'settledResults'] as const

/** How deep mocks are looked for in what a mock factory returns: `{ api: { get: vi.fn() } }`. */
const DEPTH = 2

/** @param mocked exports of mocked modules */
export function rememberHistory(mocked: Iterable<unknown>): () => void {
  const lengths = new Map<unknown[], number>()
  for (const exports of mocked) collect(exports, DEPTH, lengths)
  return () => {
    for (const [list, length] of lengths) if (list.length > length) list.length = length
  }
}

function collect(value: unknown, depth: number, lengths: Map<unknown[], number>): void {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return
  if (typeof value === 'function') {
    const { mock } = value as { mock?: Partial<Record<(typeof LISTS)[number], unknown>> }
    for (const name of mock ? LISTS : []) {
      const list = mock?.[name]
      if (Array.isArray(list)) lengths.set(list, list.length)
    }
  }
  if (depth === 0) return
  for (const key of Object.keys(value)) {
    // A getter of the user's own may do anything; those of namespaces only read.
    try {
      collect((value as Record<string, unknown>)[key], depth - 1, lengths)
    } catch {
      // An automock without a value for it.
    }
  }
}
