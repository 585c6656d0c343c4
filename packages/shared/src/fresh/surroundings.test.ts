import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { compileRules } from '../flags/config.ts'
import { type CoreState, createCoreState } from '../host/core-state.ts'
import { withSurroundings, withSurroundingsSync } from './surroundings.ts'

const NAMES = ['FRESH_A', 'FRESH_B', 'FRESH_C'] as const
type Env = Record<string, string | undefined>
const withEnv = <T>(state: CoreState, env: Env | undefined, run: () => Promise<T>): Promise<T> =>
  withSurroundings(state, { env, globals: undefined }, './x', run)
const withEnvSync = <T>(env: Env | undefined, run: () => T): T =>
  withSurroundingsSync({ env, globals: undefined }, './x', run)
const newState = () => createCoreState(compileRules([], '/app'))
const seen = () => NAMES.map((name) => process.env[name])
const tick = () => new Promise((resolve) => setTimeout(resolve, 1))

beforeEach(() => {
  process.env['FRESH_A'] = 'a'
  delete process.env['FRESH_B']
  process.env['FRESH_C'] = 'c'
})
afterEach(() => {
  for (const name of NAMES) delete process.env[name]
})

describe.each([
  [
    'asynchronous',
    (env: Record<string, string | undefined> | undefined, run: () => unknown) =>
      withEnv(newState(), env, async () => run()),
  ],
  [
    'synchronous',
    async (env: Record<string, string | undefined> | undefined, run: () => unknown) => withEnvSync(env, run),
  ],
] as const)('an %s call', (_, withSome) => {
  test('sees the named variables, and afterwards they are as before', async () => {
    expect(await withSome({ FRESH_A: '1', FRESH_B: '2', FRESH_C: undefined }, seen)).toEqual([
      '1',
      '2',
      undefined,
    ])
    expect(seen()).toEqual(['a', undefined, 'c'])
    expect('FRESH_B' in process.env).toBe(false)
  })

  test('puts them back when it fails, too', async () => {
    const failing = withSome({ FRESH_A: '1', FRESH_B: '2' }, () => {
      throw new Error('x')
    })
    await expect(failing).rejects.toThrow('x')
    expect(seen()).toEqual(['a', undefined, 'c'])
  })

  test('puts back what its code has changed of them, and leaves other variables alone', async () => {
    await withSome({ FRESH_A: '1' }, () => {
      process.env['FRESH_A'] = 'changed within'
      process.env['FRESH_B'] = 'set within'
      delete process.env['FRESH_C']
    })
    expect(seen()).toEqual(['a', 'set within', undefined])
  })

  test('without env sees what there is', async () => {
    expect(await withSome(undefined, seen)).toEqual(['a', undefined, 'c'])
  })

  test('with an empty value sets it to the empty text', async () => {
    expect(await withSome({ FRESH_A: '' }, seen)).toEqual(['', undefined, 'c'])
  })
})

describe('calls at one time', () => {
  test('run one after another, each with its own values', async () => {
    const state = newState()
    const log: unknown[] = []
    const call = (value: string) =>
      withEnv(state, { FRESH_A: value }, async () => {
        log.push(`${value} begins`, process.env['FRESH_A'])
        await tick()
        log.push(`${value} ends`, process.env['FRESH_A'])
      })
    await Promise.all([call('1'), call('2')])
    expect(log).toEqual(['1 begins', '1', '1 ends', '1', '2 begins', '2', '2 ends', '2'])
    expect(process.env['FRESH_A']).toBe('a')
  })

  test('go on after one that has failed', async () => {
    const state = newState()
    const failing = withEnv(state, { FRESH_A: '1' }, async () => {
      await tick()
      throw new Error('x')
    })
    const next = withEnv(state, { FRESH_A: '2' }, async () => process.env['FRESH_A'])
    await expect(failing).rejects.toThrow('x')
    expect(await next).toBe('2')
    expect(process.env['FRESH_A']).toBe('a')
  })

  test('nest where one is made within the other, however deep', async () => {
    const state = newState()
    const log: unknown[] = []
    await withEnv(state, { FRESH_A: 'outer' }, async () => {
      await tick()
      await withEnv(state, { FRESH_A: 'inner' }, async () => {
        await withEnv(state, { FRESH_B: 'innermost' }, async () => log.push(seen()))
      })
      log.push(seen())
    })
    expect(log).toEqual([
      ['inner', 'innermost', 'c'],
      ['outer', undefined, 'c'],
    ])
    expect(seen()).toEqual(['a', undefined, 'c'])
  })

  test('of two hosts do not wait for each other', async () => {
    const order: string[] = []
    let release = () => {}
    const held = withEnv(
      newState(),
      { FRESH_A: '1' },
      () => new Promise<void>((resolve) => (release = resolve)),
    )
    await withEnv(newState(), { FRESH_B: '2' }, async () => order.push('second'))
    release()
    await held
    expect(order).toEqual(['second'])
  })
})

