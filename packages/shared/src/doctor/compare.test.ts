import { describe, expect, test } from 'vitest'
import { baselineOf, differencesOf } from './compare.ts'
import type { Result, Results } from './results.ts'

const run = (
  tests: Readonly<Record<string, Result['status']>>,
  failedFiles: Results['failedFiles'] = {},
): Results => ({
  tests: Object.fromEntries(
    Object.entries(tests).map(([name, status]) => [
      name,
      status === 'failed' ? { status, error: 'Error: no' } : { status },
    ]),
  ),
  failedFiles,
  order: [],
})

describe('what a suite is by itself', () => {
  test('counts the tests that are green in every run', () => {
    const runs = [
      run({ 'a > 1': 'passed', 'a > 2': 'failed', 'a > 3': 'skipped' }),
      run({ 'a > 1': 'passed', 'a > 2': 'failed', 'a > 3': 'skipped' }),
    ]
    expect(baselineOf(runs)).toEqual({ green: ['a > 1'], flaky: [], failedFiles: [] })
  })

  test('leaves out those that differ from run to run, or are missing in one', () => {
    const runs = [
      run({ 'a > 1': 'passed', 'a > 2': 'passed', 'a > 3': 'passed' }),
      run({ 'a > 1': 'passed', 'a > 2': 'failed' }),
    ]
    expect(baselineOf(runs)).toMatchObject({ green: ['a > 1'], flaky: ['a > 2', 'a > 3'] })
  })
})

describe('what differs', () => {
  const baseline = baselineOf([run({ 'a > 1': 'passed', 'a > 2': 'failed', 'b > 1': 'passed' }, { c: 'no' })])

  test('is nothing where all that was green still is, whatever became of the rest', () => {
    const now = run(
      { 'a > 1': 'passed', 'a > 2': 'passed', 'b > 1': 'passed', 'b > 2': 'failed' },
      { c: 'no' },
    )
    expect(differencesOf(baseline, now)).toEqual([])
  })

  test('is a test that was green and fails, with its error', () => {
    const now = run({ 'a > 1': 'failed', 'b > 1': 'passed' })
    expect(differencesOf(baseline, now)).toEqual([{ test: 'a > 1', now: 'failed', error: 'Error: no' }])
  })

  test('is a test that was green and is skipped', () => {
    const now = run({ 'a > 1': 'passed', 'b > 1': 'skipped' })
    expect(differencesOf(baseline, now)).toEqual([{ test: 'b > 1', now: 'skipped', error: '' }])
  })

  test('is a test that is missing, with the error of its file', () => {
    const now = run({ 'a > 1': 'passed' }, { b: 'Error: no such module' })
    expect(differencesOf(baseline, now)).toEqual([
      { test: 'b > 1', now: 'missing', error: 'Error: no such module' },
    ])
  })

  test('is a file that fails by itself while its tests are green, as by an afterAll', () => {
    const now = run({ 'a > 1': 'passed', 'b > 1': 'passed' }, { a: 'Error: in afterAll', c: 'no' })
    expect(differencesOf(baseline, now)).toEqual([{ test: 'a', now: 'failed', error: 'Error: in afterAll' }])
  })
})
