/**
 * What reporters learn about a test file. jest-circus (29.7 to 30.5) makes the result of a file in the sandbox, by
 * `runAndTransformResultsToJestFormat` of its module `jestAdapterInit`, which the runner gets from
 * `runtime.requireInternalModule`. Jest passes on every field of that result, from its worker processes too. Where
 * there is no such function, as with another test runner, the field is missing and nothing else.
 */
import { patch } from 'fresh-modules/internal/core'

const RESULTS = 'runAndTransformResultsToJestFormat'
const MODULE = /[\\/]jest-circus[\\/]build[\\/](?:[^\\/]+[\\/])?jestAdapterInit\.js$/

type Results = (...args: unknown[]) => Promise<Record<string, unknown>>

export interface InternalModules {
  requireInternalModule(from: string, to?: string): unknown
}

/** Puts `read()` into the result of the file as `key`, unless it is undefined. */
export function extendFileResult(runtime: InternalModules, key: string, read: () => unknown): void {
  const wrap = (load: InternalModules['requireInternalModule']) => (from: string, to?: string) => {
    const required = load.call(runtime, from, to)
    if (to !== undefined || !MODULE.test(from)) return required
    const results = (required as { [RESULTS]?: Results } | undefined)?.[RESULTS]
    if (typeof results !== 'function') return required
    const extended: Results = async (...args) => {
      const result = await results(...args)
      const value = read()
      return value === undefined ? result : { ...result, [key]: value }
    }
    return { ...(required as object), [RESULTS]: extended }
  }
  patch(runtime, 'requireInternalModule', wrap, 'Runtime.requireInternalModule')
}
