import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  forFileState,
  looseMod,
  type ModuleEvaluator,
  type ModuleRunner,
  moduleRunnerOfMocker,
  resolveInServer,
  sharesWorker,
  workerState,
} from './runner-internals.ts'
import { asModuleRunner } from './supported-runner.ts'

const fn = () => {}
const complete = () => ({
  cachedModule: fn,
  cachedRequest: fn,
  _cachedRequest: fn,
  directRequest: fn,
  evaluatedModules: { getModuleById: fn },
  evaluator: { runInlinedModule: fn },
  transport: { invoke: fn },
  mocker: { resolveMocks: fn },
  vitestOptions: { getWorkerState: fn },
})

afterEach(() => vi.unstubAllGlobals())

describe('a module runner', () => {
  test('that has all known parts is taken as it is', () => {
    const runner = complete()
    expect(asModuleRunner(runner, '5.1.1')).toBe(runner)
  })

  test.each(Object.keys(complete()))('without %s is refused, and the error names what is missing', (part) => {
    const runner: Record<string, unknown> = complete()
    delete runner[part]
    expect(() => asModuleRunner(runner, '9.0.0')).toThrow(
      expect.objectContaining({
        code: 'ERR_UNSUPPORTED_HOST',
        message: expect.stringMatching(new RegExp(`Vitest 9\\.0\\.0: its module runner has no ${part}`)),
      }),
    )
  })

  test('that is none at all is refused', () => {
    expect(() => asModuleRunner(undefined, '9.0.0')).toThrow(/has no cachedModule, .*vitestOptions/)
  })

  test('is the one that runs this test, whose internals are the known ones', () => {
    expect(() => asModuleRunner(moduleRunnerOfMocker(), 'of this run')).not.toThrow()
  })
})

describe('the worker', () => {
  test('is the one that runs this test', () => {
    expect(workerState()?.filepath).toBe(import.meta.filename)
  })

  test.each([
    ['forks', false, true],
    ['threads', false, true],
    ['vmThreads', false, false],
    ['vmForks', false, false],
    ['forks', true, false],
    ['forks', undefined, false],
  ])('of pool %s with isolate %j shares its module registry: %j', (pool, isolate, shares) => {
    vi.stubGlobal('__vitest_worker__', { config: { isolate }, ctx: { pool } })
    expect(sharesWorker()).toBe(shares)
  })

  test('that is none shares nothing', () => {
    vi.stubGlobal('__vitest_worker__', undefined)
    expect(workerState()).toBeUndefined()
    expect(sharesWorker()).toBe(false)
  })
})

test.each([
  [{ name: 'node' }, 'node'],
  [{ name: 'jsdom', viteEnvironment: 'client' }, 'client'],
])('the server is asked in the environment of the tests: %j', async (environment, asked) => {
  const resolve = vi.fn(async () => null)
  const runner = { vitestOptions: { getWorkerState: () => ({ environment, rpc: { resolve } }) } }
  expect(await resolveInServer(runner as unknown as ModuleRunner, './a', '/app/b.ts')).toBeNull()
  expect(resolve).toHaveBeenCalledWith('./a', '/app/b.ts', asked)
})

describe('one state of a file', () => {
  const modOf = (id: string) => looseMod(id, { id, url: id })

  test('has an environment of another name, and the same evaluator in all else', () => {
    const evaluator = {
      env: {},
      options: { getEnvironmentName: () => 'jsdom', other: 1 },
    } as unknown as ModuleEvaluator
    const mod = modOf('/app/named.ts')
    const [[first, same], [second]] = [
      forFileState(evaluator, mod, [1, 2]),
      forFileState(evaluator, mod, [1, 3]),
    ]
    const names = [first, second, evaluator].map(({ options }) => options.getEnvironmentName?.())
    expect(new Set(names).size).toBe(3)
    expect(names[2]).toBe('jsdom')
    expect(first.env).toBe(evaluator.env)
    expect((first.options as unknown as { other: number }).other).toBe(1)
    expect(same).toBe(mod)
  })

  test('has a key of its own where scripts are kept by id alone, and the same file name', () => {
    const evaluator = { options: {}, getterTracker: undefined } as unknown as ModuleEvaluator
    const mod = modOf('/app/by-id.ts')
    const ids = [[1], [2], [3], [2], [1]].map((state) => forFileState(evaluator, mod, state)[1].id)
    expect(new Set(ids).size).toBe(3)
    expect(ids[3]).toBe(ids[1])
    expect([ids[0], ids[4]]).toEqual(['/app/by-id.ts', '/app/by-id.ts'])
    expect(ids[1]?.startsWith('mock:')).toBe(true)
    expect(ids[1]?.slice(5)).toBe('/app/by-id.ts')
  })

  test('changes nothing where no script is kept', () => {
    const evaluator = { options: {} } as ModuleEvaluator
    const mod = modOf('/app/plain.ts')
    for (const state of [[1], [2]]) expect(forFileState(evaluator, mod, state)).toEqual([evaluator, mod])
  })
})

test('a loose module stands in no map, and its file is the id without its query', () => {
  const meta = { id: '/app/a.ts?x=1', url: '/a.ts?x=1' }
  expect(looseMod('/app/a.ts?x=1', meta)).toMatchObject({
    id: '/app/a.ts?x=1',
    url: '/a.ts?x=1',
    file: '/app/a.ts',
    evaluated: false,
    meta,
  })
})
