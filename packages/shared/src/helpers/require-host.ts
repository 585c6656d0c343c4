/** The host that helpers ask for: the installed one, else Node's, which is loaded then. Everything below is given it. */
import { createRequire } from 'node:module'
import path from 'node:path'
import { NoHostError } from '../host/errors.ts'
import { type Installed, installedIn } from '../host/host-slot.ts'
import { OWN_FILE } from '../own-file.ts'

/** The host of this realm: an adapter's, else Node itself; or an error that says which line of config is missing. */
export function requireHost(): Installed {
  const installed = installedIn(globalThis)
  if (installed) return installed
  const missing = missingAdapter()
  if (missing) throw missing
  return loadNodeHost().installNodeHost()
}

function missingAdapter(): NoHostError | undefined {
  if ('__vitest_worker__' in globalThis) {
    return new NoHostError(
      'this is Vitest, without the plugin of fresh-modules',
      "Add it to vitest.config.ts: import { freshModules } from '@fresh-modules/vitest-plugin' and plugins: [freshModules()].",
    )
  }
  // A process that a test starts inherits the variable, but its code does not run in a realm of Jest's.
  if (process.env['JEST_WORKER_ID'] !== undefined && !(createRequire instanceof Function)) {
    return new NoHostError(
      'this is Jest, without the environment of fresh-modules',
      "Set testEnvironment: '@fresh-modules/jest-env' in the Jest config.",
    )
  }
  return undefined
}

interface NodeHostModule {
  installNodeHost(): Installed
}

/**
 * The host for Node, by `require` since callers cannot wait, and only now since most who import us have an adapter.
 * `require` has ES modules too, so that the host shares this build's classes.
 */
function loadNodeHost(): NodeHostModule {
  const require = createRequire(OWN_FILE)
  const extension = path.extname(OWN_FILE)
  try {
    return require(`./internal${extension}`) as NodeHostModule
  } catch (error) {
    // Switched off by --no-experimental-require-module; or our files lie where only hooks find them, as in Yarn's
    // archives, which Node 20 does not ask here.
    const { code } = error as { code?: unknown }
    if (code !== 'ERR_REQUIRE_ESM' && code !== 'ERR_MODULE_NOT_FOUND') throw error
    return require('./internal.cjs') as NodeHostModule
  }
}
