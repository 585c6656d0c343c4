/**
 * Mocks of node:test (`mock.module`, behind `--experimental-test-module-mocks`). Its hooks answer an import of what is
 * mocked with a URL that they make, and its `_load` a `require`: a scope must not make a copy of the real file instead.
 */
import { patchGetter } from '../host/patches.ts'

/** What such a URL has: `file:///app/dep.js?node-test-mock=0`. Node 22 to 26. */
const MOCK = /[?&]node-test-mock=\d+/

export function isMockUrl(url: string): boolean {
  return url.includes('node-test-mock=') && MOCK.test(url)
}

export function withoutMock(url: string): string {
  return isMockUrl(url) ? url.replace(MOCK, '') : url
}

export class NodeTestMocks {
  readonly #comeLast: () => void
  /** Undefined until node:test has been loaded. */
  #arePossible: boolean | undefined
  /** How many of Node's own modules were loaded when we last looked. */
  #looked = 0
  /** Whether its hooks may have come after ours: it registers them when something is mocked for the first time. */
  #mayBeLate = false

  /** @param comeLast makes our hooks those that are asked first, as hooks are that were registered last */
  constructor(comeLast: () => void) {
    this.#comeLast = comeLast
  }

  /**
   * Looks whether modules may be mocked: somebody has loaded node:test. Loading it here would start a run of tests. The
   * look has effects, once mocks are possible: `mock.module` is watched from then on, and where something was mocked since
   * the last look, our hooks are registered once more, so that they are asked before those of node:test.
   */
  lookForMocks(): boolean {
    this.#arePossible ??= this.#look()
    this.#catchUp()
    return this.#arePossible ?? false
  }

  #look(): boolean | undefined {
    const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] }
    if (moduleLoadList.length === this.#looked) return undefined
    this.#looked = moduleLoadList.length
    if (!moduleLoadList.includes('NativeModule internal/test_runner/mock/mock')) return undefined
    const { mock } = process.getBuiltinModule('node:test')
    const tracker = Object.getPrototypeOf(mock) as { module?: unknown }
    const { module } = tracker
    if (typeof module !== 'function') return false
    this.#mayBeLate = true
    const look = () => {
      this.#mayBeLate = true
      queueMicrotask(() => this.#catchUp())
      return module
    }
    // Not a function around it: it finds out who calls it by its stack.
    patchGetter(tracker, 'module', () => look, 'MockTracker.prototype.module')
    return true
  }

  #catchUp(): void {
    if (!this.#mayBeLate) return
    this.#mayBeLate = false
    this.#comeLast()
  }
}
