/** Adds us to a test runner class: what Vitest tells a runner goes on to the part of us that follows a test file. */
import type { TestRunner } from 'vitest'
import type { RunnerClass } from './base-runner.ts'
import { workerState } from './runner-internals.ts'

export type Task = Parameters<NonNullable<TestRunner['onBeforeTryTask']>>[0]
export type Suite = Parameters<NonNullable<TestRunner['onBeforeRunSuite']>>[0]
type Try = { retry: number; repeats: number }
type Source = Parameters<TestRunner['importFile']>[1]

/** Follows the run of one test file. */
export interface FilePart {
  /** Setup files have been imported, the test file has not. */
  beforeTestFile(): void
  beforeSuite(suite: Suite): Promise<void>
  /** A test begins, before its hooks: the code that goes on from here is part of it. */
  enterTest(test: Task): void
  /** The framework has restored mocks; hooks are next. */
  beforeTry(test: Task, retry: number): Promise<void>
  /** Throws what the test has to fail with. */
  afterTry(test: Task): Promise<void>
  afterFile(file: Suite): Promise<void>
  /** Also where a file could not be collected. */
  afterFiles(): Promise<void>
}

const COMPOSED = Symbol.for('fresh-modules.runner')

/** @param start Called when the first file is imported: then Vitest has handed the module runner over. */
export function compose<T extends RunnerClass>(
  Base: T,
  start: (moduleRunner: object) => Promise<FilePart>,
): T {
  if (COMPOSED in Base) return Base

  class FreshModulesRunner extends (Base as RunnerClass) {
    static readonly [COMPOSED] = true
    #part: FilePart | undefined
    /** Vitest may import several setup files at once: none of them before this has settled. */
    #starting: Promise<FilePart> | undefined
    /** The file whose import has begun. */
    #file: string | undefined

    override async importFile(path: string, source: Source): Promise<unknown> {
      const { filepath } = workerState() ?? {}
      if (this.#file === undefined || this.#file !== filepath) {
        this.#file = filepath
        this.#starting = start((this as unknown as { moduleRunner: object }).moduleRunner)
      }
      this.#part = await this.#starting
      if (source === 'collect') this.#part?.beforeTestFile()
      return super.importFile(path, source)
    }

    override async onBeforeRunSuite(suite: Suite): Promise<void> {
      await super.onBeforeRunSuite?.(suite)
      await this.#part?.beforeSuite(suite)
    }

    // Not async: what a concurrent test does is known as its own from here on.
    override onBeforeTryTask(test: Task, options: Try): Promise<void> {
      this.#part?.enterTest(test)
      return this.#beforeTry(test, options)
    }

    async #beforeTry(test: Task, options: Try): Promise<void> {
      // The framework restores mocks here; a reset comes after that.
      await super.onBeforeTryTask?.(test as never, options as never)
      await this.#part?.beforeTry(test, options.retry)
    }

    override async onAfterRetryTask(test: Task, options: Try): Promise<void> {
      await super.onAfterRetryTask?.(test as never, options as never)
      await this.#part?.afterTry(test)
    }

    override async onAfterRunSuite(suite: Suite): Promise<void> {
      if ('filepath' in suite) await this.#part?.afterFile(suite)
      await super.onAfterRunSuite?.(suite)
    }

    override async onAfterRunFiles(files: Parameters<TestRunner['onAfterRunFiles']>[0]): Promise<void> {
      await this.#part?.afterFiles()
      await super.onAfterRunFiles?.(files)
    }
  }
  return FreshModulesRunner as unknown as T
}
