import { importFresh, onUnload } from 'fresh-modules'
import type { FreshModulesOptions, Installed } from 'fresh-modules/internal'
import * as vitest from 'vitest'
import { afterEach, beforeEach, describe, expect, TestRunner, test, vi } from 'vitest'
import { installedIn, mustFail } from '../test-host/core.ts'
import { openWorker, type Worker } from '../test-host/project.ts'
import { inWorker } from '../test-host/worker-state.ts'
import { withFreshModules } from './runner.ts'
import { defaultRunner, type RunnerClass } from './vitest/base-runner.ts'
import { compose } from './vitest/compose.ts'
import { serializeOptions } from './vitest/protocol.ts'

const { resetModules, spyOn } = vi
beforeEach(() => {
  // Hooks that the schedule looks for are those of other files.
  vi.spyOn(TestRunner, 'getSuiteHooks').mockImplementation((() => ({})) as never)
  vi.spyOn(TestRunner, 'getCurrentSuite').mockImplementation((() => ({ on: () => {} })) as never)
})
afterEach(() => {
  vi.restoreAllMocks()
  Object.assign(vi, { resetModules, spyOn })
})

const FILES = {
  'setup.ts': 'export const own = {}',
  'a.test.ts': "import { own } from './a.ts'; export const read = () => own",
  'b.test.ts': '',
  'a.ts': 'export const own = {}',
}

/** A framework's runner that only remembers what it was asked for. */
class Base {
  readonly calls: string[] = []
  constructor(readonly moduleRunner: Worker['runner']) {}
  async importFile(path: string): Promise<unknown> {
    this.calls.push('importFile')
    return this.moduleRunner.import(path)
  }
  async onBeforeRunSuite(): Promise<void> {
    this.calls.push('onBeforeRunSuite')
  }
  async onBeforeTryTask(): Promise<void> {
    this.calls.push('onBeforeTryTask')
  }
  async onAfterRetryTask(): Promise<void> {
    this.calls.push('onAfterRetryTask')
  }
  async onAfterRunSuite(): Promise<void> {
    this.calls.push('onAfterRunSuite')
  }
  async onAfterRunFiles(): Promise<void> {
    this.calls.push('onAfterRunFiles')
  }
}

const Composed = withFreshModules(Base as unknown as RunnerClass) as unknown as new (
  runner: Worker['runner'],
) => Base &
  Record<
    'onBeforeRunSuite' | 'onBeforeTryTask' | 'onAfterRetryTask' | 'onAfterRunSuite' | 'onAfterRunFiles',
    (...args: unknown[]) => Promise<void>
  > & {
    importFile(path: string, source: string): Promise<unknown>
  }

function open(options: FreshModulesOptions = {}, worker: { pool?: string; isolate?: boolean } = {}) {
  const project = openWorker(FILES)
  const enter = (file: string) =>
    inWorker({
      provided: { options: serializeOptions(options) },
      config: { root: project.root, isolate: worker.isolate ?? true },
      ctx: { pool: worker.pool ?? 'forks' },
      filepath: project.id(file),
    })
  enter('a.test.ts')
  const runner = new Composed(project.runner)
  const installed = () => installedIn(globalThis) as Installed & { singleWorker: object }
  return { ...project, project, enter, runner, installed }
}

interface Outcome {
  state: string
  errors?: { message: string; code?: string }[]
}

function fileOf(project: Worker) {
  const file = {
    id: 'file',
    name: 'a.test.ts',
    type: 'suite',
    mode: 'run',
    filepath: project.id('a.test.ts'),
    meta: {} as { freshModules?: { resets: number } },
    result: { state: 'pass' } as Outcome,
  }
  const tasks = ['one', 'two'].map((name) => ({
    id: name,
    name,
    type: 'test',
    mode: 'run',
    file,
    result: {},
  }))
  return Object.assign(file, { file, tasks })
}

