/** When resets happen in Vitest: between the tests of a file, and between files that share a worker. */
import { readFileSync } from 'node:fs'
import { PackageStates } from '@fresh-modules/restore-globals'
import {
  type FileResets,
  forgetAllCopies,
  parseTestFileWords,
  resetInstalled,
  startNextFile,
  type TestFileWords,
  TestResets,
  takeUnreported,
} from 'fresh-modules/internal'
import type { Untouched } from '../idle/untouched.ts'
import { SharedState } from '../reset/shared-state.ts'
import { addOutermostAroundEach, hasAroundEach, type SuiteTask } from '../reset/suite-hooks.ts'
import {
  forgetMockedSources,
  forgetPendingMocks,
  hasRealmPerFile,
  workerState,
} from '../vitest/runner-internals.ts'
import type { InstalledVitest } from './install.ts'
import { WorkerGlobals } from './worker-globals.ts'

type Between = 'tests' | 'files' | 'never'

export class ResetSchedule {
  readonly #installed: InstalledVitest
  readonly #shared = new SharedState()
  readonly #tests: TestResets<SuiteTask>
  readonly #forAll: Between
  /** The same for the file that runs, which may say otherwise of itself. */
  #between: Between
  /** Whether this worker runs several files in one module registry. */
  readonly #sharesWorker: boolean
  #isFirstFile = true
  /** Tests whose reset has come before their `aroundEach` hooks. */
  readonly #isPrepared = new WeakSet<SuiteTask>()

