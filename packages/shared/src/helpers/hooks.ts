/** `onUnload` and `onImport`: what modules and tests want to hear of. */
import { importerOf } from '../host/caller.ts'
import type { ImportHook } from '../host/core-state.ts'
import { installedIn } from '../host/host-slot.ts'
import { addDisposer, dispose, hasDisposers, ownUntilTestEnds, throwTogether } from '../host/lifecycle.ts'
import { checkFromOption, checkFunction, checkSpecifier, type FromOption } from '../host/options.ts'
import { idOfHandle, type ModuleHandle } from './flags.ts'
import { requireHost } from './require-host.ts'

/**
 * Called by a module about itself: `callback` runs before this copy is unloaded, reset or reloaded in place. A fresh
 * copy that calls it is disposed of when the test that made it ends (outside of tests: the file), or by
 * `unload(copy)`. Nothing happens where no host is installed: the module may run in production.
 *
 * @throws `ERR_BAD_OPTION`
 */
export function onUnload(module: ModuleHandle, callback: () => void | Promise<void>): void {
  checkFunction('onUnload', 'the callback', callback)
  const installed = installedIn(globalThis)
  if (!installed) return
  const { host, state } = installed
  const id = idOfHandle(installed, 'onUnload', module)
  const isRegistered = host.record(id)?.handle === module
  if (!isRegistered && !hasDisposers(state, [{ handle: module }])) {
    ownUntilTestEnds(state, async () => {
      if (!state.freshHandles.has(module)) return
      throwTogether((await dispose(state, [{ handle: module }])).errors)
    })
  }
  state.lockHolders.get(id)?.add(module)
  addDisposer(state, module, callback)
}

/**
 * Calls `hook` after each evaluation of a module, until the test file ends (set within a test: until that test ends).
 *
 * @returns The undo.
 */
export async function onImport(target: string, hook: ImportHook, options?: FromOption): Promise<() => void> {
  checkSpecifier('onImport', target)
  checkFunction('onImport', 'the hook', hook)
  checkFromOption('onImport', options)
  const { host, state } = requireHost()
  const id = await host.resolve(target, importerOf('onImport', target, options?.from), 'import')
  const hooks = state.importHooks.get(id) ?? new Set<ImportHook>()
  // A new function, so that one hook registered twice is undone once.
  const mine: ImportHook = (exports, info) => hook(exports, info)
  hooks.add(mine)
  state.importHooks.set(id, hooks)
  const undo = () => {
    hooks.delete(mine)
    if (hooks.size === 0 && state.importHooks.get(id) === hooks) state.importHooks.delete(id)
  }
  const disown = ownUntilTestEnds(state, undo)
  return () => {
    disown()
    undo()
  }
}