describe('a composed runner', () => {
  test('is composed once', () => {
    expect(withFreshModules(Composed as never)).toBe(Composed)
  })

  test('asks the one that it extends for everything', async () => {
    const { runner, id, project } = open()
    const file = fileOf(project)
    const [test] = file.tasks
    await runner.importFile(id('a.test.ts'), 'collect')
    await runner.onBeforeRunSuite(file)
    await runner.onBeforeTryTask(test, { retry: 0, repeats: 0 })
    await runner.onAfterRetryTask(test, { retry: 0, repeats: 0 })
    await runner.onAfterRunSuite(file)
    await runner.onAfterRunFiles([file])
    expect(runner.calls).toEqual([
      'importFile',
      'onBeforeRunSuite',
      'onBeforeTryTask',
      'onAfterRetryTask',
      'onAfterRunSuite',
      'onAfterRunFiles',
    ])
  })

  test('does so where no file could be imported, too', async () => {
    const { runner, project } = open()
    const file = fileOf(project)
    await runner.onAfterRunSuite(file)
    await runner.onAfterRunFiles([file])
    expect(runner.calls).toEqual(['onAfterRunSuite', 'onAfterRunFiles'])
  })

  test('has modules fresh for each test, and says in the meta of the file how often', async () => {
    const { runner, id, project } = open()
    const file = fileOf(project)
    const { own: ofSetup } = (await runner.importFile(id('setup.ts'), 'setup')) as { own: object }
    const { read } = (await runner.importFile(id('a.test.ts'), 'collect')) as { read(): object }
    await runner.onBeforeRunSuite(file)
    const seen = new Set<object>()
    for (const test of file.tasks) {
      await runner.onBeforeTryTask(test, { retry: 0, repeats: 0 })
      seen.add(read())
      await runner.onAfterRetryTask(test, { retry: 0, repeats: 0 })
    }
    await runner.onAfterRunSuite(file)
    expect(seen.size).toBe(2)
    expect((await project.import('setup.ts'))['own']).toBe(ofSetup)
    expect(file.meta.freshModules).toMatchObject({ resets: 1 })
  })

  test('says nothing in the meta of a file without a reset', async () => {
    const { runner, id, project } = open({ resetBetween: 'never' })
    const file = fileOf(project)
    await runner.importFile(id('a.test.ts'), 'collect')
    await runner.onAfterRunSuite(file)
    expect(file.meta).toEqual({})
  })

  test('keeps its schedule for the next file of the worker, whose runner is another one', async () => {
    const { runner, id, project, enter } = open({}, { isolate: false })
    await runner.importFile(id('a.test.ts'), 'collect')
    const { own } = await project.import('a.ts')
    enter('b.test.ts')
    await new Composed(project.runner).importFile(id('b.test.ts'), 'collect')
    expect((await project.import('a.ts'))['own']).not.toBe(own)
  })

  test('imports nothing before its part has begun, also where several setup files are imported at once', async () => {
    const { runner, id } = open()
    let begin = (_part: object): void => {}
    const begun = new Promise<object>((resolve) => {
      begin = resolve
    })
    const Waiting = compose(
      Base as unknown as RunnerClass,
      () => begun as never,
    ) as unknown as typeof Composed
    const waiting = new Waiting(runner.moduleRunner)
    const imports = ['setup.ts', 'a.ts'].map((file) => waiting.importFile(id(file), 'setup'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(waiting.calls).toEqual([])
    begin({})
    await Promise.all(imports)
    expect(waiting.calls).toEqual(['importFile', 'importFile'])
  })
})

describe('a test that has ended', () => {
  test('fails with an error of the guard that it has swallowed, once', async () => {
    const { runner, id, project, installed } = open()
    const [one, two] = fileOf(project).tasks
    await runner.importFile(id('a.test.ts'), 'collect')
    await runner.onBeforeTryTask(one, { retry: 0, repeats: 0 })
    const error = new Error('swallowed')
    mustFail(installed().state, error as never)
    await expect(runner.onAfterRetryTask(one, { retry: 0, repeats: 0 })).rejects.toBe(error)
    await runner.onBeforeTryTask(two, { retry: 0, repeats: 0 })
    await expect(runner.onAfterRetryTask(two, { retry: 0, repeats: 0 })).resolves.toBeUndefined()
  })

  test('is not running any more, and one that runs is', async () => {
    const { runner, id, project, installed } = open()
    const [one] = fileOf(project).tasks
    await runner.importFile(id('a.test.ts'), 'collect')
    await runner.onBeforeTryTask(one, { retry: 0, repeats: 0 })
    expect([...installed().state.runningTests]).toEqual(['one'])
    await runner.onAfterRetryTask(one, { retry: 0, repeats: 0 })
    expect([...installed().state.runningTests]).toEqual([])
  })

  test('has its timeout explained by what it waited for', async () => {
    const { runner, id, project, installed } = open()
    const [one] = fileOf(project).tasks
    await runner.importFile(id('a.test.ts'), 'collect')
    const errors = [new Error('Test timed out in 5ms.')]
    Object.assign(one as object, { result: { errors } })
    const explainTimeouts = vi.fn()
    Object.assign(installed().singleWorker, { explainTimeouts })
    await runner.onAfterRetryTask(one, { retry: 0, repeats: 0 })
    expect(explainTimeouts).toHaveBeenCalledExactlyOnceWith(errors)
  })

  test('has its failure explained by two copies of a package that it ran with', async () => {
    const { runner, id, project, installed } = open()
    const [one] = fileOf(project).tasks
    await runner.importFile(id('a.test.ts'), 'collect')
    const errors = [new Error('odd')]
    Object.assign(one as object, { result: { errors } })
    const copy = { id: id('a.ts'), importedBy: [], loader: 'a loader', format: 'esm' } as const
    const standing = { name: 'pkg', first: copy, second: copy, explanation: 'There are two.' }
    installed().state.guard.standing.set('pkg', standing)
    await runner.onAfterRetryTask(one, { retry: 0, repeats: 0 })
    expect(errors[0]?.message).toBe('odd\n\nThere are two.')
  })

  test('that ran at the same time as others fails with its own errors only', async () => {
    const { runner, id, project, installed } = open()
    const [one, two] = fileOf(project).tasks.map((task) => ({ ...task, concurrent: true }))
    await runner.importFile(id('a.test.ts'), 'collect')
    const options = { retry: 0, repeats: 0 }
    const error = new Error('of the second')
    const running = async (test: object, body: () => void) => {
      await null
      const before = runner.onBeforeTryTask(test, options)
      await before
      body()
    }
    await Promise.all([
      running(one as object, () => {}),
      running(two as object, () => mustFail(installed().state, error as never)),
    ])
    await expect(runner.onAfterRetryTask(one, options)).resolves.toBeUndefined()
    await expect(runner.onAfterRetryTask(two, options)).rejects.toBe(error)
  })
})

describe('a file that has ended', () => {
  test('fails with errors of the guard that no test has reported', async () => {
    const { runner, id, project, installed } = open()
    const file = fileOf(project)
    await runner.importFile(id('a.test.ts'), 'collect')
    mustFail(
      installed().state,
      Object.assign(new Error('swallowed'), { code: 'ERR_DUPLICATE_MODULE' }) as never,
    )
    await runner.onAfterRunSuite(file)
    expect(file.result).toMatchObject({
      state: 'fail',
      errors: [{ message: 'swallowed', code: 'ERR_DUPLICATE_MODULE' }],
    })
  })

  test('fails with what its own onUnload callbacks throw', async () => {
    const { runner, id, project } = open()
    const file = fileOf(project)
    project.write('copy.ts', 'globalThis.freshModulesUnload(import.meta)')
    const unload = (meta: ImportMeta) =>
      onUnload(meta, () => {
        throw new Error('on unload')
      })
    Object.assign(globalThis, { freshModulesUnload: unload })
    await runner.importFile(id('a.test.ts'), 'collect')
    await importFresh('./copy.ts', { from: id('a.test.ts') })
    Reflect.deleteProperty(globalThis, 'freshModulesUnload')
    await expect(runner.onAfterRunSuite(file)).resolves.toBeUndefined()
    expect(file.result).toMatchObject({
      state: 'fail',
      errors: [{ message: 'onUnload callbacks failed: Error: on unload' }],
    })
  })

  test('fails with what giving up locks throws: the worker’s other files run all the same', async () => {
    const { runner, id, project, installed } = open()
    const file = fileOf(project)
    await runner.importFile(id('a.test.ts'), 'collect')
    Object.assign(installed().singleWorker, { fileEnded: () => Promise.reject('no error at all') })
    await expect(runner.onAfterRunSuite(file)).resolves.toBeUndefined()
    expect(file.result).toMatchObject({
      state: 'fail',
      errors: [{ name: 'Error', message: 'no error at all' }],
    })
  })

  test('has nothing added to it by suites within it', async () => {
    const { runner, id, project, installed } = open()
    await runner.importFile(id('a.test.ts'), 'collect')
    mustFail(installed().state, new Error('of the file') as never)
    const suite = { ...fileOf(project), filepath: undefined, meta: {}, result: { state: 'pass' } }
    Reflect.deleteProperty(suite, 'filepath')
    await runner.onAfterRunSuite(suite)
    expect(suite.result).toEqual({ state: 'pass' })
  })

  test.each([
    ['forks', 0],
    ['vmThreads', 1],
  ])('in the pool %s has the thread of its locks ended %i times', async (pool, times) => {
    const { runner, id, installed } = open({}, { pool })
    await runner.importFile(id('a.test.ts'), 'collect')
    const dispose = vi.fn()
    const fileEnded = vi.fn(async () => {})
    Object.assign(installed().singleWorker, { dispose, fileEnded })
    await runner.onAfterRunFiles([])
    expect(fileEnded).toHaveBeenCalledOnce()
    expect(dispose).toHaveBeenCalledTimes(times)
  })
})

describe('the class that Vitest takes by itself', () => {
  test('is that of tests', () => {
    expect(defaultRunner()).toBe(vitest.TestRunner)
  })

  test('is that of tests for benchmarks as well, where Vitest has no other', () => {
    inWorker({ config: { root: '/', mode: 'benchmark' } })
    expect(defaultRunner()).toBe(
      (vitest as { BenchmarkRunner?: unknown }).BenchmarkRunner ?? vitest.TestRunner,
    )
  })
})
