import * as vitest from 'vitest'
import { afterEach, beforeEach, describe, expect, TestRunner, test, vi } from 'vitest'
import type { Hook } from './collector.ts'
import { SharedState } from './shared-state.ts'
import { hasAroundEach, type SuiteTask } from './suite-hooks.ts'

const hooks = new Map<object, Record<string, Hook[]> | undefined>()
let hook: Hook
// One for all, as in a worker: it watches the `test` of its realm.
const shared = new SharedState()

beforeEach(() => {
  hooks.clear()
  hook = () => {}
  shared.startFile()
  vi.spyOn(TestRunner, 'getSuiteHooks').mockImplementation(((suite: object) =>
    hooks.has(suite) ? hooks.get(suite) : {}) as never)
})
afterEach(() => vi.restoreAllMocks())

interface Tree {
  readonly file: SuiteTask
  readonly suite: SuiteTask
}

function tree(): Tree {
  const file = { name: 'a.test.ts', type: 'suite', mode: 'run' } as { file?: unknown }
  file.file = file
  const suite = { name: 'inner', type: 'suite', mode: 'run', file, suite: file } as SuiteTask
  return { file: Object.assign(file, { tasks: [suite] }) as unknown as SuiteTask, suite }
}

describe('a test file shares state', () => {
  test.each([
    ['beforeAll', 'the test file has a beforeAll hook'],
    ['aroundAll', 'the test file has an aroundAll hook'],
    ['afterAll', 'the test file has an afterAll hook'],
  ])('by a %s of its own', (name, reason) => {
    const { file } = tree()
    hooks.set(file, { [name]: [hook] })
    shared.startCollecting()
    shared.noteHook(name, hook, ['/app/a.test.ts'])
    expect(shared.reason(file)).toBe(reason)
  })

  test.each(['beforeEach', 'afterEach', 'aroundEach'])('not by a %s', (name) => {
    const { file } = tree()
    hooks.set(file, { [name]: [hook] })
    shared.startCollecting()
    shared.noteHook(name, hook, ['/app/a.test.ts'])
    expect(shared.reason(file)).toBeUndefined()
  })

  test('not by a hook of a setup file, nor by one of a package', () => {
    const { file } = tree()
    const ofPackage: Hook = () => {}
    hooks.set(file, { beforeAll: [hook, ofPackage] })
    shared.noteHook('beforeAll', hook, ['/app/setup.ts'])
    shared.startCollecting()
    shared.noteHook('beforeAll', ofPackage, ['/app/node_modules/helper/index.js', '/app/a.test.ts'])
    expect(shared.reason(file)).toBeUndefined()
  })

  test('not where it could not be collected', () => {
    const { file } = tree()
    hooks.set(file, undefined)
    expect(shared.reason(file)).toBeUndefined()
    expect(hasAroundEach(file)).toBe(false)
  })
})

test('a suite within a file shares state by any such hook, which names it', () => {
  const { suite } = tree()
  expect(shared.reason(suite)).toBeUndefined()
  hooks.set(suite, { beforeAll: [hook] })
  expect(shared.reason(suite)).toBe('the suite "inner" has a beforeAll hook')
})

describe('a file-scoped fixture', () => {
  type Extend = (...args: unknown[]) => { extend: Extend }
  const own = (...args: unknown[]) => (vitest.test as unknown as { extend: Extend }).extend(...args)

  test.each([
    ['file', [{ db: [async () => {}, { scope: 'file' }] }]],
    ['worker', [{ db: [async () => {}, { scope: 'worker' }] }]],
  ])('of scope %s shares state', (_, args) => {
    const { file, suite } = tree()
    own(...args)
    expect(shared.reason(file)).toBe('the test file has a file-scoped fixture')
    expect(shared.reason(suite)).toBeUndefined()
    shared.startFile()
    expect(shared.reason(file)).toBeUndefined()
  })

  test('is found in what extends an extended test', () => {
    own({ plain: 1 }).extend({ db: [async () => {}, { scope: 'file' }] })
    expect(shared.reason(tree().file)).toBe('the test file has a file-scoped fixture')
  })

  test('is none that is made for each test', () => {
    own({ a: async () => {}, b: [async () => {}, { auto: true }], c: [1, 2], d: null })
    own({ e: [async () => {}, { scope: 'test' }] })
    expect(shared.reason(tree().file)).toBeUndefined()
  })

  test('leaves what extend gives as it is', () => {
    const extended = own({ a: 1 })
    expect(extended).toBeTypeOf('function')
    expect(extended).not.toBe(vitest.test)
  })
})

describe('an aroundEach hook', () => {
  test('is found in a file and in its suites, however deep', () => {
    const { file, suite } = tree()
    expect(hasAroundEach(file)).toBe(false)
    hooks.set(suite, { aroundEach: [hook] })
    expect(hasAroundEach(file)).toBe(true)
  })

  test('is not looked for in tests', () => {
    const { file } = tree()
    expect(hasAroundEach({ ...file, type: 'test' })).toBe(false)
  })
})
