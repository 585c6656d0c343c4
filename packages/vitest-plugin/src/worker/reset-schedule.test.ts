import {
  beforeRawReset,
  endCollecting,
  type FreshModulesOptions,
  type SingleWorker,
  takeUnreported,
} from 'fresh-modules/internal'
import { afterEach, beforeEach, describe, expect, onTestFinished, TestRunner, test, vi } from 'vitest'
import { mustFail } from '../../test-host/core.ts'
import { openProject, type ProjectOptions } from '../../test-host/project.ts'
import { inWorker } from '../../test-host/worker-state.ts'
import type { Hook } from '../reset/collector.ts'
import type { SuiteTask } from '../reset/suite-hooks.ts'
import type { InstalledVitest } from './install.ts'
import { ResetSchedule } from './reset-schedule.ts'

const FILES = {
  'setup.ts': 'export const own = {}',
  'a.test.ts': "import { own } from './a.ts'; export const read = () => own",
  'b.test.ts': "import { own } from './a.ts'; export const read = () => own",
  'a.ts': 'export const own = {}',
}

/** Suite -> its hooks: those of Vitest are in no file here. */
let hooks: Map<object, Record<string, Hook[]>>
beforeEach(() => {
  hooks = new Map()
  vi.spyOn(TestRunner, 'getSuiteHooks').mockImplementation(
    ((suite: object) => hooks.get(suite) ?? {}) as never,
  )
  // Hooks of the files that the schedule starts are not those of this one.
  vi.spyOn(TestRunner, 'getCurrentSuite').mockImplementation((() => ({ on: () => {} })) as never)
})
afterEach(() => {
  vi.restoreAllMocks()
})

function open(
  options: FreshModulesOptions = {},
  { sharesWorker = false, ...more }: ProjectOptions & { sharesWorker?: boolean } = {},
) {
  const project = openProject(FILES, more)
  const installed: InstalledVitest = {
    ...project.installed,
    options,
    singleWorker: {} as SingleWorker,
    vitest: project.host,
  }
  return { ...project, installed, schedule: new ResetSchedule(installed, sharesWorker) }
}

type Opened = ReturnType<typeof open>

/** As the framework does for a test file, up to its first suite. */
async function startFile({ schedule, ...project }: Opened, file = 'a.test.ts'): Promise<{ read(): object }> {
  Object.assign(project.host.worker, { filepath: project.id(file) })
  await schedule.beforeFile()
  await project.import('setup.ts')
  schedule.beforeTestFile()
  const { read } = (await project.import(file)) as { read(): object }
  return { read }
}

interface Described {
  concurrent?: boolean
  mode?: string
  tasks?: Record<string, Described>
}

/** A file's tasks by name. */
function tasksOf(tree: Record<string, Described>): Record<string, SuiteTask> & { file: SuiteTask } {
  type Mutable = { -readonly [Key in keyof SuiteTask]: SuiteTask[Key] }
  const file = { name: 'a.test.ts', type: 'suite', mode: 'run' } as Mutable
  file.file = file
  const named: Record<string, SuiteTask> = {}
  const add = (parent: Mutable, tree: Record<string, Described>): void => {
    parent.tasks = Object.entries(tree).map(([name, { tasks, ...more }]) => {
      const task = { name, type: tasks ? 'suite' : 'test', mode: 'run', file, ...more } as Mutable
      if (parent !== file) Object.assign(task, { suite: parent })
      if (tasks) add(task, tasks)
      named[name] = task
      return task
    })
  }
  add(file, tree)
  return { ...named, file }
}

const task = (tasks: Record<string, SuiteTask>, name: string) => tasks[name] as SuiteTask

/** Runs tests one after the other; how many copies of the module each has seen the first of. */
async function copiesSeen(opened: Opened, read: () => object, tasks: readonly SuiteTask[], retry = 0) {
  const seen: object[] = []
  for (const test of tasks) {
    await opened.schedule.beforeTry(test, retry)
    seen.push(read())
  }
  return seen.map((copy) => seen.indexOf(copy))
}

