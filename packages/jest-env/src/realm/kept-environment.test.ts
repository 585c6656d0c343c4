import { createContext, runInContext } from 'node:vm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { EnvironmentConfig, EnvironmentContext } from '../environment-types.ts'
import { keptEnvironment, type RealmRequest } from './kept-environment.ts'
import { leaveRealm, realmOfEnvironment } from './realms.ts'
import { assertSameGlobal } from './refusals.ts'

const constructed = vi.fn()
const tornDown = vi.fn()

/** Each test has its own root, and so its own realms. */
function classes() {
  class Root {
    global = runInContext('this', createContext({})) as object
    moduleMocker = null
    constructor(_: EnvironmentConfig, context: EnvironmentContext) {
      constructed(context.testPath)
    }
    async setup() {}
    async teardown() {
      tornDown(this)
    }
    getVmContext() {
      return this.global
    }
  }
  class Sub extends Root {
    #count = 0
    readonly file: string
    constructor(config: EnvironmentConfig, context: EnvironmentContext) {
      super(config, context)
      this.file = context.testPath
    }
    count() {
      return ++this.#count
    }
  }
  return { Root, Sub }
}

const config = (fields: object = {}, global: object = {}) =>
  ({
    globalConfig: global,
    projectConfig: { id: 'id', testEnvironmentOptions: {}, ...fields },
  }) as EnvironmentConfig
const context = (testPath: string) =>
  ({ testPath, console: {}, docblockPragmas: {} }) as unknown as EnvironmentContext
const request: RealmRequest = { isOwn: false, options: {} }

beforeEach(() => {
  constructed.mockClear()
  tornDown.mockClear()
})

test('the root is constructed once, subclasses for each file, on an object of their own', async () => {
  const Kept = keptEnvironment(classes().Sub as never) as unknown as new (
    ...args: unknown[]
  ) => InstanceType<ReturnType<typeof classes>['Sub']>
  class Outer extends Kept {
    own = 1
  }
  const first = new Outer(config(), context('/a'), request)
  expect([first.count(), first.count(), first.file, first.own++]).toEqual([1, 2, '/a', 1])
  await leaveRealm(first, () => first.teardown())
  const second = new Outer(config(), context('/b'), request)
  expect([second.count(), second.file, second.own]).toEqual([1, '/b', 1])
  expect(second).not.toBe(first)
  expect(second.global).toBe(first.global)
  expect(realmOfEnvironment(second)).toBe(realmOfEnvironment(first))
  expect(constructed.mock.calls).toEqual([['/a']])
  expect(tornDown).not.toHaveBeenCalledWith(first)
  expect(second).toBeInstanceOf(Outer)
})

describe('a realm of its own, torn down as by default, has', () => {
  test.each<[string, EnvironmentConfig, RealmRequest]>([
    ['a file that asks for it', config(), { ...request, isOwn: true }],
    ['a file of another project', config({ id: 'other' }), request],
    [
      'a file with other options of the environment',
      config({ testEnvironmentOptions: { url: 'x' } }),
      request,
    ],
    ['a file with other options of the adapter', config(), { ...request, options: { resetPackages: ['x'] } }],
  ])('%s', async (_, otherConfig, otherRequest) => {
    const Kept = keptEnvironment(classes().Root as never)
    const first = new Kept(config(), context('/a'), request)
    await leaveRealm(first, () => first.teardown())
    const other = new Kept(otherConfig, context('/b'), otherRequest)
    expect(other.global).not.toBe(first.global)
    expect(constructed).toHaveBeenCalledTimes(2)
    await leaveRealm(other, () => other.teardown())
    expect(tornDown.mock.calls.flat().includes(other)).toBe(otherRequest.isOwn)
    expect(new Kept(config(), context('/c'), request).global).toBe(first.global)
  })

  test('a file without a request', () => {
    const Kept = keptEnvironment(classes().Root as never)
    expect(realmOfEnvironment(new Kept(config(), context('/a')))).toBeUndefined()
  })

  test('the file after one that was not torn down', () => {
    const Kept = keptEnvironment(classes().Root as never)
    const first = new Kept(config(), context('/a'), request)
    expect(new Kept(config(), context('/b'), request).global).not.toBe(first.global)
    expect(tornDown).toHaveBeenCalledWith(first)
  })

  test('the file after one that has left what cannot be put back, which is told', async () => {
    const Kept = keptEnvironment(classes().Root as never)
    const first = new Kept(config(), context('/a'), request)
    Object.defineProperty(first.global, 'left', { value: 1 })
    const unrestored = await leaveRealm(first, () => first.teardown())
    expect(unrestored.map(({ what }) => what)).toEqual(['globalThis.left'])
    expect(new Kept(config(), context('/b'), request).global).not.toBe(first.global)
  })
})

describe('is refused:', () => {
  test('the detection of leaks', () => {
    const Kept = keptEnvironment(classes().Root as never)
    for (const refused of [config({ detectLeaks: true }), config({}, { detectLeaks: true })])
      expect(() => new Kept(refused, context('/a'), request)).toThrow(
        /detectLeaks looks for realms that stay/,
      )
    expect(constructed).not.toHaveBeenCalled()
  })

  test('a root with private fields', () => {
    class Private {
      #own = 1
      own() {
        return this.#own
      }
    }
    const Kept = keptEnvironment(Private as never)
    expect(() => new Kept(config(), context('/a'), request)).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED_HOST' }),
    )
  })

  test('a constructor that returns another object', () => {
    const { Root } = classes()
    class Other extends Root {
      constructor(...args: ConstructorParameters<typeof Root>) {
        super(...args)
        // biome-ignore lint/correctness/noConstructorReturn: what is to be refused
        return Object.create(this)
      }
    }
    const Kept = keptEnvironment(Other as never)
    expect(() => new Kept(config(), context('/a'), request)).toThrow(/returns another object/)
  })

  test('a global that is another object by now', () => {
    const { Root } = classes()
    const environment = new Root(config(), context('/a'))
    expect(() => assertSameGlobal(environment as never, environment.global)).not.toThrow()
    expect(() => assertSameGlobal(environment as never, {})).toThrow(/its global is another object/)
  })
})