test('nothing is pending once a call is over', async () => {
  const state = newState()
  await withEnv(state, { FRESH_A: '1' }, async () => expect(state.pendingCalls).toBe(1))
  expect(state.pendingCalls).toBe(0)
  expect(state.calls.getStore()).toBeUndefined()
})

describe.each([
  [
    'asynchronous',
    (globals: Record<string, unknown>, run: () => unknown) =>
      withSurroundings(newState(), { env: { FRESH_A: '1' }, globals }, './x', async () => run()),
  ],
  [
    'synchronous',
    async (globals: Record<string, unknown>, run: () => unknown) =>
      withSurroundingsSync({ env: { FRESH_A: '1' }, globals }, './x', run),
  ],
] as const)('globals of an %s call', (_, withGlobals) => {
  const world = globalThis as Record<string, unknown>

  afterEach(() => {
    for (const name of ['freshData', 'freshAccessor', 'freshNew']) delete world[name]
    Reflect.deleteProperty(Object.prototype, 'freshInherited')
  })

  test('are there, or are gone, while it runs; afterwards each is as it was', async () => {
    world['freshData'] = 'before'
    Object.defineProperty(world, 'freshAccessor', {
      get: () => 'computed',
      configurable: true,
      enumerable: false,
    })
    const names = ['freshData', 'freshAccessor', 'freshNew']
    const described = () => names.map((name) => Object.getOwnPropertyDescriptor(world, name))
    const before = described()
    const seen = await withGlobals({ freshData: undefined, freshAccessor: 'plain', freshNew: 1 }, () => {
      const found = names.map((name) => (name in globalThis ? world[name] : 'gone'))
      world['freshNew'] = 2
      return [...found, process.env['FRESH_A']]
    })
    expect(seen).toEqual(['gone', 'plain', 1, '1'])
    expect(described()).toEqual(before)
    expect('freshNew' in world).toBe(false)
  })

  test('that are inherited are hidden', async () => {
    Object.defineProperty(Object.prototype, 'freshInherited', { value: 1, configurable: true })
    expect(await withGlobals({ freshInherited: undefined }, () => world['freshInherited'])).toBeUndefined()
    expect(world['freshInherited']).toBe(1)
  })

  test('are put back when it fails, too', async () => {
    world['freshData'] = 'before'
    const failing = withGlobals({ freshData: undefined }, () => {
      throw new Error('x')
    })
    await expect(failing).rejects.toThrow('x')
    expect(world['freshData']).toBe('before')
  })

  test('that cannot be changed are refused by name, before anything is', async () => {
    world['freshData'] = 'before'
    const run = vi.fn()
    // The one property of globalThis that is like a window's own: neither configurable nor writable.
    await expect(withGlobals({ freshData: 1, undefined: 2 }, run)).rejects.toMatchObject({
      code: 'ERR_NOT_FRESH',
      message: expect.stringContaining('globalThis.undefined cannot be changed'),
    })
    expect(run).not.toHaveBeenCalled()
    expect(world['freshData']).toBe('before')
    expect(process.env['FRESH_A']).toBe('a')
  })
})
