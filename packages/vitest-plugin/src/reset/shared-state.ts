/** What Vitest tells of suites that share state on purpose, for the core to judge: hooks and file-scoped fixtures. */
import { patch, SharingSuites } from 'fresh-modules/internal'
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

export class SharedState {
  readonly #suites = new SharingSuites()
  #hasFileFixture = false

  constructor() {
    watchExtend(test as unknown as Extensible, () => {
      this.#hasFileFixture = true
    })
  }

  startFile(): void {
    this.#hasFileFixture = false
    this.#suites.startFile()
  }

  /** From now on hooks at the top level are those of the test file, setup files having had their turn. */
  startCollecting(): void {
    this.#suites.startCollecting()
  }

  /** @param files Whose code has registered the hook, nearest first */
  noteHook(name: string, hook: Hook, files: Iterable<string>): void {
    this.#suites.noteHook(name, hook, files)
  }

  /** Why a suite shares state by itself; undefined where it does not. */
  reason(suite: SuiteTask): string | undefined {
    const hooks = hooksOf(suite)
    return this.#suites.reason({
      name: suite.name,
      isFile: suite.file === suite,
      hooks: (name) => hooks[name],
      hasFileFixture: this.#hasFileFixture,
    })
  }
}

/** A file that could not be collected has none. */
function hooksOf(suite: SuiteTask): Hooks {
  return (TestRunner.getSuiteHooks(suite as never) as unknown as Hooks | undefined) ?? {}
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
  if (typeof api.extend !== 'function' || WATCHED.has(api)) return
  WATCHED.add(api)
  const wrap = (extend: Extensible['extend']): Extensible['extend'] =>
    function (this: Extensible, ...args) {
      if (args.some(declaresFileScope)) onFileFixture()
      const extended = extend.apply(this, args)
      watchExtend(extended, onFileFixture)
      return extended
    }
  patch(api, 'extend', wrap, 'test.extend')
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
