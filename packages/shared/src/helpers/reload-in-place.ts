/** `reloadInPlace`: new contents in the same namespace object. */

import { refuses, specSteps } from '../flags/specs.ts'
import { importerOf } from '../host/caller.ts'
import { BadOptionError, RefusedError, StaleModuleError } from '../host/errors.ts'
import type { Installed } from '../host/host-slot.ts'
import { dispose, runImportHooks, throwTogether } from '../host/lifecycle.ts'
import { importersChain } from '../host/module-graph.ts'
import type { ModuleRecord } from '../host/module-host.ts'
import { fileOf, type ModuleId } from '../host/module-id.ts'
import { checkFromOption, checkSpecifier, type FromOption, kindOf } from '../host/options.ts'
import { currentCall, enclosingCalls, runWithin } from '../host/pending-calls.ts'
import { runAsync } from '../host/steps.ts'
import { requireHost } from './require-host.ts'

/**
 * Evaluates a module again into its own namespace object. Who holds the namespace or a live binding sees the new
 * values; who destructured keeps the old ones. Exports that no longer exist are gone; properties that others put
 * there stay. Only this module is evaluated, not what it imports. Its `onUnload` callbacks run first. If the new
 * evaluation fails, every export is as before. A module that is not loaded is imported.
 *
 * @param target A specifier, relative to the calling file, or the registered namespace object itself.
 * @returns The namespace: the same object as before.
 * @throws `ERR_RELOAD_REFUSED` and `ERR_STALE_MODULE` before anything is evaluated; `ERR_BAD_OPTION`; what the module
 * throws, as it is.
 */
// biome-ignore lint/suspicious/noExplicitAny: a specifier tells no type; callers who know it name it
export async function reloadInPlace<T extends object = any>(
  target: string | T,
  options?: FromOption,
): Promise<T> {
  const call = 'reloadInPlace'
  checkFromOption(call, options)
  if (
    target === null ||
    (typeof target !== 'string' && typeof target !== 'object' && typeof target !== 'function')
  ) {
    throw new BadOptionError(
      call,
      `the target is ${kindOf(target)}`,
      'Pass a specifier or a namespace object.',
    )
  }
  const installed = requireHost()
  const { host } = installed
  let id: ModuleId
  if (typeof target === 'string') {
    const specifier = checkSpecifier(call, target)
    const importer = importerOf(call, specifier, options?.from)
    id = await host.resolve(specifier, importer, 'import')
    await assertReloadable(installed, id)
    if (!host.record(id)) return (await host.load(id, importer, 'import')).exports as T
  } else {
    id = registeredIdOf(installed, target)
    await assertReloadable(installed, id)
  }
  return (await reloadOnce(installed, host.record(id) as ModuleRecord)) as T
}

/** The id of the registered copy whose exports object this is. */
function registeredIdOf({ host, state }: Installed, target: object): ModuleId {
  const former = state.formerCopies.get(target)
  const id = host.idOf(target) ?? former?.id
  if (id !== undefined && host.record(id)?.exports === target) return id
  if (former?.fresh)
    throw new StaleModuleError(`a copy of "${former.id}"`, 'it is a fresh copy, not the registered one')
  if (id !== undefined) throw new StaleModuleError(`a copy of "${id}"`, 'it is no longer the registered one')
  if (isNamespace(target))
    throw new StaleModuleError('a namespace', 'it is not of a module that is registered')
  throw new BadOptionError(
    'reloadInPlace',
    'the object is not a module',
    'Pass a specifier or a namespace object.',
  )
}

function isNamespace(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Module]'
}

async function assertReloadable(installed: Installed, id: ModuleId): Promise<void> {
  const { host } = installed
  const importedBy = importersChain(installed, id)
  const refuse = (reason: string) =>
    new RefusedError('allowReload', [
      { id, flag: 'allowReload', provenance: { source: 'loader', reason }, importedBy },
    ])
  if (fileOf(id) === host.testFile) throw refuse('it is the running test file')
  if (host.isProtected(id)) throw refuse(`it is part of ${host.label} or of fresh-modules`)
  await host.refresh?.(id)
  const spec = await runAsync(specSteps(installed, id))
  if (!refuses(spec, 'allowReload')) return
  const { provenance } = spec.flags.allowReload
  throw new RefusedError('allowReload', [{ id, flag: 'allowReload', provenance, importedBy }])
}

/** Within its own reload a module gets itself; any other call waits for its turn. */
async function reloadOnce(installed: Installed, record: ModuleRecord): Promise<unknown> {
  const { state } = installed
  const { id } = record
  if (record.state === 'evaluating') return record.exports
  for (const call of enclosingCalls(state))
    if (call.kind === 'reload' && call.ids?.has(id)) return record.exports
  const before = state.reloads.get(id)
  const parent = currentCall(state)
  const reload = (async () => {
    await before?.catch(() => {})
    return runWithin(state, { kind: 'reload', ids: new Set([id]), parent }, () => reloadRecord(installed, id))
  })()
  state.reloads.set(id, reload)
  try {
    return await reload
  } finally {
    if (state.reloads.get(id) === reload) state.reloads.delete(id)
  }
}

async function reloadRecord(installed: Installed, id: ModuleId): Promise<unknown> {
  const { host, state } = installed
  const record = host.record(id)
  if (!record) throw new StaleModuleError(`"${id}"`, 'it was unloaded meanwhile')
  const { ran, errors } = await dispose(state, [record])
  let copy: { id: ModuleId; exports: unknown; handle: object | undefined }
  try {
    copy = await host.reload(id)
  } catch (error) {
    if (ran > 0) noteCallbacksRan(error, id)
    throw error
  }
  runImportHooks(state, copy, { reloaded: true, fresh: false })
  throwTogether(errors)
  return copy.exports
}

/** The exports are as before, but what `onUnload` callbacks released is not: the error has to say so. */
function noteCallbacksRan(error: unknown, id: ModuleId): void {
  if (!(error instanceof Object) || typeof (error as Error).message !== 'string') return
  try {
    ;(error as Error).message += ` (the onUnload callbacks of "${id}" had already run)`
  } catch {
    // A frozen error is handed on as it is.
  }
}
