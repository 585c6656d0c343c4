/** When resets happen in Jest: between the tests of a file. Files are isolated by Jest itself. */
import {
  type FileResets,
  type Installed,
  SharingSuites,
  type SuiteFacts,
  TestResets,
} from 'fresh-modules/internal/core'
import type { CircusTask } from '../jest/circus-events.ts'

export interface ScheduleOptions {
  readonly between: 'tests' | 'files' | 'never'
  /** Jest starts all concurrent tests of a file before everything else: they share the file's first state. */
  readonly startsConcurrentFirst: boolean
}

export class JestSchedule {
  readonly #tests: TestResets<CircusTask>
  /** Whether there are resets between tests at all. */
  readonly isOn: boolean
  readonly #suites = new SharingSuites()
  readonly #startsConcurrentFirst: boolean
  /** Concurrent tests that were started with the file and have not ended. */
  readonly #concurrent = new Set<CircusTask>()

  constructor(installed: Installed, { between, startsConcurrentFirst }: ScheduleOptions) {
    this.isOn = between === 'tests'
    this.#startsConcurrentFirst = startsConcurrentFirst
    this.#tests = new TestResets(installed, {
      parentOf: (task) => task.parent,
      sharesBecause: (suite) => this.#suites.reason(factsOf(suite)),
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

  /** From now on hooks are those of the test file, setup files having had their turn. */
  startCollecting(): void {
    this.#suites.startCollecting()
  }

  /** @param files Whose code has defined it, nearest first */
  noteHook(type: string, hook: object, files: Iterable<string>): void {
    if (this.isOn && this.#suites.isOfInterest(type)) this.#suites.noteHook(type, hook, files)
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
}

function factsOf({ name, parent, hooks = [] }: CircusTask): SuiteFacts {
  return {
    name,
    isFile: parent === undefined,
    hooks: (asked) => hooks.filter(({ type }) => type === asked).map(({ fn }) => fn),
  }
}

/** From 30.2 on Jest runs the concurrent tests of a describe block together. */
function concurrentGroup({ concurrent, parent }: CircusTask): CircusTask | undefined {
  return concurrent ? parent?.children?.find((sibling) => sibling.concurrent) : undefined
}
