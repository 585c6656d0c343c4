/** What resets need of Jest's runtime. */
import { fileOf, isFirstParty, type ModuleId, type ResetSupport } from 'fresh-modules/internal/core'
import type { Records } from '../jest/records.ts'
import { filesOf } from './hook-definitions.ts'

export class JestResets implements ResetSupport {
  readonly #registry: Pick<Records, 'all' | 'staticImports' | 'batch'>
  /** First-party modules that were loaded before the test file was. */
  #setup = new Set<ModuleId>()
  /** Paths of the files whose code has registered test hooks. */
  readonly #registering = new Set<string>()
  /** Where hooks were registered, not looked at yet: the stack of an error costs milliseconds to read. */
  #definitions: Error[] = []

  constructor(registry: Pick<Records, 'all' | 'staticImports' | 'batch'>) {
    this.#registry = registry
  }

  /** The test file is about to be evaluated: what is loaded by now was loaded by setup files. */
  noteSetupDone(): void {
    this.#setup = new Set()
    for (const { id } of this.#registry.all()) if (isFirstParty(id)) this.#setup.add(id)
  }

  /** A hook works on the copy of the module that has registered it: another one would not know of it. */
  noteHook(definition: Error): void {
    this.#definitions.push(definition)
  }

  #hasRegisteredHooks(file: string): boolean {
    for (const definition of this.#definitions) {
      for (const path of filesOf(definition)) this.#registering.add(path)
    }
    this.#definitions = []
    return this.#registering.has(file)
  }

  staticImports(id: ModuleId): Iterable<ModuleId> {
    return this.#registry.staticImports(id)
  }

  batch<T>(run: () => Promise<T>): Promise<T> {
    return this.#registry.batch(run)
  }

  keptBetweenTests(id: ModuleId): string | undefined {
    if (/[\\/]__mocks__[\\/]/.test(fileOf(id))) return 'it is a mock'
    if (this.#setup.has(id)) return 'a setup file loaded it'
    return this.#hasRegisteredHooks(fileOf(id)) ? 'it has registered test hooks' : undefined
  }
}
