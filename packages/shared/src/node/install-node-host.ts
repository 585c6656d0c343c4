/** Puts plain Node in charge. Loaded by the first helper that is called, so that importing the package stays cheap. */
import type { FreshModulesOptions } from '../flags/adapter-options.ts'
import { compileRules } from '../flags/config.ts'
import { createCoreState } from '../host/core-state.ts'
import { type Installed, installHost } from '../host/host-slot.ts'
import { lockCopies } from './lock-node.ts'
import { NodeHost } from './node-host.ts'

export function installNodeHost(options: FreshModulesOptions = {}, root = process.cwd()): Installed {
  const state = createCoreState(compileRules(options.specs ?? [], root), options.knownSingletons)
  const installed = { host: new NodeHost({ state, root }), state }
  lockCopies(installed, options)
  installHost(globalThis, installed)
  return installed
}
