/** `resetModules`: a reset by hand, as the adapters do between tests. */

import { BadOptionError } from '../host/errors.ts'
import { checkKeys } from '../host/options.ts'
import { type ResetSummary, resetInstalled } from '../reset/reset.ts'
import { requireHost } from './require-host.ts'

export interface ResetOptions {
  /** As between two tests of a file (the default), or as between two files that share a worker. */
  between?: 'tests' | 'files'
}

/**
 * Resets first-party modules by hand, as the adapters do between tests: what the test file imports statically is
 * evaluated again in place, what it imports first; what was only imported dynamically is dropped. Modules without state
 * are left as they are. Modules that refuse or that somebody who stays has made something of, packages, mocks, what setup
 * files loaded and the framework are kept. `onUnload` callbacks run.
 *
 * @throws `ERR_BAD_OPTION`; with `onResetFailure: 'throw'` what a module throws when it is evaluated again: everything is
 * as before. An `AggregateError` of what `onUnload` callbacks threw.
 */
export async function resetModules(options?: ResetOptions): Promise<ResetSummary> {
  const { between = 'tests' } = checkKeys<ResetOptions>('resetModules', options, ['between'])
  if (between !== 'tests' && between !== 'files') {
    throw new BadOptionError('resetModules', `between is "${String(between)}"`, "Pass 'tests' or 'files'.")
  }
  const installed = requireHost()
  if (installed.state.runningTests.size > 1) {
    return {
      reloaded: [],
      dropped: [],
      unchanged: [],
      kept: [],
      notes: ['other tests are running, so nothing was reset'],
    }
  }
  // The test file stays, and what it imports statically must not be left stale.
  // As plain data, for whoever prints it.
  return { ...(await resetInstalled(installed, between, { testFileStays: true })) }
}