describe('between the tests of a file', () => {
  test('modules are fresh for each, and those of setup files stay', async () => {
    const opened = open()
    const { read } = await startFile(opened)
    const { own } = await opened.import('setup.ts')
    const tasks = tasksOf({ one: {}, two: {}, three: {} })
    await opened.schedule.beforeSuite(tasks.file)
    expect(
      await copiesSeen(
        opened,
        read,
        ['one', 'two', 'three'].map((name) => task(tasks, name)),
      ),
    ).toEqual([0, 1, 2])
    expect((await opened.import('setup.ts'))['own']).toBe(own)
    expect(opened.schedule.summary).toMatchObject({
      resets: 2,
      kept: [{ id: opened.id('setup.ts'), reason: 'a setup file loaded it' }],
    })
  })

  test.each(['files', 'never'] as const)('nothing is where resetBetween is %s', async (resetBetween) => {
    const opened = open({ resetBetween })
    const { read } = await startFile(opened)
    const tasks = tasksOf({ one: {}, two: {} })
    await opened.schedule.beforeSuite(tasks.file)
    expect(
      await copiesSeen(
        opened,
        read,
        ['one', 'two'].map((name) => task(tasks, name)),
      ),
    ).toEqual([0, 0])
    expect(opened.schedule.summary.resets).toBe(0)
  })

  test('tests of a suite that shares state share modules', async () => {
    const opened = open()
    const { read } = await startFile(opened)
    const tasks = tasksOf({
      before: {},
      sharing: { tasks: { one: {}, inner: { tasks: { two: {} } } } },
      after: {},
    })
    hooks.set(task(tasks, 'sharing'), { beforeAll: [() => {}] })
    const seen = await copiesSeen(opened, read, [task(tasks, 'before')])
    await opened.schedule.beforeSuite(task(tasks, 'sharing'))
    const inSuite = read()
    seen.push(
      ...(await copiesSeen(opened, read, [task(tasks, 'one'), task(tasks, 'two'), task(tasks, 'after')])),
    )
    expect(seen).toEqual([0, 0, 0, 2])
    expect(opened.schedule.summary.notes).toEqual([
      expect.stringContaining('the suite "sharing" has a beforeAll hook'),
    ])
    expect(inSuite).not.toBe(read())
  })

  test.each(['skip', 'todo'])('a suite that does not run (%s) resets nothing', async (mode) => {
    const opened = open()
    await startFile(opened)
    const tasks = tasksOf({ before: {}, skipped: { mode, tasks: {} } })
    hooks.set(task(tasks, 'skipped'), { beforeAll: [() => {}] })
    await copiesSeen(opened, () => ({}), [task(tasks, 'before')])
    await opened.schedule.beforeSuite(task(tasks, 'skipped'))
    expect(opened.schedule.summary).toMatchObject({ resets: 0, notes: [] })
  })
})

describe('tests that run at the same time', () => {
  test('have one reset together, and so have those of concurrent suites', async () => {
    const opened = open()
    const { read } = await startFile(opened)
    const tasks = tasksOf({
      before: {},
      one: { concurrent: true },
      suite: { concurrent: true, tasks: { two: {}, three: { concurrent: true } } },
      after: {},
      four: { concurrent: true },
    })
    const order = ['before', 'one', 'two', 'three', 'after', 'four']
    expect(
      await copiesSeen(
        opened,
        read,
        order.map((name) => task(tasks, name)),
      ),
    ).toEqual([0, 1, 1, 1, 4, 5])
  })

  test('that are not next to each other have a reset each', async () => {
    const opened = open()
    const { read } = await startFile(opened)
    const concurrent = { concurrent: true }
    const tasks = tasksOf({ one: concurrent, two: concurrent, alone: {}, three: concurrent })
    const order = ['one', 'two', 'alone', 'three']
    expect(
      await copiesSeen(
        opened,
        read,
        order.map((name) => task(tasks, name)),
      ),
    ).toEqual([0, 0, 2, 3])
  })

  test('have none when they are tried again', async () => {
    const opened = open()
    const { read } = await startFile(opened)
    const tasks = tasksOf({ before: {}, one: { concurrent: true } })
    await copiesSeen(opened, read, [task(tasks, 'before'), task(tasks, 'one')])
    const before = read()
    await opened.schedule.beforeTry(task(tasks, 'one'), 1)
    expect(read()).toBe(before)
    await opened.schedule.beforeTry(task(tasks, 'before'), 1)
    expect(read()).not.toBe(before)
  })
})

describe('in a file with an aroundEach hook', () => {
  test('the reset comes before it, once for each try', async () => {
    const opened = open()
    const { read } = await startFile(opened)
    const tasks = tasksOf({ one: {}, two: {}, three: { concurrent: true } })
    type AroundEach = (run: () => Promise<void>, context: { task: SuiteTask }) => Promise<void>
    const own: AroundEach = async (run) => run()
    const list = [own] as unknown as Hook[]
    hooks.set(tasks.file, { aroundEach: list })
    await opened.schedule.beforeSuite(tasks.file)
    expect(list).toHaveLength(2)
    expect(list[1]).toBe(own)
    const outermost = list[0] as unknown as AroundEach
    const seen: [object, object][] = []
    for (const [name, retry] of [
      ['one', 0],
      ['two', 0],
      ['two', 1],
      ['three', 0],
      ['three', 1],
    ] as const) {
      const test = task(tasks, name)
      await outermost(
        async () => {
          const around = read()
          await opened.schedule.beforeTry(test, retry)
          seen.push([around, read()])
        },
        { task: test },
      )
    }
    for (const [around, within] of seen) expect(within).toBe(around)
    // Tests that run at the same time have one reset, and none for a retry.
    expect(new Set(seen.flat()).size).toBe(4)
  })
})

