import type { Installed } from 'fresh-modules/internal/core'
import { describe, expect, test } from 'vitest'
import type { CircusTask } from '../jest/circus-events.ts'
import { JestSchedule } from './jest-schedule.ts'

/** Milliseconds that a reset may take. */
const LIMIT = 5_000

// Nothing has run before these suites, so no reset is due, and the schedule asks nobody.
const installed = {} as Installed
const schedule = (between: 'tests' | 'never' = 'tests', startsConcurrentFirst = false) =>
  new JestSchedule(installed, { between, startsConcurrentFirst })
const beforeAllHook = () => ({ type: 'beforeAll', fn: () => {} })
const suite = (name: string, own: Partial<CircusTask> = {}): CircusTask => ({
  type: 'describeBlock',
  name,
  ...own,
})
const file = (own: Partial<CircusTask> = {}) => suite('ROOT_DESCRIBE_BLOCK', own)

describe('a suite shares state', () => {
  test('by a beforeAll of its own', async () => {
    const own = schedule()
    await own.beforeSuite(suite('db', { parent: file(), hooks: [beforeAllHook()] }), LIMIT)
    expect(own.summary.notes).toEqual([expect.stringContaining('the suite "db" has a beforeAll hook')])
  })

  test('as a file only by hooks that the test file has defined, not by those of setup files', async () => {
    const [setups, tests] = [beforeAllHook(), beforeAllHook()]
    const own = schedule()
    own.noteHook('beforeAll', setups.fn, ['/app/setup.ts'])
    await own.beforeSuite(file({ hooks: [setups] }), LIMIT)
    expect(own.summary.notes).toEqual([])
    own.startCollecting()
    own.noteHook('beforeAll', tests.fn, ['/app/a.test.ts'])
    await own.beforeSuite(file({ hooks: [setups, tests] }), LIMIT)
    expect(own.summary.notes).toEqual([expect.stringContaining('the test file has a beforeAll hook')])
  })

  test('and nothing is looked at where no resets are wanted', async () => {
    const own = schedule('never')
    await own.beforeSuite(suite('db', { parent: file(), hooks: [beforeAllHook()] }), LIMIT)
    expect([own.isOn, own.summary.notes]).toEqual([false, []])
  })
})

test('concurrent tests that start with the file share its state until the last of them has ended', async () => {
  const concurrent: CircusTask = { type: 'test', name: 'one', concurrent: true }
  const root = file({ children: [suite('a', { children: [concurrent] })] })
  const own = schedule('tests', true)
  own.start(root)
  expect(own.summary.notes).toEqual([expect.stringContaining('concurrent tests share one state')])
  const shared = suite('b', { parent: root, hooks: [beforeAllHook()] })
  await own.beforeSuite(shared, LIMIT)
  expect(own.summary.notes).toHaveLength(1)
  own.ended(concurrent)
  await own.beforeSuite(shared, LIMIT)
  expect(own.summary.notes).toHaveLength(2)
})
