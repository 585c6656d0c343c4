/** What a worker that runs several files puts back between them: `restoreGlobals`, with Vitest's own means first. */
import { isBuiltin } from 'node:module'
import { createGlobals, type Found, type Globals, type Outcome } from '@fresh-modules/restore-globals'
import { isInstalled, moduleId } from 'fresh-modules/internal'
import { isFrameworkModule } from '../vitest/never-touch.ts'
import type { EvaluatedModules } from '../vitest/runner-internals.ts'
import { idOfMod, modIdOf } from '../vitest/sources.ts'
import { vitestGlobals } from './vitest-globals.ts'

export class WorkerGlobals {
  readonly #globals: Globals
  readonly #modules: EvaluatedModules
  /** The file that runs, or ran last. */
  #file: string | undefined
  /** What was reported already. */
  readonly #reported = new Set<string>()

  /** @param loadsNothing whether modules of Node are left alone that cost time to look at */
  constructor(modules: EvaluatedModules, loadsNothing = false) {
    this.#modules = modules
    this.#globals = createGlobals(
      { global: globalThis },
      {
        ...vitestGlobals,
        loadsNothing,
        isKept: (file) => this.#isKept(file),
      },
    )
  }

  /**
   * Before the setup files of each file: the first time the snapshot is taken, later it is put back. After the reset
   * of modules, whose `onUnload` callbacks may put things back themselves.
   *
   * @returns what became of what the file before has changed
   */
  async beforeFile(file: string | undefined): Promise<readonly Outcome[]> {
    const ended = this.#file
    let outcomes: readonly Outcome[] = []
    if (ended === undefined) this.#globals.capture()
    else {
      outcomes = await this.#globals.restore()
      for (const outcome of outcomes) if (!outcome.restored) this.#tell(outcome.what, outcome.why, ended)
    }
    this.#file = file ?? ''
    return outcomes
  }

  /** What the file that runs has changed so far. */
  look(): readonly Found[] {
    return this.#globals.look()
  }

  /** Loads what Node's loader keeps: what it changes while it is evaluated stays, as it does itself. */
  whileKept<T>(id: string, load: () => T): T {
    const isQuiet = this.#file === undefined || isBuiltin(id) || isFrameworkModule(idOfMod(id))
    return isQuiet ? load() : this.#globals.whileKept(load)
  }

  #tell(what: string, why: string, file: string): void {
    if (this.#reported.has(what)) return
    this.#reported.add(what)
    console.warn(
      `fresh-modules cannot put back ${what}, which ${file} has changed: ${why}\nThe files that share the worker see it from here on. Undo it in an afterAll hook, or run that file with isolation.`,
    )
  }

  /** Asked after the reset: what is registered then has stayed. */
  #isKept(file: string): boolean {
    if (file === this.#file) return false
    const id = moduleId(file)
    const mod = this.#modules.getModuleById(modIdOf(id))
    if (mod?.promise) return true
    // A package that was inlined and dropped is evaluated again, like first-party modules.
    return isFrameworkModule(id) || (isInstalled(file) && !mod?.meta?.code)
  }
}
