/** `unload`: out of the registry, with its children, so that the next import evaluates it again. */

import { refuses, specSteps } from '../flags/specs.ts'
import { importerOf } from '../host/caller.ts'
import { BadOptionError, type Refusal, RefusedError } from '../host/errors.ts'
import type { Installed } from '../host/host-slot.ts'
import { dispose, throwTogether } from '../host/lifecycle.ts'
import { importersChain, whyUntouchable, withChildren } from '../host/module-graph.ts'
import type { ModuleRecord } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import { checkFromOption, checkSpecifier, type FromOption, kindOf } from '../host/options.ts'
import { runAsync } from '../host/steps.ts'
import { unloadRecords } from '../reset/unload-records.ts'
import { requireHost } from './require-host.ts'

/**
 * Removes a module and its children from the registry. Importers keep the copy they hold; `import()` and `require`
 * give a new one. Their `onUnload` callbacks run first, importers before what they import. A module that is not
 * loaded: nothing to do.
 *
 * @param target A specifier, relative to the calling file; or a fresh copy, whose `onUnload` callbacks then run.
 * @returns The ids that were unloaded.
 * @throws `ERR_UNLOAD_REFUSED` if any of them refuses: then none is unloaded. `ERR_BAD_OPTION`. An `AggregateError`
 * of what `onUnload` callbacks threw, after all of them have run and the modules are gone.
 */
export async function unload(target: string | object, options?: FromOption): Promise<ModuleId[]> {
  checkFromOption('unload', options)
  const installed = requireHost()
  if (typeof target === 'string') {
    const specifier = checkSpecifier('unload', target)
    return unloadRegistered(installed, specifier, importerOf('unload', specifier, options?.from))
  }
  if (target === null || (typeof target !== 'object' && typeof target !== 'function')) {
    throw new BadOptionError('unload', `the target is ${kindOf(target)}`, 'Pass a specifier or a fresh copy.')
  }
  return unloadCopy(installed, target)
}

async function unloadRegistered(
  installed: Installed,
  specifier: string,
  importer: string,
): Promise<ModuleId[]> {
  const { host } = installed
  const id = await host.resolve(specifier, importer, 'import')
  const records = withChildren(host, specifier, id)
  await assertUnloadable(installed, records)
  return unloadRecords(installed, records)
}

async function unloadCopy(installed: Installed, target: object): Promise<ModuleId[]> {
  const { host, state } = installed
  const former = state.formerCopies.get(target)
  if (former?.fresh) {
    const { errors } = await dispose(state, [former])
    throwTogether(errors)
    return [former.id]
  }
  const id = host.idOf(target)
  const record = id && host.record(id)
  if (record && record.exports === target) {
    await assertUnloadable(installed, [record])
    return unloadRecords(installed, [record])
  }
  if (former || id) return []
  throw new BadOptionError(
    'unload',
    'the object is not a module',
    'Pass a specifier or what importFresh returned.',
  )
}

/** All or none: the error lists every module that refuses. */
async function assertUnloadable(installed: Installed, records: readonly ModuleRecord[]): Promise<void> {
  const refusals: Refusal[] = []
  for (const { id } of records) {
    const spec = await runAsync(specSteps(installed, id))
    const importedBy = importersChain(installed, id)
    const reason = whyUntouchable(installed.host, id)
    if (reason !== undefined) {
      refusals.push({ id, flag: 'allowUnload', provenance: { source: 'loader', reason }, importedBy })
    } else if (refuses(spec, 'allowUnload')) {
      refusals.push({ id, flag: 'allowUnload', provenance: spec.flags.allowUnload.provenance, importedBy })
    }
  }
  if (refusals.length === 0) return
  // `withUnloaded`, which is advised otherwise, would refuse it as well.
  const isUntouchable = records.some(({ id }) => whyUntouchable(installed.host, id) !== undefined)
  throw new RefusedError('allowUnload', refusals, isUntouchable ? { remedy: 'Leave it loaded.' } : {})
}
