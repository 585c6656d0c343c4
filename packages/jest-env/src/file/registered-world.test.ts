import { compileRules, createCoreState, type ModuleId } from 'fresh-modules/internal/core'
import { describe, expect, test, vi } from 'vitest'
import type { Evaluation } from '../jest/hook-points.ts'
import { Requests } from '../jest/request-edges.ts'
import { createModule, type JestRequire } from '../jest/runtime-internals/types.ts'
import { RegisteredWorld, type RegisteredWorldOptions } from './registered-world.ts'

function setUp() {
  const evaluations: Evaluation[] = []
  const ended: boolean[] = []
  const given = {
    testFile: '/app/a.test.js',
    state: createCoreState(compileRules([], '/app')),
    requests: new Requests((specifier) => specifier as ModuleId),
    points: {
      testFile: vi.fn(),
      beforeEvaluation: (evaluation: Evaluation) => void evaluations.push(evaluation),
      afterEvaluation: vi.fn(),
      isolating: vi.fn(),
      registryReset: vi.fn(),
    },
    resets: { reads: { evaluating: () => () => {} }, noteEvaluated: vi.fn() },
    definitions: { begin: vi.fn(() => (hasFailed: boolean) => void ended.push(hasFailed)) },
    internals: { esm: () => new Map() },
    handles: { note: vi.fn() },
    running: { has: () => false },
    targets: {
      require: vi.fn((_file: string, _specifier: string, _plain: () => unknown) => undefined as unknown),
    },
  }
  const world = new RegisteredWorld(given as unknown as RegisteredWorldOptions)
  return { given, evaluations, ended, world }
}

describe('a CommonJS module that is loaded', () => {
  test('is announced with who asked for it, and told of when its body has run', () => {
    const { given, evaluations, ended, world } = setUp()
    const module = createModule('/app/service.js')
    world.loading({ module, importer: '/app/a.test.js', isMock: false })?.(false)
    expect(evaluations).toEqual([
      { id: '/app/service.js', importer: '/app/a.test.js', kind: 'require', fresh: false },
    ])
    expect(ended).toEqual([false])
    expect(given.resets.noteEvaluated).toHaveBeenCalledExactlyOnceWith('/app/service.js', module.exports)
    expect(given.points.afterEvaluation).toHaveBeenCalledOnce()
    world.loading({ module, importer: '/app/a.test.js', isMock: false })?.(true)
    expect(given.points.afterEvaluation).toHaveBeenCalledOnce()
  })

  test('is the test file, which nobody has asked for, or a mock, of which nobody is told', () => {
    const { given, evaluations, world } = setUp()
    world.loading({ module: createModule('/app/a.test.js'), importer: '/app/a.test.js', isMock: false })
    expect(evaluations).toMatchObject([{ id: '/app/a.test.js', importer: undefined }])
    expect(given.points.testFile).toHaveBeenCalledOnce()
    const mock = { module: createModule('/app/__mocks__/db.js'), importer: '/app/a.test.js', isMock: true }
    expect(world.loading(mock)).toBeUndefined()
    const real = { ...mock, isMock: false }
    expect(world.mocking(() => world.loading(real))).toBeUndefined()
    expect(evaluations).toHaveLength(1)
  })

  test("is not watched for its exports' definitions if it is a package's", () => {
    const { given, world } = setUp()
    const module = createModule('/app/node_modules/pkg/index.js')
    world.loading({ module, importer: '/app/a.test.js', isMock: false })
    expect(given.definitions.begin).not.toHaveBeenCalled()
  })
})

describe('the require of a module', () => {
  const original = (): JestRequire =>
    Object.assign((specifier: string) => ({ specifier }), {
      resolve: Object.assign((specifier: string) => `/app/${specifier}`, { paths: () => null }),
      cache: {},
    })

  test('has all that hangs on the original, answers like it, and notes what was asked for', () => {
    const { given, world } = setUp()
    const module = createModule('/app/service.js')
    const plain = original()
    const built = world.require(module, plain)
    expect(built('/app/db.js')).toEqual({ specifier: '/app/db.js' })
    expect(Reflect.ownKeys(built)).toEqual(Reflect.ownKeys(plain))
    expect([built.resolve, built.name, built.length]).toEqual([plain.resolve, plain.name, plain.length])
    expect([...given.requests.of(module, '/app/service.js')]).toEqual(['/app/db.js'])
    expect(given.targets.require).not.toHaveBeenCalled()
  })

  test('asks whether it is a target while a helper call is pending', () => {
    const { given, world } = setUp()
    const built = world.require(createModule('/app/service.js'), original())
    given.state.pendingCalls = 1
    given.targets.require.mockReturnValueOnce({ exports: 'fresh' })
    expect([built('/app/db.js'), built('/app/db.js')]).toEqual(['fresh', { specifier: '/app/db.js' }])
  })
})

test('a module of a graph that the runtime builds synchronously is announced once for a registry', () => {
  const { evaluations, given, world } = setUp()
  const registry = new Map()
  given.internals.esm = () => registry
  const request = { file: '/app/a.mjs', query: '', importer: '/app/a.test.mjs' }
  world.building(request)
  given.state.guard.firstCopies.set('/app/a.mjs' as ModuleId, { id: '/app/a.mjs' } as never)
  world.building(request)
  expect(evaluations).toMatchObject([{ id: '/app/a.mjs', importer: '/app/a.test.mjs', kind: 'import' }])
  world.reset('resetModules')
  world.building(request)
  expect(evaluations).toHaveLength(2)
})
