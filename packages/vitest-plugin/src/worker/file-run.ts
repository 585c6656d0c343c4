/** Follows the run of a test file: puts the host in charge, resets, and tells the core when tests end. */
import {
  endCollecting,
  enterConcurrentTest,
  explainStandingCopies,
  type FileResets,
  fileEnded,
  testEnded,
  testStarted,
} from 'fresh-modules/internal'
import { unreportedDuplicates } from '../guard/vitest-guard.ts'
import type { Untouched } from '../idle/untouched.ts'
import { type FollowedRun, followFile } from '../report/follow-file.ts'
import type { SuiteTask } from '../reset/suite-hooks.ts'
import type { FilePart, Suite, Task } from '../vitest/compose.ts'
import { provided } from '../vitest/provided.ts'
import { hasRealmPerFile, sharesWorker } from '../vitest/runner-internals.ts'
import { type InstalledVitest, install } from './install.ts'
import { ResetSchedule } from './reset-schedule.ts'

/** What outlives a test runner: Vitest makes one for each file, though files may share a worker. */
const schedules = new WeakMap<InstalledVitest, ResetSchedule>()

export class FileRun implements FollowedRun {
  readonly #installed: InstalledVitest
  readonly #schedule: ResetSchedule

  private constructor(installed: InstalledVitest) {
    this.#installed = installed
    this.#schedule = schedules.get(installed) ?? new ResetSchedule(installed, sharesWorker())
    schedules.set(installed, this.#schedule)
  }

  static async start(moduleRunner: object): Promise<FilePart> {
    const run = new FileRun(install(moduleRunner))
    const { follows } = provided() ?? {}
    if (follows) return followFile(run, follows)
    await run.begin()
    return run
  }

  /** For a file that has begun, in a worker that runs no other. */
  static join(moduleRunner: object): FileRun {
    return new FileRun(install(moduleRunner))
  }

  /** Goes on with what an idle worker has noted of its file. */
  joinFile(untouched: Untouched): void {
    this.#schedule.joinFile(untouched)
  }

  get installed(): InstalledVitest {
    return this.#installed
  }

  get summary(): FileResets {
    return this.#schedule.summary
  }

  begin(): Promise<void> {
    return this.#schedule.beforeFile()
  }

  beforeTestFile(): void {
    this.#schedule.beforeTestFile()
  }

  async beforeSuite(suite: Suite): Promise<void> {
    endCollecting(this.#installed.state)
    // A file that could not be loaded has failed by now.
    explainStandingCopies(this.#installed, suite.result?.errors ?? [])
    await this.#schedule.beforeSuite(suite as unknown as SuiteTask)
  }

  enterTest(test: Task): void {
    if (test.concurrent) enterConcurrentTest(this.#installed.state, test.id)
  }

  async beforeTry(test: Task, retry: number): Promise<void> {
    await this.#schedule.beforeTry(test as unknown as SuiteTask, retry)
    testStarted(this.#installed.state, test.id)
  }

  async afterTry(test: Task): Promise<void> {
    const errors = test.result?.errors ?? []
    this.#installed.singleWorker.explainTimeouts(errors)
    explainStandingCopies(this.#installed, errors)
    await testEnded(this.#installed.state, test.id)
    this.#explainFailure(test)
    // Loud, even if the test has caught it.
    const [duplicate] = unreportedDuplicates(this.#installed, test)
    if (duplicate) throw duplicate
  }

  /** Under a failure that a reset may have to do with it says what was reset. */
  #explainFailure({ result }: Task): void {
    const error = result?.state === 'fail' ? result.errors?.at(-1) : undefined
    const hint = error && this.#schedule.failureHint
    if (hint && !error.message.includes(hint)) error.message += `\n\n${hint}`
  }

  async afterFile(file: Suite): Promise<void> {
    const { meta } = file as { meta: { freshModules?: unknown } }
    const { summary } = this.#schedule
    if (summary.resets || summary.notes.length) meta.freshModules = summary
    // What they throw belongs to this file: thrown from here, the worker's other files would not run.
    await fileEnded(this.#installed.state).catch((error) => failFile(file, [error]))
    await this.#installed.singleWorker.fileEnded().catch((error) => failFile(file, [error]))
    failFile(file, unreportedDuplicates(this.#installed, file))
  }

  async afterFiles(): Promise<void> {
    // A file that could not be collected has no suite to run.
    const { singleWorker } = this.#installed
    await singleWorker.fileEnded()
    // The vm pools throw the realm away after each file.
    if (hasRealmPerFile()) await singleWorker.dispose()
  }
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