  constructor(installed: InstalledVitest, sharesWorker: boolean) {
    this.#installed = installed
    this.#forAll = installed.options.resetBetween ?? 'tests'
    this.#between = this.#forAll
    this.#sharesWorker = sharesWorker
    this.#tests = new TestResets(installed, {
      parentOf,
      concurrentGroup,
      sharesBecause: (suite) => this.#shared.reason(suite),
    })
    const { vitest, options } = installed
    if (vitest && sharesWorker && this.#forAll !== 'never' && options.restoreGlobals !== false) {
      vitest.globals = new WorkerGlobals(vitest.runner.evaluatedModules)
    }
    if (vitest && sharesWorker && this.#forAll !== 'never') vitest.packageStates = new PackageStates()
  }

  /** What became of the file that runs: `task.meta.freshModules` of the file, for reporters. */
  get summary(): FileResets {
    return this.#tests.summary
  }

  /** What to say under the failure of the test that runs. */
  get failureHint(): string | undefined {
    return this.#between === 'tests' ? this.#tests.failureHint : undefined
  }

  /** Before setup files and test file are imported. */
  async beforeFile(): Promise<void> {
    this.#tests.startFile()
    this.#shared.startFile()
    this.#between = wordsOf(workerState()?.filepath).resetBetween ?? this.#forAll
    const isFirst = this.#isFirstFile
    this.#isFirstFile = false
    takeUnreported(this.#installed)
    if (this.#sharesWorker) {
      await this.#resetBetweenFiles(isFirst)
      startNextFile(this.#installed)
    } else {
      // Vitest 4 leaves modules of an earlier file to the next one in the vm pools, though their realm is gone.
      if (this.#between !== 'never' && hasRealmPerFile())
        await resetInstalled(this.#installed, 'files', { limit: hookTimeout() })
      // The framework has isolated this file: no copy of an earlier one is left.
      forgetAllCopies(this.#installed)
    }
    const { vitest } = this.#installed
    if (vitest)
      vitest.resets.isOn = this.#between === 'tests' || (this.#sharesWorker && this.#between === 'files')
    vitest?.resets.noteFileStart()
    this.#installed.vitest?.fileHooks.startFile((name, hook, files) =>
      this.#shared.noteHook(name, hook, files),
    )
  }

  /** The same for a file that an idle worker has followed until now: it says nothing of its run, and shares no worker. */
  joinFile(untouched: Untouched): void {
    const { vitest } = this.#installed
    if (!vitest) return
    this.#isFirstFile = false
    vitest.resets.isOn = true
    vitest.resets.adopt(untouched.states, untouched.reads)
    vitest.fileHooks.startFile(
      (name, hook, files) => this.#shared.noteHook(name, hook, files),
      untouched.collector,
    )
    const { hooks, hooksOfSetup, hasFileFixture, suites, hasTried } = untouched
    for (const hook of hooks.slice(0, hooksOfSetup)) vitest.fileHooks.noteEarlier(hook)
    if (hooksOfSetup !== undefined) {
      this.#shared.startCollecting()
      for (const hook of hooks.slice(hooksOfSetup)) vitest.fileHooks.noteEarlier(hook)
    }
    if (hasFileFixture) this.#shared.noteFileFixture()
    untouched.onInnerHook = (hook) => vitest.fileHooks.noteEarlier(hook)
    untouched.onFileFixture = () => this.#shared.noteFileFixture()
    this.#tests.joinFile(suites as SuiteTask[], hasTried)
  }

  async #resetBetweenFiles(isFirst: boolean): Promise<void> {
    if (this.#between === 'never') return
    try {
      if (isFirst) return
      const { vitest } = this.#installed
      if (vitest) {
        forgetPendingMocks(vitest.runner)
        forgetMockedSources(vitest.runner)
      }
      await resetInstalled(this.#installed, 'files', { limit: hookTimeout() })
      vitest?.packageStates?.putBack()
    } finally {
      await this.#installed.vitest?.globals?.beforeFile(workerState()?.filepath)
    }
  }

  /** Setup files have been imported, the test file has not. */
  beforeTestFile(): void {
    const { vitest } = this.#installed
    vitest?.resets.noteSetupDone()
    if (this.#between === 'tests') vitest?.resets.reads.start()
    this.#shared.startCollecting()
  }

  /** Before the `beforeAll` hooks of a suite, the file itself included. */
  async beforeSuite(suite: SuiteTask): Promise<void> {
    if (suite.file === suite) this.#installed.vitest?.resets.noteCollected()
    if (this.#between !== 'tests' || suite.mode === 'skip' || suite.mode === 'todo') return
    if (suite.file === suite) this.#resetBeforeAroundEach(suite)
    await this.#tests.beforeSuite(suite, hookTimeout())
  }

  /**
   * What an `aroundEach` hook has set up must reach its test: there the reset comes before it, by an outermost one of
   * ours. Vitest calls a runner only after them.
   */
  #resetBeforeAroundEach(file: SuiteTask): void {
    if (!hasAroundEach(file)) return
    const tried = new WeakSet<SuiteTask>()
    addOutermostAroundEach(file, async (test) => {
      const retry = tried.has(test) ? 1 : 0
      tried.add(test)
      await this.beforeTry(test, retry)
      this.#isPrepared.add(test)
    })
  }

  /** Before the `beforeEach` hooks of a test, of each retry and of each repetition. */
  async beforeTry(test: SuiteTask, retry: number): Promise<void> {
    this.#installed.vitest?.resets.noteCollected()
    if (this.#isPrepared.delete(test)) return
    if (this.#between === 'tests') await this.#tests.beforeTry(test, retry, test.timeout)
  }
}

/** What a test file says of its run. A docblock that cannot be read is reported when the file is imported. */
function wordsOf(file: string | undefined): TestFileWords {
  if (file === undefined) return {}
  try {
    return parseTestFileWords(readFileSync(file, 'utf8'), file)
  } catch {
    return {}
  }
}

/** What ends a hook that takes too long ends a reset, where it is not a test's. */
function hookTimeout(): number | undefined {
  return workerState()?.config.hookTimeout
}

function parentOf(task: SuiteTask): SuiteTask | undefined {
  if (task.file === task) return undefined
  return task.suite ?? task.file
}

/** The first task of the group of consecutive concurrent tasks that a test is part of: Vitest runs them together. */
function concurrentGroup(task: SuiteTask): SuiteTask | undefined {
  let top: SuiteTask | undefined
  for (let at: SuiteTask | undefined = task; at; at = parentOf(at)) if (at.concurrent) top = at
  if (!top) return undefined
  const siblings = parentOf(top)?.tasks ?? []
  let first = siblings.indexOf(top)
  while (first > 0 && siblings[first - 1]?.concurrent) first--
  return siblings[first] ?? top
}
