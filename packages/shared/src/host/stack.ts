/** Call sites of the running code. */

// biome-ignore lint/suspicious/noExplicitAny: any function may be the one to start above
export type Called = (...args: any[]) => unknown

const sitesOnly = (_: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites

/**
 * Runs with the stacks of errors as lists of call sites. Frameworks install a formatter that applies source maps; here
 * it is the file that runs which counts.
 *
 * @param limit How many frames a stack may have at most: each costs time
 */
export function withCallSites<T>(limit: number, run: () => T): T {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = limit
    Error.prepareStackTrace = sitesOnly
    return run()
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The frames above the call of `above`, nearest first. */
export function callSites(limit: number, above: Called): NodeJS.CallSite[] {
  return withCallSites(limit, () => sitesAbove(above))
}

/** The same where stacks are lists of call sites already. */
export function sitesAbove(above: Called): NodeJS.CallSite[] {
  const holder: { stack?: unknown } = {}
  Error.captureStackTrace(holder, above)
  return holder.stack as NodeJS.CallSite[]
}
