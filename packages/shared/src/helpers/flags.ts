/** Reading and setting flags: `specOf`, `withFlags`, `markNonReimportable`, `declareSpec`. */

import { importerOf } from '../host/caller.ts'
import { BadOptionError } from '../host/errors.ts'
import { type Installed, installedIn } from '../host/host-slot.ts'
import { fileOf, identityOf, type ModuleId } from '../host/module-id.ts'
import type { FlagDeclaration, Flags, ModuleSpec } from '../host/module-spec.ts'
import {
  checkFlags,
  checkFromOption,
  checkFunction,
  checkSpecifier,
  type FromOption,
  kindOf,
} from '../host/options.ts'
import { liveSpec, setRuntimeFlag } from './live-spec.ts'
import { requireHost } from './require-host.ts'

/** What a module passes of itself: its `import.meta`, or its CommonJS `module`. */
export type ModuleHandle = ImportMeta | NodeModule

/**
 * The spec of a module, loaded or not: read what is allowed and who said so, write a flag to change it until the
 * test file ends (set within a test: until that test ends).
 *
 * @param target A specifier, relative to the calling file, for a promise of the spec; or the namespace or exports
 * object of a loaded module, for the spec at once.
 * @throws `ERR_BAD_OPTION` if the object is no module's; the host's own error if the specifier is not found.
 */
export function specOf(target: string, options?: FromOption): Promise<ModuleSpec>
export function specOf(loaded: object): ModuleSpec
export function specOf(target: string | object, options?: FromOption): Promise<ModuleSpec> | ModuleSpec {
  if (typeof target !== 'string') return specOfLoaded(target)
  return specOfSpecifier(target, options)
}

async function specOfSpecifier(target: string, options?: FromOption): Promise<ModuleSpec> {
  checkSpecifier('specOf', target)
  checkFromOption('specOf', options)
  const installed = requireHost()
  const id = await installed.host.resolve(target, importerOf('specOf', target, options?.from), 'import')
  return liveSpec(installed, id, await installed.host.facts(id))
}

function specOfLoaded(loaded: object): ModuleSpec {
  const installed = requireHost()
  const id = idOfLoaded(installed, 'specOf', loaded)
  const facts = installed.host.facts(id)
  if ('then' in facts) {
    throw new BadOptionError(
      'specOf',
      `"${id}" has no facts at hand yet`,
      'Pass its specifier and await the spec.',
    )
  }
  return liveSpec(installed, id, facts)
}

function idOfLoaded({ host, state }: Installed, call: string, loaded: unknown): ModuleId {
  if (loaded === null || (typeof loaded !== 'object' && typeof loaded !== 'function')) {
    throw new BadOptionError(call, `the target is ${kindOf(loaded)}`, 'Pass a specifier or a loaded module.')
  }
  const id = state.formerCopies.get(loaded)?.id ?? host.idOf(loaded)
  if (id !== undefined) return id
  throw new BadOptionError(
    call,
    'the object is not a loaded module',
    'Pass a specifier, or a namespace object.',
  )
}

/**
 * Sets flags of a module for one stretch and puts them back, whatever happens in `run`. Stretches may overlap: the
 * stricter value holds.
 */
export async function withFlags<T>(
  target: string | object,
  flags: Partial<Flags>,
  run: () => T | Promise<T>,
  options?: FromOption,
): Promise<T> {
  const checked = checkFlags('withFlags', flags)
  checkFunction('withFlags', 'run', run)
  const installed = requireHost()
  const stretch = {
    identity: identityOf(await idOfTarget(installed, 'withFlags', target, options)),
    flags: checked,
  }
  installed.state.stretches.add(stretch)
  try {
    return await run()
  } finally {
    installed.state.stretches.delete(stretch)
  }
}

/** While a copy of this module is loaded, never evaluate another: `(await specOf(target)).allowReimport = false`. */
export async function markNonReimportable(
  target: string | object,
  reason?: string,
  options?: FromOption,
): Promise<void> {
  if (reason !== undefined && typeof reason !== 'string') {
    throw new BadOptionError('markNonReimportable', `the reason is ${kindOf(reason)}`, 'Pass a string.')
  }
  const installed = requireHost()
  const id = await idOfTarget(installed, 'markNonReimportable', target, options)
  setRuntimeFlag(installed, id, 'allowReimport', false, reason)
}

async function idOfTarget(
  installed: Installed,
  call: string,
  target: string | object,
  options?: FromOption,
): Promise<ModuleId> {
  checkFromOption(call, options)
  if (typeof target !== 'string') return idOfLoaded(installed, call, target)
  checkSpecifier(call, target)
  return installed.host.resolve(target, importerOf(call, target, options?.from), 'import')
}

/**
 * What a module says of itself, from within: `declareSpec(import.meta, { allowReimport: false, reason: '…' })`.
 *
 * @throws `ERR_BAD_OPTION` for `allowParallelWorkers`, which has to be known before the module is evaluated: use the
 * docblock `@fresh-modules single-worker`. Nothing happens where no host is installed: the module may run anywhere.
 */
export function declareSpec(module: ModuleHandle, flags: Partial<Flags> & { reason?: string }): void {
  const call = 'declareSpec'
  const checked = checkFlags(call, flags, ['reason'])
  if (checked.allowParallelWorkers !== undefined) {
    throw new BadOptionError(
      call,
      'allowParallelWorkers comes too late for a lock, since the module already runs',
      'Put a docblock at the top of the file: /** @fresh-modules single-worker: why */',
    )
  }
  const { reason } = flags
  if (reason !== undefined && typeof reason !== 'string') {
    throw new BadOptionError(call, `the reason is ${kindOf(reason)}`, 'Pass a string.')
  }
  const installed = installedIn(globalThis)
  if (!installed) return
  const id = idOfHandle(installed, call, module)
  const said: FlagDeclaration = {
    flags: checked,
    where: fileOf(id),
    ...(reason === undefined ? {} : { reason }),
  }
  installed.state.declared.set(identityOf(id), said)
}

/** The id of the copy whose `import.meta` or `module` this is. */
export function idOfHandle({ host }: Installed, call: string, handle: unknown): ModuleId {
  const id = handle !== null && typeof handle === 'object' ? host.idOf(handle) : undefined
  if (id !== undefined) return id
  throw new BadOptionError(
    call,
    `the module is ${handle !== null && typeof handle === 'object' ? 'not one that this host has evaluated' : kindOf(handle)}`,
    "Pass the module's own import.meta, or module in CommonJS.",
  )
}
