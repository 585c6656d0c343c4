/** When resets happen: before each test, before suites that share state, between files that share a worker. */
import {
  forgetAllCopies,
  mayReset,
  type ResetSummary,
  resetInstalled,
  takeUnreported,
} from 'fresh-modules/internal'
import type { InstalledVitest } from './install.ts'
import { workerState } from './runner-internals.ts'
import { SharedState, type SuiteTask } from './shared-state.ts'
import { WorkerGlobals } from './worker-globals.ts'

/** What the resets of a test file came to: `task.meta.freshModules` of the file, for reporters. */
export interface FileResets {
  /** How many resets there were. */
  resets: number
  /** What the last one kept, and why. */
  kept: ResetSummary['kept']
  /** Why less was reset than could have been. */
  notes: string[]
}

export class ResetSchedule {
  readonly #installed: InstalledVitest
  readonly #shared = new SharedState()
  readonly #between: 'tests' | 'files' | 'never'
  /** Whether this worker runs several files in one module registry. */
  readonly #sharesWorker: boolean
  #isFirstFile = true
  /** Whether a test or a hook has run since modules were last fresh. */
  #isUsed = false
  /** First task of the concurrent group that had its reset. */
  #group: SuiteTask | undefined
  #file: FileResets = { resets: 0, kept: [], notes: [] }

  constructor(installed: InstalledVitest, sharesWorker: boolean) {
    this.#installed = installed
    this.#between = installed.options.resetBetween ?? 'tests'
    this.#sharesWorker = sharesWorker
    const { host, options } = installed
    if (sharesWorker && this.#between !== 'never' && options.restoreGlobals !== false) {
      host.globals = new WorkerGlobals(host)
    }
  }

  get summary(): FileResets {
    return this.#file
  }

  /** Before setup files and test file are imported. */
  async beforeFile(): Promise<void> {
    this.#file = { resets: 0, kept: [], notes: [] }
    this.#isUsed = false
    this.#group = undefined
    this.#shared.startFile()
    const isFirst = this.#isFirstFile
    this.#isFirstFile = false
    takeUnreported(this.#installed)
    if (this.#sharesWorker) {
      await this.#resetBetweenFiles(isFirst)
    } else {
      // The framework has isolated this file: no copy of an earlier one is left.
      forgetAllCopies(this.#installed)
    }
    this.#installed.host.fileHooks.startFile((name, hook) => this.#shared.noteOwnHook(name, hook))
  }

  async #resetBetweenFiles(isFirst: boolean): Promise<void> {
    if (this.#between === 'never') return
    try {
      if (!isFirst) await this.#reset('files')
    } finally {
      await this.#installed.host.globals?.beforeFile(workerState()?.filepath)
    }
  }

  /** Setup files have been imported, the test file has not. */
  beforeTestFile(): void {
    this.#installed.host.resets.noteSetupDone()
    this.#shared.startCollecting()
  }

  /** Before the `beforeAll` hooks of a suite, the file itself included. */
  async beforeSuite(suite: SuiteTask): Promise<void> {
    if (this.#between !== 'tests' || suite.mode === 'skip' || suite.mode === 'todo') return
    const reason = this.#shared.reason(suite)
    if (reason === undefined || this.#sharingAncestor(suite)) return
    const note = `${reason}: it shares state, so it was reset once before, and not between its tests`
    if (!this.#file.notes.includes(note)) this.#file.notes.push(note)
    if (!suite.concurrent) await this.#resetIfUsed()
    this.#isUsed = true
  }

  /** Before the `beforeEach` hooks of a test, of each retry and of each repetition. */
  async beforeTry(test: SuiteTask, retry: number): Promise<void> {
    if (this.#between !== 'tests') return
    if (this.#sharingAncestor(test)) {
      this.#isUsed = true
      return
    }
    const group = concurrentGroup(test)
    const hadItsReset = group !== undefined && (group === this.#group || retry > 0)
    this.#group = group
    if (!hadItsReset) {
      const reset = this.#resetIfUsed()
      this.#groupReset = reset
      await reset
    } else await this.#groupReset
    this.#isUsed = true
  }

  /** The reset that the first test of a concurrent group waits for: the others wait for it as well. */
  #groupReset: Promise<void> | undefined

  #sharingAncestor(task: SuiteTask): SuiteTask | undefined {
    for (let at = parentOf(task); at; at = parentOf(at)) if (this.#shared.reason(at) !== undefined) return at
    return undefined
  }

  async #resetIfUsed(): Promise<void> {
    if (this.#isUsed && mayReset(this.#installed.state)) await this.#reset('tests')
  }

  async #reset(level: 'tests' | 'files'): Promise<void> {
    this.#isUsed = false
    const { kept } = await resetInstalled(this.#installed, level)
    this.#file.resets++
    this.#file.kept = kept
  }
}

function parentOf(task: SuiteTask): SuiteTask | undefined {
  if (task.file === task) return undefined
  return task.suite ?? task.file
}

/** The first task of the group of consecutive concurrent tasks that a test is part of. */
function concurrentGroup(test: SuiteTask): SuiteTask | undefined {
  let top: SuiteTask | undefined
  for (let at: SuiteTask | undefined = test; at; at = parentOf(at)) if (at.concurrent) top = at
  if (!top) return undefined
  const siblings = parentOf(top)?.tasks ?? []
  let first = siblings.indexOf(top)
  while (first > 0 && siblings[first - 1]?.concurrent) first--
  return siblings[first] ?? top
}
