/** Hooks of suites, and `aroundEach` among them: Vitest calls a runner only within those. */
import { TestRunner } from 'vitest'
import type { Hook } from './collector.ts'

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

/** A file that could not be collected has none. */
export function hooksOf(suite: SuiteTask): Hooks {
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
