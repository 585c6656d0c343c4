/** Which packages are loaded, by the module runner and by Node's loader, and who imports them. */
import {
  fileOf,
  guardedFormatOf,
  isFileId,
  isInstalled,
  type ModuleId,
  NODE_LOADER,
  patch,
} from 'fresh-modules/internal'
import type { LoadedCopy } from 'fresh-modules/internal/report'
import { isInlinedCommonJs } from '../guard/inlined-commonjs.ts'
import { idOfFile, idOfUrl, nodeLoads } from '../guard/node-loads.ts'
import { isFrameworkModule } from '../vitest/never-touch.ts'
import type { ModuleRunner, RunnerModule } from '../vitest/runner-internals.ts'
import { idOfMod } from '../vitest/sources.ts'
import type { VitestHost } from '../worker/vitest-host.ts'

/** Who wants to know: report or census. */
interface Notes {
  notePackage(copy: LoadedCopy): void
}

export function watchPackages({ runner }: VitestHost, notes: Notes): void {
  const noting = (directRequest: ModuleRunner['directRequest']): typeof directRequest =>
    function (this: ModuleRunner, url, mod, callstack) {
      noteOfRunner(mod, () => [...callstack].reverse().map(idOfMod))
      return directRequest.call(this, url, mod, callstack)
    }
  patch(runner as ModuleRunner, 'directRequest', noting)

  const { guardCommonJs, beforeEsModule } = nodeLoads
  nodeLoads.guardCommonJs = (file, parent) => {
    const importer = parent === undefined ? undefined : idOfFile(parent)
    if (guardedFormatOf(file) === 'cjs') noteOfNode(idOfFile(file), 'cjs', importer)
    guardCommonJs.call(nodeLoads, file, parent)
  }
  nodeLoads.beforeEsModule = (url) => {
    noteOfNode(idOfUrl(url), 'esm')
    beforeEsModule.call(nodeLoads, url)
  }

  function noteOfRunner({ id: modId, meta }: RunnerModule, importedBy: () => ModuleId[]): void {
    const id = idOfMod(modId)
    if (!meta || modId.startsWith('mock:') || !isInstalled(id) || isFrameworkModule(id)) return
    if (meta.externalize === undefined) {
      const isCommonJs = () => isInlinedCommonJs(meta.code ?? '')
      const loader = "Vitest's module runner"
      notes.notePackage({
        id,
        loader,
        format: () => (isCommonJs() ? 'cjs' : 'esm'),
        isEntryOnly: isCommonJs,
        importedBy,
      })
    } else if (isFileId(id)) {
      notes.notePackage({ id, loader: NODE_LOADER, format: () => guardedFormatOf(fileOf(id)), importedBy })
    }
  }

  function noteOfNode(id: ModuleId, format: 'esm' | 'cjs', parent?: ModuleId): void {
    if (isFrameworkModule(id)) return
    const importedBy = () => nodeLoads.importersOf(id, parent)
    notes.notePackage({ id, loader: NODE_LOADER, format: () => format, importedBy })
  }
}
