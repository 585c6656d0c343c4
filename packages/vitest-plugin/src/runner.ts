/** A test runner that puts the host in charge, resets, and tells the core when tests end. For composing by hand, too. */
import { enterConcurrentTest, fileEnded, testEnded, testStarted } from 'fresh-modules/internal'
import type { TestRunner } from 'vitest'
import * as vitest from 'vitest'
import { type InstalledVitest, install } from './install.ts'
import { ResetSchedule } from './reset-schedule.ts'
import { hasRealmPerFile, sharesWorker, workerState } from './runner-internals.ts'
import type { SuiteTask } from './shared-state.ts'
import { unreportedDuplicates } from './vitest-guard.ts'

// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants exactly this of a mixin's base class
export type RunnerClass = new (...args: any[]) => TestRunner
type Task = Parameters<NonNullable<TestRunner['onBeforeTryTask']>>[0]
type Suite = Parameters<NonNullable<TestRunner['onBeforeRunSuite']>>[0]
type Source = Parameters<TestRunner['importFile']>[1]

const COMPOSED = Symbol.for('fresh-modules.runner')

/** What outlives a test runner: Vitest makes one for each file, though files may share a worker. */
const schedules = new WeakMap<InstalledVitest, ResetSchedule>()

/**
 * A test runner class that adds fresh-modules to another one. The plugin does it by itself for `test.runner`; use it
 * for a class that you compose by hand: `export default withFreshModules(MyRunner)`.
 */
export function withFreshModules<T extends RunnerClass>(Base: T): T {
  if (COMPOSED in Base) return Base

  class FreshModulesRunner extends (Base as RunnerClass) {
    static readonly [COMPOSED] = true
    #installed: InstalledVitest | undefined
    #schedule: ResetSchedule | undefined
    /** The file whose import has begun. */
    #file: string | undefined

    override async importFile(path: string, source: Source): Promise<unknown> {
      const { filepath } = workerState() ?? {}
      if (this.#file === undefined || this.#file !== filepath) {
        this.#file = filepath
        await this.#startFile()
      }
      if (source === 'collect') this.#schedule?.beforeTestFile()
      return super.importFile(path, source)
    }

    // Importing the first file is the first moment at which Vitest has handed the module runner over.
    async #startFile(): Promise<void> {
      const installed = install((this as unknown as { moduleRunner: object }).moduleRunner)
      this.#installed = installed
      this.#schedule = schedules.get(installed) ?? new ResetSchedule(installed, sharesWorker())
      schedules.set(installed, this.#schedule)
      await this.#schedule.beforeFile()
    }

    override async onBeforeRunSuite(suite: Suite): Promise<void> {
      await super.onBeforeRunSuite?.(suite)
      await this.#schedule?.beforeSuite(suite as unknown as SuiteTask)
    }

    // Not async: what a concurrent test does is known as its own from here on.
    override onBeforeTryTask(test: Task, options: { retry: number; repeats: number }): Promise<void> {
      if (this.#installed && test.concurrent) enterConcurrentTest(this.#installed.state, test.id)
      return this.#beforeTry(test, options)
    }

    async #beforeTry(test: Task, options: { retry: number; repeats: number }): Promise<void> {
      // The framework restores mocks here; a reset comes after that.
      await super.onBeforeTryTask?.(test as never, options as never)
      await this.#schedule?.beforeTry(test as unknown as SuiteTask, options.retry)
      if (this.#installed) testStarted(this.#installed.state, test.id)
    }

    override async onAfterRetryTask(test: Task, options: { retry: number; repeats: number }): Promise<void> {
      await super.onAfterRetryTask?.(test as never, options as never)
      if (!this.#installed) return
      this.#installed.singleWorker.explainTimeouts(test.result?.errors ?? [])
      await testEnded(this.#installed.state, test.id)
      // Loud, even if the test has caught it.
      const [duplicate] = unreportedDuplicates(this.#installed, test)
      if (duplicate) throw duplicate
    }

    override async onAfterRunSuite(suite: Suite): Promise<void> {
      if ('filepath' in suite && this.#installed) {
        const { meta } = suite as { meta: { freshModules?: unknown } }
        if (this.#schedule?.summary.resets || this.#schedule?.summary.notes.length) {
          meta.freshModules = this.#schedule.summary
        }
        // What they throw belongs to this file: thrown from here, the worker's other files would not run.
        await fileEnded(this.#installed.state).catch((error) => failFile(suite, [error]))
        await this.#installed.singleWorker.fileEnded().catch((error) => failFile(suite, [error]))
        failFile(suite, unreportedDuplicates(this.#installed, suite))
      }
      await super.onAfterRunSuite?.(suite)
    }

    override async onAfterRunFiles(files: Parameters<TestRunner['onAfterRunFiles']>[0]): Promise<void> {
      // A file that could not be collected has no suite to run.
      const singleWorker = this.#installed?.singleWorker
      await singleWorker?.fileEnded()
      // The vm pools throw the realm away after each file.
      if (hasRealmPerFile()) await singleWorker?.dispose()
      await super.onAfterRunFiles?.(files)
    }
  }
  return FreshModulesRunner as unknown as T
}

/** What went wrong outside of tests fails the file. */
function failFile(file: Suite, errors: readonly unknown[]): void {
  if (errors.length === 0 || !file.result) return
  file.result.state = 'fail'
  file.result.errors ??= []
  for (const error of errors) {
    const {
      name = 'Error',
      message = String(error),
      stack = '',
      code,
    } = (error ?? {}) as Partial<NodeJS.ErrnoException>
    file.result.errors.push({ name, message, stack, code })
  }
}

/** The class that Vitest takes where no `test.runner` is set. Vitest 4 has another one for benchmarks. */
export function defaultRunner(): RunnerClass {
  const { BenchmarkRunner } = vitest as { BenchmarkRunner?: RunnerClass }
  const isBenchmark = workerState()?.config.mode === 'benchmark'
  return (isBenchmark && BenchmarkRunner) || (vitest.TestRunner as RunnerClass)
}

export default withFreshModules(defaultRunner())
