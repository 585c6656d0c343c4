/**
 * `experimental.viteModuleRunner: false`: tests run in Node's own loader, and the core's host for plain Node is in
 * charge. What Node cannot do, unloading ES modules above all, is refused there with that reason.
 */
import {
  type CoreState,
  guardNode,
  type Installed,
  NodeHost,
  type SingleWorker,
} from 'fresh-modules/internal'
import { isFrameworkModule } from '../vitest/never-touch.ts'
import { type WorkerState, workerState } from '../vitest/runner-internals.ts'
import { vitestVersion } from '../vitest/vitest-version.ts'

export function nativeHost(state: CoreState, { config }: WorkerState): NodeHost {
  return new NodeHost({
    state,
    root: config.root,
    label: `Vitest ${vitestVersion()} in Node's own loader`,
    testFile: () => workerState()?.filepath,
    isProtected: isFrameworkModule,
  })
}

/** The guard, and locks, before each evaluation: Node's loader can only be waited for by a sleeping thread. */
export function watchNativeEvaluations(installed: Installed & { readonly singleWorker: SingleWorker }): void {
  const host = installed.host as NodeHost
  const { world } = host
  guardNode(installed, installed.state.guard.onDuplicate)
  const guard = world.beforeEvaluation
  world.beforeEvaluation = (id, importer) => {
    guard?.(id, importer)
    const key = installed.singleWorker.needs(id, host.facts(id))
    if (key !== undefined) installed.singleWorker.acquireSync(id, key)
  }
}
