/**
 * Views of ES modules that wait, in a top-level await, for a copy that imports them. The engine would let the copy wait
 * for them in turn, for ever. A view shows what the module has exported so far, and the rest once it is done.
 */
import { setImmediate } from 'node:timers/promises'
import vm from 'node:vm'
import type { VmModule } from '../jest/runtime-internals/detect.ts'

interface SyntheticModules {
  SyntheticModule: new (names: string[], evaluate: (this: VmModule) => void, options: object) => VmModule
}

/** Whether a module has begun to be evaluated and waits for something: its status says `evaluated` then. */
export async function isPending(module: VmModule): Promise<boolean> {
  if (module.status === 'evaluating') return true
  if (module.status !== 'evaluated') return false
  const done = module.evaluate().then(
    () => false,
    () => false,
  )
  return Promise.race([done, setImmediate(true)])
}

export async function viewOfWaiting(module: VmModule, context: object): Promise<VmModule> {
  const { SyntheticModule } = vm as unknown as SyntheticModules
  const names = Object.getOwnPropertyNames(module.namespace)
  const view = new SyntheticModule(names, () => show(module, view), {
    context,
    identifier: module.identifier,
  })
  if (view.status === 'unlinked') await view.link(() => view)
  await view.evaluate()
  if (module.status === 'evaluated') {
    module.evaluate().then(
      () => show(module, view),
      () => {},
    )
  }
  return view
}

function show({ namespace }: VmModule, view: VmModule): void {
  for (const name of Object.getOwnPropertyNames(namespace)) {
    try {
      view.setExport(name, (namespace as Record<string, unknown>)[name])
    } catch {
      // Not initialised yet.
    }
  }
}
