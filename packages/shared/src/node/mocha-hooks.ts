/** Beginnings and ends of tests as mocha tells them, by root hooks. */
import type { TestEvents } from './node-test-events.ts'

/** What mocha shows of a test, a hook or a suite, as far as we look at it. Mocha 10 and 11. */
interface Runnable {
  fn?: TestFunction
  /** Set by mocha's reporters, all of which have the same base. */
  err?: unknown
  state?: string
  parent?: Suite
  listenerCount(event: string): number
  emit(event: 'error', error: unknown): boolean
}

interface Suite {
  readonly parent?: Suite
  readonly suites: readonly Suite[]
  readonly tests: readonly Runnable[]
  readonly _beforeAll: readonly Runnable[]
  readonly _beforeEach: readonly Runnable[]
  readonly _afterEach: readonly Runnable[]
  readonly _afterAll: readonly Runnable[]
}

type TestFunction = (this: unknown, ...args: Done[]) => unknown
type Done = (error?: unknown) => void

interface MochaContext {
  currentTest: Runnable
  /** The hook that runs. */
  test: Runnable
}

/**
 * Root hooks, as mocha takes them from a file that it is told to `--require`. A root hook that throws ends the whole run:
 * so a test fails in its own function, or by its event where that has ended already.
 */
export function mochaHooksOf(events: TestEvents): object {
  return {
    beforeEach(this: MochaContext) {
      const { currentTest } = this
      failInside(events, currentTest)
      return events.started(currentTest)
    },
    async afterEach(this: MochaContext) {
      const { currentTest } = this
      try {
        await events.ended(currentTest)
      } catch (error) {
        if (isTold(rootOf(currentTest), error) || currentTest.state === 'failed') return
        if (currentTest.listenerCount('error') === 0) throw error
        currentTest.emit('error', error)
      }
    },
    async afterAll(this: MochaContext) {
      try {
        await events.fileEnded()
      } catch (error) {
        if (!isTold(rootOf(this.test), error)) throw error
      }
    },
  }
}

/** Functions that fail with what the guard has found -> the tests' own. A retry of a test begins with ours. */
const wrapped = new WeakMap<TestFunction, TestFunction>()

/** Has the test fail in its own function with what the guard has found, even where it has swallowed the error. */
function failInside(events: TestEvents, test: Runnable): void {
  if (typeof test.fn !== 'function') return
  const fn = wrapped.get(test.fn) ?? test.fn
  const check = (thrown?: unknown) => {
    const [found] = events.takeUnreported(test)
    if (!found || isCausedBy(thrown, found)) return thrown
    // What the test itself fails with may well come of it.
    if (thrown !== undefined) found.cause ??= thrown
    return found
  }
  const failing: TestFunction = fn.length > 0 ? withCallback(fn, check) : withResult(fn, check)
  // Mocha tells a test with a callback by its parameter, and shows the text.
  Object.defineProperty(failing, 'length', { value: fn.length })
  failing.toString = () => String(fn)
  wrapped.set(failing, fn)
  test.fn = failing
}

/** @param check returns what the test fails with; undefined where it passes */
function withCallback(fn: TestFunction, check: (thrown?: unknown) => unknown): TestFunction {
  return function (done) {
    return fn.call(this, (error) => done?.(check(error ?? undefined)))
  }
}

function withResult(fn: TestFunction, check: (thrown?: unknown) => unknown): TestFunction {
  const assertFine = () => {
    const found = check()
    if (found !== undefined) throw found
  }
  return function () {
    let result: unknown
    try {
      result = fn.call(this)
    } catch (error) {
      throw isSkip(error) ? error : check(error)
    }
    if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') {
      assertFine()
      return result
    }
    return (result as PromiseLike<unknown>).then(assertFine, (error) => {
      throw isSkip(error) ? error : check(error)
    })
  }
}

/** `this.skip()` throws. */
function isSkip(error: unknown): boolean {
  return (error as object | undefined)?.constructor?.name === 'Pending'
}

function isCausedBy(thrown: unknown, found: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) if (error === found) return true
  return thrown === found
}

function rootOf({ parent }: Runnable): Suite | undefined {
  let root = parent
  while (root?.parent) root = root.parent
  return root
}

/** Whether mocha has reported the error already: a hook has failed with it. */
function isTold(suite: Suite | undefined, error: unknown): boolean {
  if (!suite) return false
  const hooks = [suite._beforeAll, suite._beforeEach, suite._afterEach, suite._afterAll]
  const runnables = [...hooks, suite.tests].flatMap((list) => list ?? [])
  return runnables.some(({ err }) => err === error) || suite.suites.some((inner) => isTold(inner, error))
}
