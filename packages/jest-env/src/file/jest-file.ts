/** One test file: host, resets and guard, which hear from the runtime and from the test runner what happens. */
import { readFileSync } from 'node:fs'
import {
  type CoreState,
  compileRules,
  createCoreState,
  endCollecting,
  explainStandingCopies,
  type FileResets,
  FreshModulesError,
  type FreshModulesOptions,
  fileEnded,
  type Installed,
  type ModuleFacts,
  type ModuleId,
  parseTestFileWords,
  resetPackageNames,
  runConcurrentTest,
  runImportHooks,
  SingleWorker,
  type TestFileWords,
  testEnded,
  testStarted,
} from 'fresh-modules/internal/core'
import { JestGuard } from '../guard/jest-guard.ts'
import { startsConcurrentTestsFirst } from '../jest/capabilities.ts'
import {
  type CircusTask,
  type CircusTest,
  type TestListener,
  wrapConcurrentTests,
} from '../jest/circus-events.ts'
import { CompiledCode } from '../jest/compiled-code.ts'
import type { Evaluation, HookPoints } from '../jest/hook-points.ts'
import type { RuntimeInternals } from '../jest/runtime-internals/detect.ts'
import { inSandbox } from '../jest/sandbox-errors.ts'
import { ownManifest } from '../own-manifest.ts'
import { definedBy } from '../reset/hook-definitions.ts'
import { JestHost, type JestHostOptions } from './jest-host.ts'
import { JestSchedule } from './jest-schedule.ts'

/** What follows the file for report or census. */
interface FileFollower {
  watch(points: HookPoints): HookPoints
  attach(host: JestHost, singleWorker: SingleWorker): void
}

export interface JestFileOptions {
  readonly options: FreshModulesOptions
  readonly realm: typeof globalThis
  readonly moduleMocker: object
  vmContext(): object
  readonly root: string
  readonly testFile: string
  /** What tells this run from others. */
  readonly run: string
  readonly internals: RuntimeInternals
  /** In a realm that files share: what is known of modules from earlier ones. */
  readonly writtenSpecs?: CoreState['writtenSpecs'] | undefined
  /** In a realm that files share: what the runtime tells in place of that world. */
  readonly watchBy?: JestHostOptions['watchBy']
  /** Where something is to be told at the end of the run. */
  readonly followers: readonly FileFollower[]
  /** What the framework does before each test with `restoreMocks`; a reset has to come after it. */
  restoreMocks(): void
}

export class JestFile implements TestListener {
  readonly installed: Installed
  readonly #guard: JestGuard
  readonly #singleWorker: SingleWorker
  readonly #schedule: JestSchedule
  readonly #host: JestHost
  readonly #realm: typeof globalThis
  readonly #internals: RuntimeInternals
  readonly #restoreMocks: () => void
  /** Whether hooks that are defined are the test file's rather than a setup file's. */
  #isCollecting = false

