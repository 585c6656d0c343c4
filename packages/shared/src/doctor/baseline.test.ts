import { describe, expect, test } from 'vitest'
import { FakeRunner, resultsWith, runWith, silent } from '../../test-host/runs.ts'
import { type TakenBaseline, takeBaseline } from './baseline.ts'
import type { Facts } from './run-file.ts'
import type { SuiteRun } from './suite-runner.ts'

const taken = (...runs: readonly SuiteRun[]): Promise<TakenBaseline> =>
  takeBaseline(new FakeRunner((_, index) => runs[index] as SuiteRun), silent())

const refused = async (...runs: readonly SuiteRun[]): Promise<string> => {
  const error = await taken(...runs).catch((error) => error)
  expect(error.code).toBe('ERR_RED_BASELINE')
  return error.message
}

const green = runWith({ 'a > 1': 'passed', 'b > 1': 'passed' })
const red = runWith({ 'a > 1': 'failed', 'b > 1': 'passed' })

test('what is green in both runs counts, with the time of the second', async () => {
  expect(await taken(green, { ...green, seconds: 7 })).toMatchObject({
    green: ['a > 1', 'b > 1'],
    flaky: [],
    seconds: 7,
  })
})

test('what fails in one of the two runs is flaky, in whichever', async () => {
  expect(await taken(green, red)).toMatchObject({ green: ['b > 1'], flaky: ['a > 1'] })
  expect(await taken(red, green)).toMatchObject({ green: ['b > 1'], flaky: ['a > 1'] })
})

describe('a suite is refused', () => {
  test('where a test fails in both runs', async () => {
    expect(await refused(red, red)).toContain('it is not green as it is.\n  a > 1: Error: no\n')
  })

  test('where a file fails in both runs, with more than ten listed', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`file-${index}`, 'no such module']),
    )
    const run = { ...green, results: resultsWith({ 'a > 1': 'passed' }, files) }
    const message = await refused(run, run)
    expect(message).toContain('\n  file-9: no such module\n  and 2 more\n')
    expect(message).not.toContain('file-10')
  })

  test('where it has no tests, or leaves no report', async () => {
    expect(await refused(runWith({}, { output: 'nothing there' }))).toContain(
      'no test was found.\nnothing there\n',
    )
    expect(await refused(runWith({}, { broken: 'it left no report:\nno such config' }))).toContain(
      'it does not run as it is.\nit left no report:\nno such config\n',
    )
  })

  test('where it ends badly though all its tests are green', async () => {
    const bad = { ...green, exitCode: 1, output: 'Unhandled Rejection' }
    expect(await refused(bad, bad)).toContain('exit code 1.\nUnhandled Rejection\n')
  })

  test('where it runs in a browser, after one run', async () => {
    const facts: Facts = {
      projects: [{ name: 'ui', isolate: true, environment: 'node', isBrowser: true, hasFreshModules: false }],
    }
    const runner = new FakeRunner(() => ({ ...green, facts }))
    await expect(takeBaseline(runner, silent())).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED_HOST',
      message: expect.stringContaining("npx fresh-modules doctor -- --project='!ui'"),
    })
    expect(runner.requests).toHaveLength(1)
  })
})
