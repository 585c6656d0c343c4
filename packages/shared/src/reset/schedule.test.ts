import { beforeEach, describe, expect, test } from 'vitest'
import { type FakeInstalled, fakeInstalled } from '../../test-host/fake-host.ts'
import { testStarted } from '../host/lifecycle.ts'
import type { ModuleId } from '../host/module-id.ts'
import { TestResets } from './schedule.ts'

interface Task {
  readonly name: string
  readonly parent?: Task
  readonly shares?: string
  readonly group?: Task
}

const FILE: Task = { name: 'the file' }
let installed: FakeInstalled
let resets: TestResets<Task>
let drops: number
let failing: boolean

beforeEach(() => {
  drops = 0
  failing = false
  // Nobody holds the one module: each reset drops it.
  installed = fakeInstalled(
    { '/app/a.js': [] },
    {
      drop: (ids: readonly ModuleId[]) => {
        if (failing) throw new Error('cannot drop')
        drops += ids.length
      },
    },
  )
  resets = new TestResets(installed, {
    parentOf: (task) => task.parent,
    sharesBecause: (task) => task.shares,
    concurrentGroup: (task) => task.group,
  })
  resets.startFile()
})

const run = async (task: Task, retry = 0) => {
  await resets.beforeTry(task, retry)
  return drops
}
const testIn = (parent: Task, more: Partial<Task> = {}): Task => ({ name: 'a test', parent, ...more })

describe('tests in a row', () => {
  test('have a reset before each but the first, whose modules are fresh by loading', async () => {
    expect([await run(testIn(FILE)), await run(testIn(FILE)), await run(testIn(FILE))]).toEqual([0, 1, 2])
    expect(resets.summary).toMatchObject({ resets: 2, notes: [] })
  })

  test('have one before each retry', async () => {
    const task = testIn(FILE)
    expect([await run(task), await run(task, 1), await run(task, 2)]).toEqual([0, 1, 2])
  })

  test('have none while another test runs', async () => {
    await run(testIn(FILE))
    testStarted(installed.state, 'another')
    expect(await run(testIn(FILE))).toBe(0)
    installed.state.runningTests.clear()
    expect(await run(testIn(FILE))).toBe(1)
  })

  test('start over with each file', async () => {
    await run(testIn(FILE))
    await run(testIn(FILE))
    resets.startFile()
    expect(resets.summary).toEqual({ resets: 0, unchanged: 0, kept: [], notes: [] })
    expect(await run(testIn(FILE))).toBe(1)
  })

  test('have the reset that failed tried again by the next one', async () => {
    await run(testIn(FILE))
    failing = true
    await expect(run(testIn(FILE))).rejects.toThrow('cannot drop')
    failing = false
    expect(await run(testIn(FILE))).toBe(1)
  })
})

describe('a suite that shares state', () => {
  const suite: Task = { name: 'suite', parent: FILE, shares: 'the suite has a beforeAll hook' }

  test('is reset once before its hooks, and not between its tests', async () => {
    await run(testIn(FILE))
    await resets.beforeSuite(suite)
    expect(drops).toBe(1)
    expect([await run(testIn(suite)), await run(testIn(suite))]).toEqual([1, 1])
    expect(await run(testIn(FILE))).toBe(2)
  })

  test('says so in the summary, once', async () => {
    await resets.beforeSuite(suite)
    await resets.beforeSuite(suite)
    expect(resets.summary.notes).toEqual([
      'the suite has a beforeAll hook: it shares state, so it was reset once before, and not between its tests',
    ])
  })

  test('needs no reset where nothing has run yet', async () => {
    await resets.beforeSuite(suite)
    expect(drops).toBe(0)
  })

  test('holds for the suites within it', async () => {
    const inner: Task = { name: 'inner', parent: suite, shares: 'the inner suite has a beforeAll hook' }
    await resets.beforeSuite(suite)
    await resets.beforeSuite(inner)
    expect([await run(testIn(inner)), await run(testIn({ name: 'plain', parent: suite }))]).toEqual([0, 0])
    expect(resets.summary.notes).toHaveLength(1)
  })

  test('may stand in a concurrent group, which had its reset', async () => {
    await run(testIn(FILE))
    await resets.beforeSuite({ ...suite, group: suite })
    expect(drops).toBe(0)
  })
})

test('a suite that does not share state changes nothing', async () => {
  await run(testIn(FILE))
  await resets.beforeSuite({ name: 'plain', parent: FILE })
  expect(drops).toBe(0)
})

describe('concurrent tests', () => {
  const group: Task = { name: 'first of the group' }
  const member = () => testIn(FILE, { group })

  test('have one reset for all, which each of them waits for', async () => {
    await run(testIn(FILE))
    const all = [member(), member(), member()].map((task) => run(task))
    expect(await Promise.all(all)).toEqual([1, 1, 1])
  })

  test('have none before a retry', async () => {
    await run(member())
    expect(await run(member(), 1)).toBe(0)
  })

  test('have none before a retry even where another group has begun', async () => {
    await run(member())
    await run(testIn(FILE, { group: { name: 'another group' } }))
    expect(drops).toBe(1)
    expect(await run(member(), 1)).toBe(1)
  })

  test('of the next group have theirs', async () => {
    await run(member())
    expect(await run(testIn(FILE, { group: { name: 'another group' } }))).toBe(1)
    expect(await run(testIn(FILE))).toBe(2)
  })
})

test('what was kept stands in the summary', async () => {
  installed.host.known.set('/app/a.js', { kind: 'source', docblock: { flags: { allowUnload: false } } })
  await run(testIn(FILE))
  await run(testIn(FILE))
  expect(resets.summary.kept).toEqual([
    { id: '/app/a.js', reason: expect.stringContaining('allowUnload is false') },
  ])
})
