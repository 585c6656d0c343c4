/**
 * Suites that share state on purpose: what a `beforeAll`, an `aroundAll`, an `afterAll` or a file-scoped fixture of the test file has
 * prepared must live through all tests of the suite. Hooks of setup files and of packages say nothing of that.
 */
import { TestRunner, test } from 'vitest'
import type { Hook } from './file-hooks.ts'

/** A task that may have children, as far as we look at it. */
export interface SuiteTask {
  readonly name: string
  readonly type: string
  readonly mode: string
  /** Of a test, in milliseconds. */
  readonly timeout?: number
  readonly concurrent?: boolean
  readonly suite?: SuiteTask
  readonly file: SuiteTask
  readonly tasks?: readonly SuiteTask[]
}

type Hooks = Partial<Record<string, Hook[]>>

// What `afterAll` puts away must be what the tests have used.
const SHARING_HOOKS = ['beforeAll', 'aroundAll', 'afterAll']

export class SharedState {
  /** Hooks that stand at the top of the test file, or of a first-party module that it calls. */
  readonly #ownHooks = new WeakSet<Hook>()
  #hasFileFixtures = false
  #isCollecting = false

  constructor() {
    watchExtend(test as unknown as Extensible, () => {
      this.#hasFileFixtures = true
    })
  }

  startFile(): void {
    this.#hasFileFixtures = false
    this.#isCollecting = false
  }

  /** From now on hooks at the top level are those of the test file, setup files having had their turn. */
  startCollecting(): void {
    this.#isCollecting = true
  }

  noteOwnHook(name: string, hook: Hook): void {
    if (this.#isCollecting && SHARING_HOOKS.includes(name)) this.#ownHooks.add(hook)
  }

  /** Why a suite shares state by itself; undefined where it does not. */
  reason(suite: SuiteTask): string | undefined {
    const hooks = hooksOf(suite)
    const isFile = suite.file === suite
    for (const name of SHARING_HOOKS) {
      const own = hooks[name]?.some((hook) => !isFile || this.#ownHooks.has(hook))
      if (own)
        return `${isFile ? 'the test file' : `the suite "${suite.name}"`} has ${article(name)} ${name} hook`
    }
    return isFile && this.#hasFileFixtures ? 'the test file has a file-scoped fixture' : undefined
  }
}

/** A file that could not be collected has none. */
function hooksOf(suite: SuiteTask): Hooks {
  return (TestRunner.getSuiteHooks(suite as never) as unknown as Hooks | undefined) ?? {}
}

function article(name: string): string {
  return name.startsWith('a') ? 'an' : 'a'
}

/** Whether a suite, or one within it, has an `aroundEach` hook. */
export function hasAroundEach(suite: SuiteTask): boolean {
  if (suite.type !== 'suite') return false
  return Boolean(hooksOf(suite)['aroundEach']?.length) || Boolean(suite.tasks?.some(hasAroundEach))
}

type AroundEach = (runTest: () => Promise<void>, context: { task: SuiteTask }) => Promise<void>

/** Runs `before` outside of all other `aroundEach` hooks of a file. */
export function addOutermostAroundEach(file: SuiteTask, before: (test: SuiteTask) => Promise<void>): void {
  const hook: AroundEach = async (runTest, { task }) => {
    await before(task)
    await runTest()
  }
  hooksOf(file)['aroundEach']?.unshift(hook as Hook)
}

interface Extensible {
  extend: (...args: unknown[]) => Extensible
}

const WATCHED = new WeakSet<object>()

/** `test.extend` is where fixtures are declared; what it returns can be extended further. */
function watchExtend(api: Extensible, onFileFixture: () => void): void {
  const { extend } = api
  if (typeof extend !== 'function' || WATCHED.has(api)) return
  WATCHED.add(api)
  api.extend = function (...args) {
    if (args.some(declaresFileScope)) onFileFixture()
    const extended = extend.apply(this, args)
    watchExtend(extended, onFileFixture)
    return extended
  }
}

/** `extend({ db: [fn, { scope: 'file' }] })`, or `extend('db', { scope: 'file' }, fn)`. */
function declaresFileScope(declaration: unknown): boolean {
  if (declaration === null || typeof declaration !== 'object') return false
  if (isFileScope(declaration)) return true
  return Object.values(declaration).some((fixture) => Array.isArray(fixture) && fixture.some(isFileScope))
}

function isFileScope(options: unknown): boolean {
  const scope = (options as { scope?: unknown } | null | undefined)?.scope
  return scope === 'file' || scope === 'worker'
}
