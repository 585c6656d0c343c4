/** What resets have to know of each import of a registered module: whether it is static, and whose hooks it means. */
import type { LoggedRequest } from '../idle/idle-log.ts'
import {
  type EvaluatedModules,
  hoistedImports,
  type RequestMetadata,
  type RunnerModule,
} from '../vitest/runner-internals.ts'
import type { FileHooks } from './file-hooks.ts'
import type { VitestResets } from './vitest-resets.ts'

export interface ImportNotesOptions {
  readonly modules: EvaluatedModules
  readonly fileHooks: FileHooks
  readonly resets: VitestResets
}

export class ImportNotes {
  readonly #modules: EvaluatedModules
  readonly #fileHooks: FileHooks
  readonly #resets: VitestResets

  constructor({ modules, fileHooks, resets }: ImportNotesOptions) {
    this.#modules = modules
    this.#fileHooks = fileHooks
    this.#resets = resets
  }

  note(
    mod: RunnerModule,
    callstack: readonly string[] | undefined,
    metadata: RequestMetadata | undefined,
  ): void {
    if (mod.evaluated) this.#fileHooks.registerAgain(mod)
    const importer = callstack?.at(-1)
    if (!importer) return
    const isStatic = !metadata?.isDynamicImport || this.#isHoistedImport(importer, mod)
    if (isStatic) this.#resets.noteStaticImport(importer, mod.id)
  }

  /** The same for an import that came before the host was there. */
  noteEarlier({ importer, mod, metadata, isLate }: LoggedRequest): void {
    const isStatic = !metadata?.isDynamicImport || (!isLate && this.#isHoisted(importer, mod))
    if (isStatic) this.#resets.noteStaticImport(importer, mod.id)
  }

  /** In a file with `vi.mock`, Vitest turns static imports into dynamic ones, which its body awaits. */
  #isHoistedImport(importer: string, imported: RunnerModule): boolean {
    const mod = this.#modules.getModuleById(importer)
    return mod?.evaluated === false && this.#isHoisted(importer, imported)
  }

  #isHoisted(importer: string, imported: RunnerModule): boolean {
    const mod = this.#modules.getModuleById(importer)
    if (!mod) return false
    return hoistedImports(mod).some((url) => this.#modules.getModuleByUrl(url) === imported)
  }
}
