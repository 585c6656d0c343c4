/**
 * Hooks that are registered at the top level of a test file. Whose they are decides two things: a suite shares state
 * by hooks of its own only, and a package that is evaluated once per worker has its hooks in every file that imports it.
 * And a module whose code has registered one cannot be evaluated again between tests: the hook works on the copy that
 * has registered it.
 */
import {
  callingFiles,
  callingFilesOf,
  fileOf,
  isFirstParty,
  isHookOfPackage,
  type ModuleId,
  packageOf,
} from 'fresh-modules/internal'
import { TestRunner } from 'vitest'
import { isFrameworkModule } from '../vitest/never-touch.ts'
import type { RunnerModule } from '../vitest/runner-internals.ts'
import { idOfMod } from '../vitest/sources.ts'
import { type Collector, type Hook, watchCollector } from './collector.ts'

const isOfFramework = (file: string) => isFrameworkModule(file as ModuleId)

/** @param files Whose code registers the hook, nearest first */
type OnHook = (name: string, hook: Hook, files: Iterable<string>) => void

export interface EarlierHook {
  readonly name: string
  readonly hooks: readonly Hook[]
  /** Made at the place. */
  readonly at: Error
  readonly isInner: boolean
}

interface PackageHook {
  readonly name: string
  readonly hooks: readonly Hook[]
  /** Folder of the package whose code registered it. */
  readonly folder: string
  /** Ids of the modules that were being loaded by Node's loader then: the package may be an import of theirs. */
  readonly loading: ReadonlySet<string>
  /** The last test file that has it. */
  file: number
}

export class FileHooks {
  /** Hooks of packages that were evaluated in this worker. */
  readonly #ofPackages: PackageHook[] = []
  /** Paths of the files whose code has registered hooks for this test file. */
  readonly #registering = new Set<string>()
  /** Ids of the modules that Node's loader loads right now. */
  readonly #loading = new Set<string>()
  /** Counts the test files of this worker. */
  #file = 0
  #onHook: OnHook = () => {}
  /** The framework's own way to register, past our look at it. Vitest uses one collector for all files. */
  #collector: Collector | undefined
  #register: NonNullable<Collector['on']> = () => {}

  /**
   * A new test file: its collector gets the hooks of setup files, of the test file and of what they import.
   *
   * @param collector the file's, where one of its suites is being collected already
   */
  startFile(
    onHook: OnHook,
    collector: Collector = TestRunner.getCurrentSuite() as unknown as Collector,
  ): void {
    this.#file++
    this.#onHook = onHook
    this.#registering.clear()
    const { on } = collector
    if (!on || collector === this.#collector) return
    this.#collector = collector
    this.#register = (name, ...hooks) => on.call(collector, name, ...hooks)
    watchCollector(
      collector,
      (name, hooks) => this.#note(name, hooks, this.#noteFiles(callingFiles(isOfFramework))),
      () => this.#noteFiles(callingFiles(isOfFramework)),
    )
  }

  /** A hook that was registered for this test file before the host was there, at the top level or within a `describe`. */
  noteEarlier({ name, hooks, at, isInner }: EarlierHook): void {
    const files = this.#noteFiles(callingFilesOf(at, isOfFramework))
    if (!isInner) this.#note(name, hooks, files)
  }

  /** @param files whose code registers a hook, the nearest first */
  #noteFiles(files: Set<string>): Set<string> {
    for (const file of files) if (isFirstParty(file as ModuleId)) this.#registering.add(file)
    return files
  }

  /** Whether code of the module has registered a hook for this test file. */
  hasRegistered(id: ModuleId): boolean {
    return this.#registering.size > 0 && this.#registering.has(fileOf(id))
  }

  #note(name: string, hooks: readonly Hook[], files: Set<string>): void {
    for (const hook of hooks) this.#onHook(name, hook, files)
    const [nearest = ''] = files
    const folder = isHookOfPackage(files) ? packageOf(nearest)?.dir : undefined
    if (folder !== undefined)
      this.#ofPackages.push({ name, hooks, folder, loading: new Set(this.#loading), file: this.#file })
  }

  /** Knows a module as being loaded by Node's loader while it is. */
  async whileLoading<T>(id: string, load: () => Promise<T>): Promise<T> {
    this.#loading.add(id)
    try {
      const loaded = await load()
      // Node's loader hands out what it has where the framework has forgotten it, as after vi.resetModules().
      this.registerAgain({ id })
      return loaded
    } finally {
      this.#loading.delete(id)
    }
  }

  /** A module that has been evaluated before is imported: this file gets the hooks that it brought along then. */
  registerAgain(mod: Pick<RunnerModule, 'id'>): void {
    if (this.#ofPackages.length === 0) return
    const file = fileOf(idOfMod(mod.id))
    for (const hook of this.#ofPackages) {
      if (hook.file === this.#file) continue
      if (!hook.loading.has(mod.id) && !file.startsWith(`${hook.folder}/`)) continue
      hook.file = this.#file
      this.#register(hook.name, ...hook.hooks)
    }
  }
}
