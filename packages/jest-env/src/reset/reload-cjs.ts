/** Evaluates a registered CommonJS module again into the exports object that its importers hold. */
import {
  assertTakenOver,
  ExportsReplacement,
  exportsBehind,
  fileOf,
  forwardTo,
  hasOtherName,
  type ModuleId,
  type ModuleRecord,
  type RefusedError,
  type ReloadedCopy,
} from 'fresh-modules/internal/core'
import { notFoundInstead } from '../fresh/not-fresh.ts'
import type { Records } from '../jest/records.ts'
import { type CjsModule, createModule, type RuntimeInternals } from '../jest/runtime-internals/detect.ts'
import type { Spies } from '../jest/runtime-internals/spies.ts'
import { inSandbox } from '../jest/sandbox-errors.ts'
import { type ExportsDefinitions, prototypesIn } from './exports-definitions.ts'

/** What a reload works on. */
export interface ReloadWorld {
  readonly internals: Pick<RuntimeInternals, 'cjs' | 'reloadCjs'>
  readonly registry: Pick<Records, 'cjs' | 'esm' | 'noteReplaced'>
  readonly definitions: ExportsDefinitions
  readonly spies: Spies
  readonly realm: typeof globalThis
  record(id: ModuleId): ModuleRecord | undefined
  /** After a failure: the next call sees the file as it is then. */
  forget(id: ModuleId): void
  /** Runs the body; the core calls the import hooks for it. */
  runReload(module: CjsModule, run: () => void): void
}

export function reloadCjs(host: ReloadWorld, id: ModuleId): ReloadedCopy {
  const registry = host.internals.cjs()
  const before = host.registry.cjs(id) as CjsModule
  const exports = before.exports as object
  const isAssigned = host.definitions.isHandedOut(before)
  const belongsToAnother = isAssigned && isRequired(host, id, exports)
  // Compiled ES modules that assign `module.exports` do so before anything else, and have no other name for it.
  const isHandedOut = isAssigned && (belongsToAnother || !Object.hasOwn(exports, '__esModule'))
  if (!isHandedOut) host.spies.restoreOn(exports)
  const replacement = new ExportsReplacement(exports, host.definitions.ownKeys, isHandedOut)
  // The runtime gives each evaluation its own module object, and cannot run a body for the same one twice.
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
    const made = exportsBehind(module.exports)
    if (made === exports) replacement.finish(exports)
    else {
      const taken = takenOver(host, id, made, belongsToAnother)
      if (isHandedOut) host.spies.restoreOn(exports)
      replacement.finish(taken)
      if (hasOtherName(taken, module.filename, othersThan(host, module))) forwardTo(exports, taken)
    }
    module.exports = exports
    registry.set(fileOf(id), module)
  } catch (error) {
    replacement.undo()
    registry.set(fileOf(id), before)
    host.forget(id)
    throw notFoundInstead(host.realm, error, { kind: 'require', id, importer: before.parent?.filename ?? id })
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

function* othersThan(host: ReloadWorld, module: CjsModule): Generator<{ readonly exports: unknown }> {
  for (const entry of host.internals.cjs().values()) if (entry !== module) yield entry as CjsModule
}

/** Whether an object is the exports of a module that this one has required. */
function isRequired(host: ReloadWorld, id: ModuleId, exports: object): boolean {
  for (const imported of host.record(id)?.imports ?? []) {
    if ((host.registry.cjs(imported) as CjsModule | undefined)?.exports === exports) return true
  }
  return false
}

/** What the new body has handed out, which is to go into the registered exports. @throws `ERR_RELOAD_REFUSED` */
function takenOver(host: ReloadWorld, id: ModuleId, made: unknown, belongsToAnother: boolean): object {
  try {
    assertTakenOver(id, made, { belongsToAnother, prototypes: prototypesIn(host.realm) })
    return made
  } catch (error) {
    throw inSandbox(host.realm, error as RefusedError)
  }
}

/** ES modules see a CommonJS one through a view, whose names are fixed and whose values are not. */
function refreshView(host: ReloadWorld, id: ModuleId, exports: object): void {
  const view = host.registry.esm(id)
  if (view?.status !== 'evaluated') return
  for (const name of Object.keys(view.namespace)) {
    if (name === 'default' || name === 'module.exports') continue
    view.setExport(name, (exports as Record<string, unknown>)[name])
  }
}
