/** Where an adapter installs its host, and where the helpers find it. */
import type { CoreState } from './core-state.ts'
import { NoHostError } from './errors.ts'
import type { ModuleHost } from './module-host.ts'

/** The host in charge together with what the core knows in its realm. */
export interface Installed {
  readonly host: ModuleHost
  readonly state: CoreState
}

// `Symbol.for`: two copies of the core have to find the same slot.
const SLOT = Symbol.for('fresh-modules.host')
type Slotted = typeof globalThis & { [SLOT]?: Installed }

/** Puts a host in charge of a realm; returns the undo, which removes only this host. */
export function installHost(realm: object, installed: Installed): () => void {
  Object.defineProperty(realm, SLOT, {
    value: installed,
    configurable: true,
    writable: true,
    enumerable: false,
  })
  return () => {
    const slotted = realm as Slotted
    if (slotted[SLOT] === installed) delete slotted[SLOT]
  }
}

export function installedIn(realm: object): Installed | undefined {
  return (realm as Slotted)[SLOT]
}

/** The host of this realm, or an error that says which line of config is missing. */
export function requireHost(): Installed {
  const installed = installedIn(globalThis)
  if (installed) return installed
  throw missingHost()
}

function missingHost(): NoHostError {
  if ('__vitest_worker__' in globalThis) {
    return new NoHostError(
      'this is Vitest, without the plugin of fresh-modules',
      "Add it to vitest.config.ts: import { freshModules } from '@fresh-modules/vitest-plugin' and plugins: [freshModules()].",
    )
  }
  if (process.env['JEST_WORKER_ID'] !== undefined) {
    return new NoHostError(
      'this is Jest, without the environment of fresh-modules',
      "Set testEnvironment: '@fresh-modules/jest-env' in the Jest config.",
    )
  }
  return new NoHostError(
    'there is no adapter, and this version has no host for plain Node yet',
    'Run the code in Vitest with @fresh-modules/vitest-plugin.',
  )
}
