/** Modules whose body runs again: of these evaluations the core tells the import hooks itself. */
import type { CjsModule } from '../jest/runtime-internals/detect.ts'

export class RunningReloads {
  readonly #modules = new Set<CjsModule>()

  has(module: CjsModule): boolean {
    return this.#modules.has(module)
  }

  run(module: CjsModule, run: () => void): void {
    this.#modules.add(module)
    try {
      run()
    } finally {
      this.#modules.delete(module)
    }
  }
}
