import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compileRules } from '../flags/config.ts'
import { createCoreState } from '../host/core-state.ts'
import { withEnv, withEnvSync } from './env.ts'

const NAMES = ['FRESH_A', 'FRESH_B', 'FRESH_C'] as const
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
