/** The guard in plain Node: it is asked before each registered evaluation, of either loader. */
import { forgetFailedCopy, guardEvaluation, startNextRun } from '../guard/guard.ts'
import { NODE_LOADER } from '../host/guard-state.ts'
import type { Installed } from '../host/host-slot.ts'
import { realIdentityOf } from '../host/loaded.ts'
import { importersChain, isTestFile } from '../host/module-graph.ts'
import { fileOf, isFileId, type ModuleId } from '../host/module-id.ts'
import type { OnDuplicate } from '../host/module-spec.ts'
import { isRequiredByPackage } from './deleted-entries.ts'
import { formatOf } from './format.ts'
import type { NodeHost } from './node-host.ts'

export function guardNode(installed: Installed, onDuplicate: OnDuplicate = 'throw'): void {
  const { guard } = installed.state
  const { world } = installed.host as NodeHost
  guard.onDuplicate = onDuplicate
  world.useHooks()
  if (onDuplicate === 'off') return
  world.beforeEvaluation = (id, importer) => {
    if (guard.isRunOver) startNextRun(installed)
    if (!isFileId(id) || installed.host.isProtected(id) || isTestFile(installed.host, id)) return
    forgetIfFailed(installed, id)
    const importedBy = () => {
      const [first] = importer === undefined ? world.esm.importersOf(id) : [importer as ModuleId]
      return first === undefined ? [] : [first, ...importersChain(installed, first)]
    }
    guardEvaluation(installed, {
      id,
      facts: (installed.host as NodeHost).facts(id),
      importedBy,
      loader: NODE_LOADER,
      format: () => (formatOf(id) === 'module' ? 'esm' : 'cjs'),
      ...(formatOf(id) === 'module' ? {} : { isStillHeld: () => isRequiredByPackage(fileOf(id), importer) }),
    })
  }
  world.evaluationFailed = (id) => {
    if (guard.firstCopies.has(realIdentityOf(id))) forgetFailedCopy(installed, id)
  }
}

/** Nobody tells when an ES module fails. So that is looked up when it matters: a second copy is about to be made. */
function forgetIfFailed(installed: Installed, id: ModuleId): void {
  const first = installed.state.guard.firstCopies.get(realIdentityOf(id))
  if (first && formatOf(first.id) === 'module' && !installed.host.record(first.id)) {
    forgetFailedCopy(installed, first.id)
  }
}
