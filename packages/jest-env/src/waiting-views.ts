/**
 * Views of ES modules that wait, in a top-level await, for a copy that imports them. The engine would let the copy wait
 * for them in turn, for ever. A view shows what the module has exported so far, and the rest once it is done.
 */
import vm from 'node:vm'
import type { VmModule } from './runtime-internals.ts'

interface SyntheticModules {
  SyntheticModule: new (names: string[], evaluate: (this: VmModule) => void, options: object) => VmModule
}

export class WaitingViews {
  readonly #vmContext: () => object
  // View -> the module that it shows. An entry goes when that has been evaluated.
  readonly #waiting = new Map<VmModule, VmModule>()

  constructor(vmContext: () => object) {
    this.#vmContext = vmContext
  }

  async of(module: VmModule): Promise<VmModule> {
    const { SyntheticModule } = vm as unknown as SyntheticModules
    const names = Object.getOwnPropertyNames(module.namespace)
    const options = { context: this.#vmContext(), identifier: module.identifier }
    const view = new SyntheticModule(names, () => show(module, view), options)
    if (view.status === 'unlinked') await view.link(() => view)
    await view.evaluate()
    this.#waiting.set(view, module)
    return view
  }

  /** Called whenever a module has been evaluated. */
  refresh(): void {
    for (const [view, module] of this.#waiting) {
      if (module.status === 'evaluating') continue
      this.#waiting.delete(view)
      if (module.status === 'evaluated') show(module, view)
    }
  }
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
