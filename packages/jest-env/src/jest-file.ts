/** One test file: host, resets and guard, told by the runtime and by the test runner what happens. */
import { fileURLToPath } from 'node:url'
import {
  compileRules,
  createCoreState,
  FreshModulesError,
  type FreshModulesOptions,
  fileEnded,
  type Installed,
  runConcurrentTest,
  runImportHooks,
  SingleWorker,
  testEnded,
  testStarted,
} from 'fresh-modules/internal'
import { startsConcurrentTestsFirst } from './capabilities.ts'
import type { Evaluation } from './hook-points.ts'
import { JestGuard } from './jest-guard.ts'
import { JestHost } from './jest-host.ts'
import { type CircusTask, JestSchedule } from './jest-schedule.ts'
import { isFrameworkModule } from './never-touch.ts'
import type { RuntimeHooks, RuntimeInternals } from './runtime-internals.ts'
import { inSandbox } from './sandbox-errors.ts'
import type { CircusTest, TestListener } from './test-events.ts'

export interface JestFileOptions {
  readonly options: FreshModulesOptions
  readonly realm: typeof globalThis
  readonly moduleMocker: object
  vmContext(): object
  readonly root: string
  readonly testFile: string
  readonly version: string
  open(hooks: RuntimeHooks): RuntimeInternals
  /** What the framework does before each test with `restoreMocks`; a reset has to come after it. */
  restoreMocks(): void
}

export class JestFile implements TestListener {
  readonly installed: Installed
  readonly #guard: JestGuard
  readonly #singleWorker: SingleWorker
  readonly #schedule: JestSchedule
  readonly #host: JestHost
  readonly #restoreMocks: () => void
  /** Whether hooks that are defined are the test file's rather than a setup file's. */
  #isCollecting = false

  constructor({ options, root, version, restoreMocks, ...rest }: JestFileOptions) {
    const state = createCoreState(compileRules(options.specs ?? [], root), options.knownSingletons)
    state.guard.onDuplicate = options.onDuplicate ?? 'throw'
    this.#restoreMocks = restoreMocks
    this.#host = new JestHost({
      ...rest,
      root,
      state,
      points: {
        beforeEvaluation: (evaluation) => {
          this.#guard.beforeEvaluation(evaluation)
          this.#lock(evaluation)
        },
        afterEvaluation: (copy) => runImportHooks(state, copy, { reloaded: false, fresh: false }),
        registryReset: (by) => this.#guard.registryReset(by),
        testFile: () => this.#startCollecting(),
      },
    })
    this.installed = { host: this.#host, state }
    this.#guard = new JestGuard(this.#host, this.installed)
    this.#singleWorker = new SingleWorker(this.installed, {
      mode: options.onParallelWorker ?? 'wait',
      lockTimeout: options.lockTimeout,
      worker: `Jest worker ${process.env['JEST_WORKER_ID'] ?? ''}`.trim(),
      report: (line) => process.stderr.write(`${line}\n`),
    })
    this.#schedule = new JestSchedule(this.installed, {
      between: options.resetBetween ?? 'tests',
      startsConcurrentFirst: startsConcurrentTestsFirst(version),
    })
  }

  #startCollecting(): void {
    if (this.#isCollecting) return
    this.#isCollecting = true
    this.#host.resets.noteSetupDone()
  }

  hook(type: string, hook: object, stack: string): void {
    const files = filesOf(stack)
    this.#host.resets.noteHook(files)
    if (this.#isCollecting && type === 'beforeAll' && !isOfPackage(files)) this.#schedule.noteOwnHook(hook)
  }

  run(root: CircusTask): void {
    this.#knowConcurrentTests(root)
    this.#schedule.start(root)
  }

  /** What a concurrent test does is its own: Jest starts them together, some versions before it says so. */
  #knowConcurrentTests(task: CircusTask): void {
    for (const child of task.children ?? []) this.#knowConcurrentTests(child)
    const { fn } = task
    if (!task.concurrent || !fn) return
    task.fn = (...args) => runConcurrentTest(this.installed.state, task, () => fn(...args))
  }

  async suite(suite: CircusTask, limit: number): Promise<void> {
    if (suite.mode === 'skip' || suite.mode === 'todo') return
    await this.#host.internals.asTestCode(() => this.#schedule.beforeSuite(suite, limit))
  }

  async started(test: CircusTask, limit: number): Promise<void> {
    try {
      this.#restoreMocks()
      await this.#host.internals.asTestCode(() => this.#schedule.beforeTry(test, limit))
    } finally {
      testStarted(this.installed.state, test)
    }
  }

  async ended(test: CircusTest): Promise<void> {
    this.#schedule.ended(test)
    this.#singleWorker.explainTimeouts(test.errors.flat())
    await this.#host.internals.asTestCode(() => testEnded(this.installed.state, test))
    for (const duplicate of this.#guard.unreported(test))
      if (!isAmong(test.errors, duplicate)) throw duplicate
  }

  finished(reported: readonly unknown[]): void {
    for (const duplicate of this.#guard.unreported()) if (!isAmong(reported, duplicate)) throw duplicate
  }

  async fileEnded(): Promise<void> {
    try {
      await fileEnded(this.installed.state)
    } finally {
      await this.#singleWorker.fileEnded()
    }
  }

  /** The environment is torn down. */
  async dispose(): Promise<void> {
    await this.#singleWorker.dispose()
  }

  /** CommonJS cannot wait: the thread sleeps until the lock is there. */
  #lock({ id }: Evaluation): void {
    const key = this.#singleWorker.needs(id, this.#host.facts(id))
    if (key === undefined) return
    try {
      this.#singleWorker.acquireSync(id, key)
    } catch (error) {
      throw error instanceof FreshModulesError ? inSandbox(this.#host.realm, error) : error
    }
  }
}

/** Errors of a test come as they were thrown, or as pairs with the place that was waiting for them. */
function isAmong(errors: readonly unknown[], { message }: Error): boolean {
  return errors
    .flat()
    .some((error) => (error as { message?: unknown } | null | undefined)?.message === message)
}

/** The files that have called each other, nearest first, up to where the framework has called the first of them. */
function filesOf(stack: string): string[] {
  const files: string[] = []
  for (const line of stack.split('\n').slice(1)) {
    const url = /\(?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()]*):\d+:\d+\)?$/.exec(line)?.[1]
    if (!url) continue
    const file = url.startsWith('file:') ? fileURLToPath(url) : url
    if (!isOfFramework(file)) files.push(file)
    else if (files.length > 0) break
  }
  return files
}

function isOfFramework(file: string): boolean {
  return isFrameworkModule(file as never) || /[\\/]node_modules[\\/](?:@jest|jest-[^\\/]+)[\\/]/.test(file)
}

function isOfPackage([nearest = '']: readonly string[]): boolean {
  return /[\\/]node_modules[\\/]/.test(nearest)
}