describe('between files of one worker', () => {
  test('what was loaded before the first one stays until there is a second', async () => {
    const opened = open({}, { sharesWorker: true })
    const before = await opened.import('a.ts')
    expect((await startFile(opened)).read()).toBe(before['own'])
    expect((await startFile(opened, 'b.test.ts')).read()).not.toBe(before['own'])
  })

  test('all modules are dropped, those of setup files too', async () => {
    const opened = open({}, { sharesWorker: true })
    const first = await startFile(opened)
    const { own } = await opened.import('setup.ts')
    const second = await startFile(opened, 'b.test.ts')
    expect(second.read()).not.toBe(first.read())
    expect((await opened.import('setup.ts'))['own']).not.toBe(own)
  })

  test('nothing is where resetBetween is never', async () => {
    const opened = open({ resetBetween: 'never' }, { sharesWorker: true })
    const first = await startFile(opened)
    expect((await startFile(opened, 'b.test.ts')).read()).toBe(first.read())
    expect(opened.host.globals).toBeUndefined()
  })

  test.each([
    [undefined, ['value']],
    [false, []],
  ])('globals are put back where restoreGlobals is %j', async (restoreGlobals, put) => {
    const opened = open(restoreGlobals === undefined ? {} : { restoreGlobals }, { sharesWorker: true })
    onTestFinished(() => void delete process.env['OF_THE_FIRST'])
    await startFile(opened)
    process.env['OF_THE_FIRST'] = 'value'
    await startFile(opened, 'b.test.ts')
    expect('OF_THE_FIRST' in process.env ? [] : ['value']).toEqual(put)
  })

  test('a package in resetPackages is evaluated again, with what Node has of it', async () => {
    const files = {
      'node_modules/pkg/index.js': "module.exports = { inner: require('./inner.js') }",
      'node_modules/pkg/inner.js': 'module.exports = {}',
    }
    const opened = open({ resetPackages: ['pkg'] }, { sharesWorker: true, inline: ['pkg'] })
    opened.host.resets.resetPackages = ['pkg']
    for (const [file, text] of Object.entries(files)) opened.write(file, text)
    const copies: object[] = []
    for (const file of ['a.test.ts', 'b.test.ts']) {
      opened.write(file, "export { default } from 'pkg'")
      Object.assign(opened.host.worker, { filepath: opened.id(file) })
      await opened.schedule.beforeFile()
      copies.push(((await opened.import(file))['default'] as { inner: object }).inner)
    }
    expect(copies[1]).not.toBe(copies[0])
  })
})

describe('a module that refuses, in a shared worker', () => {
  test('is held by the files that import it, each while it runs', async () => {
    const opened = open(
      { resetBetween: 'never' },
      { sharesWorker: true, specs: [{ match: './a.ts', allowReimport: false }] },
    )
    await startFile(opened)
    endCollecting(opened.state)
    beforeRawReset(opened.installed)
    await expect(opened.import('a.ts')).rejects.toMatchObject({ code: 'ERR_DUPLICATE_MODULE' })
    await expect(startFile(opened, 'b.test.ts')).resolves.toBeDefined()
  })
})

describe('a worker of which each file has its own registry', () => {
  test('starts each file with no copy known, and nothing to report', async () => {
    const opened = open({}, { specs: [{ match: './a.ts', allowReimport: false }] })
    await startFile(opened)
    mustFail(opened.state, new Error('of the first') as never)
    opened.host.drop([opened.id('a.ts'), opened.id('a.test.ts')])
    await expect(startFile(opened)).resolves.toBeDefined()
    expect(takeUnreported(opened.installed)).toEqual([])
    expect(opened.host.globals).toBeUndefined()
  })

  test('has what an earlier file has left in a vm pool dropped', async () => {
    const opened = open()
    const first = await startFile(opened)
    inWorker({ ctx: { pool: 'vmThreads' }, filepath: opened.id('a.test.ts') })
    expect((await startFile(opened, 'b.test.ts')).read()).not.toBe(first.read())
  })
})

test('tests in Node’s own loader have no resets of the runner', async () => {
  const { installed } = open()
  const schedule = new ResetSchedule({ ...installed, vitest: undefined }, true)
  await schedule.beforeFile()
  schedule.beforeTestFile()
  expect(schedule.summary).toEqual({ resets: 0, unchanged: 0, kept: [], notes: [] })
})
