/** Beginnings and ends of tests: flags and hooks set in a test end with it. Here as node:test tells them. */
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { endCollecting, takeUnreported } from '../guard/guard.ts'
import type { Installed } from '../host/host-slot.ts'
import { fileEnded, testEnded, testStarted } from '../host/lifecycle.ts'
import { OWN_FILE } from '../own-file.ts'
import { mayReset, resetInstalled } from '../reset/reset.ts'
import type { FileWorlds } from './file-worlds.ts'
import { assertAllLocked } from './lock-node.ts'
import type { NodeHost } from './node-host.ts'

/** What is done besides, where it is asked for. */
interface TestEventsOptions {
  /** Whether CommonJS modules are reset before each test but the first. */
  readonly resetsBetweenTests?: boolean
  /** Where test files share the process: the modules of each. */
  readonly worlds?: FileWorlds | undefined
}

export class TestEvents {
  readonly #installed: Installed
  readonly #options: TestEventsOptions
  /** Whether a test has run since modules were last reset. */
  #isUsed = false

  constructor(installed: Installed, options: TestEventsOptions = {}) {
    this.#installed = installed
    this.#options = options
  }

  /** @param file the test file, where several share the process */
  started(test: unknown, file?: string): void | Promise<void> {
    const { state } = this.#installed
    endCollecting(state)
    this.#options.worlds?.enter(file)
    const start = () => testStarted(state, test)
    const isDue = this.#options.resetsBetweenTests === true && this.#isUsed && mayReset(state)
    this.#isUsed = true
    if (!isDue) return start()
    return resetInstalled(this.#installed, 'tests', { testFileStays: true }).then(start)
  }

  async ended(test: unknown): Promise<void> {
    try {
      await testEnded(this.#installed.state, test)
    } finally {
      this.#failLoudly(test)
    }
  }

  /** What the guard has found and the test, or else the file, has to fail with. */
  takeUnreported(test?: unknown): Error[] {
    return takeUnreported(this.#installed, test)
  }

  async fileEnded(): Promise<void> {
    try {
      await fileEnded(this.#installed.state)
    } finally {
      await (this.#installed.host as NodeHost).singleWorker?.processEnds()
      assertAllLocked(this.#installed)
      this.#installed.state.guard.isRunOver = true
      const { summary } = this.#options.worlds ?? {}
      if (summary !== undefined) process.stderr.write(`[fresh-modules] ${summary}\n`)
      this.#failLoudly()
    }
  }

  /** What the guard has found fails the test even where the test has caught the error. */
  #failLoudly(test?: unknown): void {
    const [first] = this.takeUnreported(test)
    if (first) throw first
  }
}

interface NodeTest {
  beforeEach(hook: (test: object) => void | Promise<void>): void
  afterEach(hook: (test: object) => Promise<void>): void
  after(hook: () => Promise<void>): void
}

/** Hooks into node:test when something asks for it: importing it would start a run in programs that have no tests. */
export function watchNodeTest({ world }: NodeHost, events: TestEvents): void {
  let isWatched = false
  const watch = () => {
    if (isWatched) return
    isWatched = true
    const { beforeEach, afterEach, after } = createRequire(OWN_FILE)('node:test') as NodeTest
    beforeEach((test) => events.started(keyOf(test), (test as { filePath?: string }).filePath))
    afterEach((test) => events.ended(keyOf(test)))
    after(() => events.fileEnded())
  }
  world.nodeTestAsked = watch
  if (isNodeTestLoaded() || mayBeAskedUnseen(world)) watch()
}

/** Whoever registers us may have imported it before. */
function isNodeTestLoaded(): boolean {
  const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] }
  return moduleLoadList.includes('NativeModule internal/test_runner/test')
}

/**
 * Where there are no hooks nobody tells of an `import`. The variable alone means little: threads and processes that a
 * test starts inherit it, and a run that begins there reports into output which is not for the runner.
 */
function mayBeAskedUnseen({ hasHooks }: NodeHost['world']): boolean {
  return !hasHooks && isMainThread && process.env['NODE_TEST_CONTEXT'] !== undefined
}

/** The hooks of one test get different objects that show the same test. */
function keyOf(test: object): string {
  const { fullName, name } = test as { fullName?: string; name?: string }
  return fullName ?? name ?? ''
}
