/** Evaluates a registered CommonJS module again into the exports object that its importers hold. */
import { type Copy, fileOf, type ModuleId, RefusedError } from 'fresh-modules/internal/core'
import { whyNotReplaceable } from './exports-definitions.ts'
import type { JestHost } from './jest-host.ts'
import { ExportsReplacement } from './reload-exports.ts'
import { type CjsModule, createModule } from './runtime-internals.ts'
import { inSandbox } from './sandbox-errors.ts'

export function reloadCjs(host: JestHost, id: ModuleId): Copy {
  const registry = host.internals.cjs()
  const before = host.registry.cjs(id) as CjsModule
  const exports = before.exports as object
  host.spies.restoreOn(exports)
  const replacement = new ExportsReplacement(exports, host.definitions)
  // The runtime gives each evaluation a module object of its own, and cannot run a body for the same one twice.
  const module = createModule(fileOf(id))
  module.exports = exports
  registry.set(fileOf(id), module)
  try {
    host.runReload(module, () => host.internals.reloadCjs(module, before.parent?.filename))
    const why = whyNotReplaceable(host.realm, module.exports)
    if (why !== undefined) throw refused(host, id, why)
    replacement.finish(module.exports as object)
    module.exports = exports
  } catch (error) {
    replacement.undo()
    registry.set(fileOf(id), before)
    host.forget(id)
    throw error
  }
  host.registry.replaceChild((child) => (child === before ? module : child))
  refreshView(host, id, exports)
  return { id, exports, handle: module }
}

function refused(host: JestHost, id: ModuleId, why: string): Error {
  const provenance = { source: 'loader', reason: `after the change, ${why}` } as const
  return inSandbox(host.realm, new RefusedError('allowReload', [{ id, flag: 'allowReload', provenance }]))
}

/** ES modules see a CommonJS one through a view, whose names are fixed and whose values are not. */
function refreshView(host: JestHost, id: ModuleId, exports: object): void {
  const view = host.registry.esm(id)
  if (view?.status !== 'evaluated') return
  for (const name of Object.keys(view.namespace)) {
    if (name === 'default' || name === 'module.exports') continue
    view.setExport(name, (exports as Record<string, unknown>)[name])
  }
}
