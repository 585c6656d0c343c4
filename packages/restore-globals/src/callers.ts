/** Who called: taken cheaply at each call, told apart only for what is left over in the end. */
import { fileURLToPath } from 'node:url'

/** Where a call came from: V8 keeps the frames, and makes text of them when they are asked for. */
export interface Trace {
  readonly stack?: unknown
}

const { captureStackTrace } = Error
/** Frames of the framework and of wrappers may stand between us and the caller. */
const FRAMES = 8

/** The frames above `below`: some 3 µs. */
export function traceAbove(below: (...args: never[]) => unknown): Trace {
  const trace: Trace = {}
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = FRAMES
  captureStackTrace(trace, below)
  Error.stackTraceLimit = stackTraceLimit
  return trace
}

/** The nearest file of a trace that is not Node's own; undefined where only Node is on the stack. */
export function fileOfTrace(trace: Trace): string | undefined {
  const own = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  try {
    // Frameworks install a formatter that applies source maps. We want the file that runs.
    Error.prepareStackTrace = (_, sites) => sites
    const sites = trace.stack as NodeJS.CallSite[] | string
    if (typeof sites === 'string') return undefined
    const files = sites.map((site) => site.getFileName() ?? site.getEvalOrigin())
    const file = files.find((file) => file && !file.startsWith('node:'))
    return file?.startsWith('file:') ? fileURLToPath(file) : file
  } finally {
    // A realm need not have one, and must not come to have one by us.
    if (own) Object.defineProperty(Error, 'prepareStackTrace', own)
    else Reflect.deleteProperty(Error, 'prepareStackTrace')
  }
}

/**
 * Whether what a package has started waits on behalf of a test, so that it ends with the test file though the package is kept: a `waitFor`
 * that nobody awaits would fail in the next file. By default it ends with its window.
 */
export function waitsForTest(file: string): boolean {
  return /[\\/]node_modules[\\/]@testing-library[\\/]/.test(file)
}
