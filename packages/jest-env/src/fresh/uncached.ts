/**
 * V8 keeps what it compiles in a cache, by the source text, and never lets go of a native ES module in there: ten
 * thousand copies of one module hold 40 MB, and each is looked for among all before it, milliseconds instead of
 * microseconds. Held for Node 20.20, 22.23, 24.21 and 26.10. Copies have nothing to gain from that cache, which never
 * has them: each has an `import()` of its own. So they are compiled past it.
 */
import v8 from 'node:v8'

/** Whether the user runs without that cache anyway, and is to go on like that. */
const isOff = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((option) =>
  /--no[-_]?compilation[-_]cache\b/.test(option),
)

/** Runs what compiles a module, synchronously, without the cache. The flag is of the process: nothing else may run meanwhile. */
export function uncached<T>(compile: () => T): T {
  if (isOff) return compile()
  v8.setFlagsFromString('--no-compilation-cache')
  try {
    return compile()
  } finally {
    v8.setFlagsFromString('--compilation-cache')
  }
}
