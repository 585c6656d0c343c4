/** What the runtime caches of source files, dropped where a file is another one by now. */
import { fileOf, type ModuleId } from 'fresh-modules/internal/core'
import { FileSignatures } from './file-signatures.ts'
import type { RuntimeInternals } from './runtime-internals/detect.ts'

export class SourceFiles {
  readonly #internals: RuntimeInternals
  readonly #signatures = new FileSignatures()

  constructor(internals: RuntimeInternals) {
    this.#internals = internals
  }

  /** Drops what the runtime caches of a file that has changed since we looked last. */
  refresh(id: ModuleId): void {
    const file = fileOf(id)
    const state = this.#signatures.compare(file, this.#internals.textOf(file))
    if (state !== 'same') this.#internals.forget(file, state === 'changed')
  }

  /** After a failure: the next call sees the file, and what it asks for, as they are then. */
  forget(id: ModuleId): void {
    this.#internals.forget(fileOf(id), true)
    this.#internals.forgetMissing()
  }
}
