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
  const files = sitesOf(trace).map((site) => site.getFileName() ?? site.getEvalOrigin())
  const file = files.find((file) => file && !file.startsWith('node:'))
  return file?.startsWith('file:') ? fileURLToPath(file) : file
}

/**
 * The call sites of a trace that nobody else has: its stack cannot be read as text afterwards. None, if it has been read as text before.
 *
 * @param realm The realm in which the trace was made
 */
export function sitesOf(
  trace: Trace | Error,
  realm: Pick<typeof globalThis, 'Error'> = globalThis,
): readonly NodeJS.CallSite[] {
  const own = Object.getOwnPropertyDescriptor(realm.Error, 'prepareStackTrace')
  try {
    // Frameworks install a formatter that applies source maps. We want the file that runs.
    Object.defineProperty(realm.Error, 'prepareStackTrace', { configurable: true, value: sitesOnly })
    const sites: unknown = trace.stack
    return Array.isArray(sites) ? sites : []
  } finally {
    // A realm need not have one, and must not come to have one by us.
    if (own) Object.defineProperty(realm.Error, 'prepareStackTrace', own)
    else Reflect.deleteProperty(realm.Error, 'prepareStackTrace')
  }
}

const sitesOnly = (_: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites

/**
 * Whether what a package has started waits on behalf of a test, so that it ends with the test file though the package is kept: a `waitFor`
 * that nobody awaits would fail in the next file. By default it ends with its window.
 */
export function waitsForTest(file: string): boolean {
  return /[\\/]node_modules[\\/]@testing-library[\\/]/.test(file)
}