  /** The points are called when the runtime does something, which is after all parts have been built. */
  constructor({ options, run, followers, restoreMocks, writtenSpecs, ...given }: JestFileOptions) {
    const { root, realm, testFile, internals, watchBy } = given
    const rules = compileRules(options.specs ?? [], root)
    const state = createCoreState(rules, options.knownSingletons, ownManifest())
    if (writtenSpecs) state.writtenSpecs = writtenSpecs
    state.guard.onDuplicate = options.onDuplicate ?? 'throw'
    state.guard.run = run
    state.packagesPerTest = new Set(resetPackageNames(options, 'tests'))
    state.onResetFailure = options.onResetFailure ?? 'keep'
    this.#realm = realm
    this.#internals = internals
    this.#restoreMocks = restoreMocks
    const points: HookPoints = {
      beforeEvaluation: (evaluation) => {
        const facts = evaluation.facts ?? this.#host.facts(evaluation.id)
        this.#guard.beforeEvaluation(evaluation, facts)
        this.#lock(evaluation, facts)
        return facts
      },
      afterEvaluation: (copy) => runImportHooks(state, copy, { reloaded: false, fresh: false }),
      isolating: () => this.#guard.isolating(),
      registryReset: (by) => this.#guard.registryReset(by),
      testFile: () => this.#startCollecting(),
    }
    this.#host = new JestHost({
      ...given,
      state,
      points: followers.reduce((watched, follower) => follower.watch(watched), points),
    })
    this.installed = this.#host.installed
    this.#guard = new JestGuard(this.installed, { realm, testFile, internals })
    this.#singleWorker = new SingleWorker(this.installed, {
      mode: options.onParallelWorker ?? 'wait',
      lockTimeout: options.lockTimeout,
      worker: `Jest worker ${process.env['JEST_WORKER_ID'] ?? ''}`.trim(),
      report: (line) => process.stderr.write(`${line}\n`),
    })
    this.#schedule = new JestSchedule(this.installed, {
      between: wordsOf(testFile).resetBetween ?? options.resetBetween ?? 'tests',
      startsConcurrentFirst: startsConcurrentTestsFirst(internals.version),
    })
    this.#host.resets.isOn = this.#schedule.isOn
    // A realm that files share keeps what was compiled for all of them.
    if (this.#schedule.isOn && !watchBy) internals.keepCode(new CompiledCode().forOwnRealm(testFile))
    internals.extendFileResult('freshModules', () => this.#summary())
    for (const follower of followers) follower.attach(this.#host, this.#singleWorker)
  }

  /** What the resets of the file came to so far. */
  get resets(): FileResets {
    return this.#schedule.summary
  }

  /** For reporters, by the name that it has in Vitest; nothing where there is nothing to tell. */
  #summary(): FileResets | undefined {
    const { resets } = this
    return resets.resets || resets.notes.length ? resets : undefined
  }

  #startCollecting(): void {
    if (this.#isCollecting) return
    this.#isCollecting = true
    this.#schedule.startCollecting()
    this.#host.resets.noteSetupDone()
  }

  hook(type: string, hook: object, definition: Error): void {
    const files = definedBy(definition)
    this.#host.resets.noteHook(files)
    this.#schedule.noteHook(type, hook, files)
  }

  run(root: CircusTask): void {
    // A single test has no reset before it.
    if (this.#schedule.isOn && countTests(root) > 1) this.#host.resets.noteCollected()
    else this.#host.resets.reads.stop()
    endCollecting(this.installed.state)
    // What a concurrent test makes ends with that test, not with whichever one ends first.
    wrapConcurrentTests(root, (test, body) => runConcurrentTest(this.installed.state, test, body))
    this.#schedule.start(root)
  }

  suite(suite: CircusTask, limit: number): void | Promise<void> {
    if (!this.#schedule.isOn || suite.mode === 'skip' || suite.mode === 'todo') return
    return this.#internals.asTestCode(() => this.#schedule.beforeSuite(suite, limit))
  }

  started(test: CircusTask, limit: number): void | Promise<void> {
    if (this.#schedule.isOn) return this.#resetBefore(test, limit)
    testStarted(this.installed.state, test)
  }

  async #resetBefore(test: CircusTask, limit: number): Promise<void> {
    try {
      this.#restoreMocks()
      await this.#internals.asTestCode(() => this.#schedule.beforeTry(test, limit))
    } finally {
      testStarted(this.installed.state, test)
    }
  }

  ended(test: CircusTest): void | Promise<void> {
    this.#schedule.ended(test)
    this.#singleWorker.explainTimeouts(test.errors)
    this.#explainFailure(test)
    explainStandingCopies(this.installed, test.errors)
    const { state } = this.installed
    if (state.undos.size === 0) {
      testEnded(state, test)
      return this.#report(test)
    }
    return this.#internals.asTestCode(async () => testEnded(state, test)).then(() => this.#report(test))
  }

  /** Under a failure that a reset may have to do with it says what was reset. */
  #explainFailure({ errors }: CircusTest): void {
    const hint = errors.length > 0 ? this.#schedule.failureHint : undefined
    if (hint) explain(errors.at(-1), hint)
  }

  #report(test: CircusTest): void {
    for (const duplicate of this.#guard.unreported(test))
      if (!isAmong(test.errors, duplicate)) throw duplicate
  }

  finished(reported: readonly unknown[]): void {
    for (const duplicate of this.#guard.unreported()) if (!isAmong(reported, duplicate)) throw duplicate
  }

  async fileEnded(): Promise<void> {
    this.#guard.fileEnded()
    try {
      await fileEnded(this.installed.state)
    } finally {
      await this.#singleWorker.fileEnded()
    }
  }

  /** Whether a module's flags have it end with its test file. */
  endsWithFile(id: ModuleId, facts: ModuleFacts): boolean {
    return this.#singleWorker.mustEnd(id, facts)
  }

  /** The environment is torn down. */
  async dispose(): Promise<void> {
    await this.#singleWorker.dispose()
  }

  /** CommonJS cannot wait: the thread sleeps until the lock is there. */
  #lock({ id }: Evaluation, facts: ModuleFacts): void {
    const key = this.#singleWorker.needs(id, facts)
    if (key === undefined) return
    try {
      this.#singleWorker.acquireSync(id, key)
    } catch (error) {
      throw error instanceof FreshModulesError ? inSandbox(this.#realm, error) : error
    }
  }
}

/** Jest prints the stack, which begins with the message. */
function explain(thrown: unknown, hint: string): void {
  const [error] = [thrown].flat() as [{ message?: unknown; stack?: unknown } | null | undefined]
  if (typeof error !== 'object' || error === null || typeof error.message !== 'string') return
  const { message, stack } = error
  if (message.includes(hint)) return
  try {
    error.message = `${message}\n\n${hint}`
    if (typeof stack === 'string') error.stack = stack.replace(message, () => error.message as string)
  } catch {
    // A frozen error is reported as it is.
  }
}

function countTests({ type, children = [] }: CircusTask): number {
  return type === 'test' ? 1 : children.reduce((count, child) => count + countTests(child), 0)
}

/** What a test file says of its run. A docblock that cannot be read is reported when the file is loaded. */
export function wordsOf(file: string): TestFileWords {
  try {
    return parseTestFileWords(readFileSync(file, 'utf8'), file)
  } catch {
    return {}
  }
}

/** Errors of a test come as they were thrown, or as pairs with the place that was waiting for them. */
function isAmong(errors: readonly unknown[], { message }: Error): boolean {
  return errors
    .flat()
    .some((error) => (error as { message?: unknown } | null | undefined)?.message === message)
}
