/** When modules are reset between the tests of a file: one schedule for both adapters. */
import type { Installed } from '../host/host-slot.ts'
import type { ModuleId } from '../host/module-id.ts'
import { failureHint } from './failure-hint.ts'
import { mayReset, type ResetSummary, resetInstalled } from './reset.ts'

/** What the resets of a test file came to. */
export interface FileResets {
  /** How many resets there were. */
  readonly resets: number
  /** How many modules the last one left as they were, since they hold no state. */
  readonly unchanged: number
  /** What the last one kept, and why. */
  readonly kept: ResetSummary['kept']
  /** Why less was reset than could have been. */
  readonly notes: readonly string[]
}

interface Counts {
  resets: number
  readonly notes: string[]
  /** Its reasons are put into words when they are asked for. */
  last: ResetSummary | undefined
}

/** The framework's tree of suites and tests, as far as resets look at it. */
interface TaskTree<Task extends object> {
  parentOf(task: Task): Task | undefined
  /** Why a suite shares state by itself, e.g. `the test file has a beforeAll hook`; undefined where it does not. */
  sharesBecause(suite: Task): string | undefined
  /** What stands for the group of concurrent tasks that a task is part of; undefined for one that runs alone. */
  concurrentGroup(task: Task): Task | undefined
}

export class TestResets<Task extends object> {
  readonly #installed: Installed
  readonly #tree: TaskTree<Task>
  /** Whether a test or a hook has run since modules were last fresh. */
  #isUsed = false
  /** The concurrent group that had its reset, and that reset: each of its tests waits for it. */
  #group: Task | undefined
  #groupReset: Promise<void> | undefined
  #file: Counts = { resets: 0, notes: [], last: undefined }
  /** What the reset before the test that runs now has evaluated again or dropped. */
  #freshened: readonly ModuleId[] = []

  constructor(installed: Installed, tree: TaskTree<Task>) {
    this.#installed = installed
    this.#tree = tree
  }

  get summary(): FileResets {
    const { resets, notes, last } = this.#file
    return { resets, unchanged: last?.unchanged.length ?? 0, kept: last?.kept ?? [], notes }
  }

  /** A new test file: its modules are fresh by loading. */
  startFile(): void {
    this.#file = { resets: 0, notes: [], last: undefined }
    this.#freshened = []
    this.#isUsed = false
    this.#group = undefined
  }

  /**
   * A test file that began without a schedule, since nothing had to be reset.
   *
   * @param suites of which the hooks were about to run, outer ones first
   * @param hasTried whether a test was about to run
   */
  joinFile(suites: readonly Task[], hasTried: boolean): void {
    this.startFile()
    this.#isUsed = hasTried
    for (const suite of suites) if (this.#noteSharing(suite)) this.#isUsed = true
  }

  /**
   * Before the `beforeAll` hooks of a suite, the file itself included.
   *
   * @param limit How many milliseconds a reset may take; 0 for no limit.
   */
  async beforeSuite(suite: Task, limit?: number): Promise<void> {
    if (!this.#noteSharing(suite)) return
    if (!this.#tree.concurrentGroup(suite)) await this.#resetIfUsed(limit)
    this.#isUsed = true
  }

  /** Notes why a suite shares state by itself, within none that does. */
  #noteSharing(suite: Task): boolean {
    const reason = this.#tree.sharesBecause(suite)
    if (reason === undefined || this.#sharingAncestor(suite)) return false
    this.note(`${reason}: it shares state, so it was reset once before, and not between its tests`)
    return true
  }

  /**
   * Before the `beforeEach` hooks of a test, of each retry and of each repetition.
   *
   * @param retry How often this test has been tried before: a retry within a concurrent group has no reset.
   * @param limit As for a suite.
   */
  async beforeTry(test: Task, retry: number, limit?: number): Promise<void> {
    if (!this.#sharingAncestor(test)) {
      const group = this.#tree.concurrentGroup(test)
      const hadItsReset = group !== undefined && (group === this.#group || retry > 0)
      this.#group = group
      if (!hadItsReset) this.#groupReset = this.#resetIfUsed(limit)
      await this.#groupReset
    }
    this.#isUsed = true
  }

  /** What to say under the failure of a test; undefined where its modules are those that the test before it had. */
  get failureHint(): string | undefined {
    return failureHint(this.#installed.host.root, this.#freshened)
  }

  note(note: string): void {
    if (!this.#file.notes.includes(note)) this.#file.notes.push(note)
  }

  #sharingAncestor(task: Task): Task | undefined {
    const { parentOf, sharesBecause } = this.#tree
    for (let at = parentOf(task); at; at = parentOf(at)) if (sharesBecause(at) !== undefined) return at
    return undefined
  }

  async #resetIfUsed(limit: number | undefined): Promise<void> {
    if (!this.#isUsed || !mayReset(this.#installed.state)) return
    // If this fails, the next test tries again.
    const last = await resetInstalled(this.#installed, 'tests', { limit })
    this.#isUsed = false
    this.#freshened = [...last.reloaded, ...last.dropped]
    this.#file.resets++
    this.#file.last = last
    for (const note of last.notes) this.note(note)
  }
}
