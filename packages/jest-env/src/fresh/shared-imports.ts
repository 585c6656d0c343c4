/** Registered ES modules that fresh copies import. */
import { fileOf, type ModuleId } from 'fresh-modules/internal/core'
import { idOfFile } from '../jest/module-ids.ts'
import type { Records } from '../jest/records.ts'
import type { RuntimeInternals, VmModule } from '../jest/runtime-internals/detect.ts'
import { isPending, viewOfWaiting } from './waiting-view.ts'

export interface SharedImportsOptions {
  readonly internals: RuntimeInternals
  readonly registry: Records
  vmContext(): object
}

export class SharedImports {
  readonly #internals: RuntimeInternals
  readonly #registry: Records
  readonly #vmContext: () => object

  constructor({ internals, registry, vmContext }: SharedImportsOptions) {
    this.#internals = internals
    this.#registry = registry
    this.#vmContext = vmContext
  }

  /**
   * As a plain `import()` by a copy. A failure is not kept: the next import tries again.
   *
   * @param caller the file that has asked for the copy: the module may be waiting for it
   */
  async import(importer: string, specifier: string, caller: ModuleId | undefined): Promise<VmModule> {
    try {
      let waits = false
      const module = await this.#internals.importPlain(importer, specifier, async (module) => {
        waits = caller !== undefined && this.#reaches(module, caller) && (await isPending(module))
        return waits
      })
      return waits ? await viewOfWaiting(module, this.#vmContext()) : module
    } catch (error) {
      this.#registry.dropErrored()
      throw error
    }
  }

  /** Whether a module is the caller, or imports it. */
  #reaches({ identifier }: VmModule, caller: ModuleId): boolean {
    const visited = new Set<ModuleId>([idOfFile(identifier)])
    for (const id of visited) {
      if (fileOf(id) === fileOf(caller)) return true
      for (const imported of this.#registry.get(id)?.imports ?? []) visited.add(imported)
    }
    return false
  }
}
