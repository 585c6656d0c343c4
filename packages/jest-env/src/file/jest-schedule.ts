/** When resets happen in Jest: between the tests of a file. Files are isolated by Jest itself. */
import { type FileResets, type Installed, TestResets } from 'fresh-modules/internal/core'
import type { CircusTask } from '../jest/circus-events.ts'

export interface ScheduleOptions {
  readonly between: 'tests' | 'files' | 'never'
  /** Jest starts all concurrent tests of a file before everything else: they share the file's first state. */
  readonly startsConcurrentFirst: boolean
}

/** What `beforeAll` has prepared must live through all tests; what `afterAll` puts away must be what they have used. */
export const SHARING_HOOKS: ReadonlySet<string> = new Set(['beforeAll', 'afterAll'])

export class JestSchedule {
  readonly #tests: TestResets<CircusTask>
  /** Whether there are resets between tests at all. */
  readonly isOn: boolean
  /** Hooks defined by the test file, or by a first-party module that it calls. */
  readonly #ownHooks = new WeakSet<object>()
  readonly #startsConcurrentFirst: boolean
  /** Concurrent tests that were started with the file and have not ended. */
  readonly #concurrent = new Set<CircusTask>()

  constructor(installed: Installed, { between, startsConcurrentFirst }: ScheduleOptions) {
    this.isOn = between === 'tests'
    this.#startsConcurrentFirst = startsConcurrentFirst
    this.#tests = new TestResets(installed, {
      parentOf: (task) => task.parent,
      sharesBecause: (suite) => this.#sharesBecause(suite),
      concurrentGroup,
    })
  }

  get summary(): FileResets {
    return this.#tests.summary
  }

  /** What to say under the failure of the test that runs. */
  get failureHint(): string | undefined {
    return this.isOn ? this.#tests.failureHint : undefined
  }

  noteOwnHook(hook: object): void {
    this.#ownHooks.add(hook)
  }

  /** All tests of the file are known. */
  start(root: CircusTask): void {
    if (!this.#startsConcurrentFirst) return
    const visit = (task: CircusTask) => {
      if (task.type === 'test' && task.concurrent) this.#concurrent.add(task)
      for (const child of task.children ?? []) visit(child)
    }
    visit(root)
    if (this.isOn && this.#concurrent.size > 0) {
      this.#tests.note(
        'concurrent tests share one state, and nothing is reset before the last of them has ended',
      )
    }
  }

  async beforeSuite(suite: CircusTask, limit: number): Promise<void> {
    if (this.isOn && this.#concurrent.size === 0) await this.#tests.beforeSuite(suite, limit)
  }

  async beforeTry(test: CircusTask, limit: number): Promise<void> {
    if (this.isOn && this.#concurrent.size === 0)
      await this.#tests.beforeTry(test, (test.invocations ?? 1) - 1, limit)
  }

  ended(test: CircusTask): void {
    this.#concurrent.delete(test)
  }

  #sharesBecause(suite: CircusTask): string | undefined {
    const isFile = suite.parent === undefined
    const hook = suite.hooks?.find(
      ({ type, fn }) => SHARING_HOOKS.has(type) && (!isFile || this.#ownHooks.has(fn)),
    )
    if (!hook) return undefined
    const article = hook.type.startsWith('a') ? 'an' : 'a'
    return `${isFile ? 'the test file' : `the suite "${suite.name}"`} has ${article} ${hook.type} hook`
  }
}

/** From 30.2 on Jest runs the concurrent tests of a describe block together. */
function concurrentGroup({ concurrent, parent }: CircusTask): CircusTask | undefined {
  return concurrent ? parent?.children?.find((sibling) => sibling.concurrent) : undefined
}
