/** Evaluates a registered CommonJS module again into the exports object that its importers hold. */
import {
  exportsBehind,
  fileOf,
  forwardTo,
  type ModuleId,
  RefusedError,
  type ReloadedCopy,
} from 'fresh-modules/internal/core'
import type { JestHost } from '../file/jest-host.ts'
import { type CjsModule, createModule } from '../jest/runtime-internals/detect.ts'
import { inSandbox } from '../jest/sandbox-errors.ts'
import { whyNotReplaceable } from './exports-definitions.ts'
import { ExportsReplacement } from './reload-exports.ts'

export function reloadCjs(host: JestHost, id: ModuleId): ReloadedCopy {
  const registry = host.internals.cjs()
  const before = host.registry.cjs(id) as CjsModule
  const exports = before.exports as object
  // Compiled ES modules that assign `module.exports` do so before anything else, and have no other name for it.
  const isHandedOut = host.definitions.isHandedOut(before) && !Object.hasOwn(exports, '__esModule')
  const belongsToAnother = isHandedOut && isRequired(host, id, exports)
  if (!isHandedOut) host.spies.restoreOn(exports)
  const replacement = new ExportsReplacement(exports, host.definitions, isHandedOut)
  // The runtime gives each evaluation a module object of its own, and cannot run a body for the same one twice.
  const module = createModule(fileOf(id))
  if (isHandedOut) {
    // Until the new exports are there, importers are to find the old ones: those of the new body may never be theirs.
    module.children = before.children
  } else {
    module.exports = exports
    registry.set(fileOf(id), module)
  }
  try {
    host.runReload(module, () => host.internals.reloadCjs(module, before.parent?.filename))
    const result = exportsBehind(module.exports)
    if (isHandedOut && result === exports) replacement.keep()
    else {
      const why = belongsToAnother
        ? 'its module.exports was the exports of another module, and no longer is'
        : whyNotReplaceable(host.realm, result)
      if (why !== undefined) throw refused(host, id, why)
      if (isHandedOut) host.spies.restoreOn(exports)
      replacement.finish(result as object)
      if (hasOtherName(host, module, result as object, exports)) forwardTo(exports, result as object)
    }
    module.exports = exports
    registry.set(fileOf(id), module)
  } catch (error) {
    replacement.undo()
    registry.set(fileOf(id), before)
    host.forget(id)
    throw error
  }
  host.registry.noteReplaced(before, module)
  refreshView(host, id, exports)
  const putBack = () => {
    replacement.undo()
    registry.set(fileOf(id), before)
    host.registry.noteReplaced(module, before)
    refreshView(host, id, exports)
  }
  return { id, exports, handle: module, putBack }
}

/** Whether the body may have a name of its own for what it has handed out, which importers will never hold. */
function hasOtherName(host: JestHost, module: CjsModule, result: object, exports: object): boolean {
  if (result === exports || Object.hasOwn(result, '__esModule') || module.filename.endsWith('.json'))
    return false
  // What is the exports of another module is that one's.
  for (const entry of host.internals.cjs().values()) {
    if (entry !== module && (entry as CjsModule).exports === result) return false
  }
  return true
}

/** Whether an object is the exports of a module that this one has required. */
function isRequired(host: JestHost, id: ModuleId, exports: object): boolean {
  for (const imported of host.record(id)?.imports ?? []) {
    if ((host.registry.cjs(imported) as CjsModule | undefined)?.exports === exports) return true
  }
  return false
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
