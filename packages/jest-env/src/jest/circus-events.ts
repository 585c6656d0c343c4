/**
 * Events and state of jest-circus, 29.7 to 30.5. `handleTestEvent` and the names of events are documented; what the
 * adapter does with the state is not: errors are pushed into `errors` of a test and `unhandledErrors` of the run, a
 * test's `fn` is replaced before it runs, and the place of a hook is read from the stack of its `asyncError`.
 */

/** A describe block or a test, as far as we look at it. */
export interface CircusTask {
  readonly type: 'describeBlock' | 'test'
  readonly name: string
  readonly mode?: string | null
  readonly concurrent?: boolean
  readonly parent?: CircusTask
  readonly children?: readonly CircusTask[]
  readonly hooks?: readonly { readonly type: string; readonly fn: object }[]
  /** How often the test has been started, retries included. */
  readonly invocations?: number
  /** The body of a test. */
  fn?: ((...args: unknown[]) => unknown) | undefined
}

export interface CircusTest extends CircusTask {
  readonly timeout?: number | null
  readonly errors: unknown[]
}

/** The state of a run, as far as we look at it. */
export interface CircusState {
  readonly rootDescribeBlock: CircusTask
  /** Errors outside of tests: they fail the file. */
  readonly unhandledErrors: unknown[]
  /** For hooks, and tests that have none of their own; in milliseconds. */
  readonly testTimeout: number
}

/** The events that matter here; all others are passed over. */
type CircusEvent =
  | { readonly name: 'run_describe_start'; readonly describeBlock: CircusTask }
  | { readonly name: 'test_started' | 'test_done'; readonly test: CircusTest }
  | { readonly name: 'run_start' | 'run_finish' | 'teardown' }

interface HookDefinition {
  readonly name: 'add_hook'
  readonly hookType: string
  readonly fn: object
  readonly asyncError: Error
}

export interface TestListener {
  /** A hook is defined, by code that still runs; `definition` is an error that was made there. */
  hook(type: string, hook: object, definition: Error): void
  /** All tests are known. */
  run(root: CircusTask): void
  suite(suite: CircusTask, limit: number): void | Promise<void>
  /** Before the `beforeEach` hooks of a test, once for each try. */
  started(test: CircusTask, limit: number): void | Promise<void>
  ended(test: CircusTask): void | Promise<void>
  /** All tests have ended. What it throws fails the file. */
  finished(reported: readonly unknown[]): void
  fileEnded(): Promise<void>
}

export class TestEvents {
  readonly #listener: TestListener
  #hasEnded = false

  constructor(listener: TestListener) {
    this.#listener = listener
  }

  /** Called synchronously, while the code that defines a hook still runs. */
  defined(event: { readonly name: string }): void {
    if (event.name !== 'add_hook') return
    const { hookType, fn, asyncError } = event as HookDefinition
    this.#listener.hook(hookType, fn, asyncError)
  }

  handle(event: { readonly name: string }, state: CircusState): void | Promise<void> {
    const known = event as CircusEvent
    switch (known.name) {
      case 'run_start':
        return this.#listener.run(state.rootDescribeBlock)
      case 'run_describe_start':
        return collect(state.unhandledErrors, () =>
          this.#listener.suite(known.describeBlock, state.testTimeout),
        )
      case 'test_started':
        return collect(known.test.errors, () =>
          this.#listener.started(known.test, known.test.timeout ?? state.testTimeout),
        )
      case 'test_done':
        // What was to be undone belongs to the test: an error in it fails the test.
        return collect(known.test.errors, () => this.#listener.ended(known.test))
      case 'run_finish':
        return collect(state.unhandledErrors, () => this.#listener.finished(errorsOf(state)))
      case 'teardown':
        return this.fileEnded()
    }
  }

  async fileEnded(): Promise<void> {
    if (this.#hasEnded) return
    this.#hasEnded = true
    await this.#listener.fileEnded()
  }
}

/**
 * Has every concurrent test run through `run`. To be called when all tests are known: Jest starts concurrent tests
 * together, some versions before any event says so.
 */
export function wrapConcurrentTests(
  task: CircusTask,
  run: (test: CircusTask, body: () => unknown) => unknown,
): void {
  for (const child of task.children ?? []) wrapConcurrentTests(child, run)
  const { fn } = task
  if (task.concurrent && fn) task.fn = (...args) => run(task, () => fn(...args))
}

/** What tests and the file have failed with. */
function errorsOf({ rootDescribeBlock, unhandledErrors }: CircusState): unknown[] {
  const visit = (task: Partial<CircusTest>): unknown[] => [
    ...(task.errors ?? []),
    ...(task.children ?? []).flatMap(visit),
  ]
  return [...unhandledErrors, ...visit(rootDescribeBlock)]
}

/** An error in a listener must not end the whole run: it belongs to a test, or to the file. */
function collect(errors: unknown[], run: () => void | Promise<void>): void | Promise<void> {
  try {
    return run()?.catch((error) => void errors.push(error))
  } catch (error) {
    errors.push(error)
  }
}
