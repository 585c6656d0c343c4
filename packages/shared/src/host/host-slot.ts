/** Where an adapter installs its host, and where `requireHost` finds it. */
import type { CoreState } from './core-state.ts'
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
