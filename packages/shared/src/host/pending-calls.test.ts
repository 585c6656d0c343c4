import { describe, expect, test, vi } from 'vitest'
import { compileRules } from '../flags/config.ts'
import { type CoreState, createCoreState, type PendingCall } from './core-state.ts'
import { currentCall, enclosingCalls, runWithin, runWithinSync } from './pending-calls.ts'

const newState = () => createCoreState(compileRules([], '/app'))
const tick = () => new Promise((resolve) => setTimeout(resolve, 1))
const callOf = (state: CoreState, kind: PendingCall['kind'] = 'surroundings'): PendingCall => ({
  kind,
  parent: currentCall(state),
})

test('outside of every call there is none', () => {
  const state = newState()
  expect(currentCall(state)).toBeUndefined()
  expect([...enclosingCalls(state)]).toEqual([])
})

test('code is part of the call that runs it, also after an await', async () => {
  const state = newState()
  const call = callOf(state)
  await runWithin(state, call, async () => {
    expect(currentCall(state)).toBe(call)
    await tick()
    expect(currentCall(state)).toBe(call)
  })
  expect(currentCall(state)).toBeUndefined()
})

test('calls are told innermost first', async () => {
  const state = newState()
  await runWithin(state, callOf(state, 'surroundings'), () =>
    runWithin(state, callOf(state, 'reload'), async () => {
      await tick()
      expect([...enclosingCalls(state)].map(({ kind }) => kind)).toEqual(['reload', 'surroundings'])
    }),
  )
})

test('calls that overlap never see each other', async () => {
  const state = newState()
  const seen = await Promise.all(
    (['surroundings', 'reload'] as const).map((kind) =>
      runWithin(state, callOf(state, kind), async () => {
        await tick()
        return [...enclosingCalls(state)].map((call) => call.kind)
      }),
    ),
  )
  expect(seen).toEqual([['surroundings'], ['reload']])
})

test('code that runs at the same time as a pending call is not part of it', async () => {
  const state = newState()
  let release = () => {}
  const pending = runWithin(state, callOf(state), () => new Promise<void>((resolve) => (release = resolve)))
  expect(state.pendingCalls).toBe(1)
  expect(currentCall(state)).toBeUndefined()
  release()
  await pending
})

describe('once the last call is over', () => {
  test('what it has left running is no part of it, though another call is pending', async () => {
    const state = newState()
    const call = callOf(state)
    let left: Promise<unknown> | undefined
    await runWithin(state, call, () => {
      left = tick().then(() => [...enclosingCalls(state)])
    })
    const other = runWithin(state, callOf(state, 'reload'), () => left)
    expect(await other).toEqual([])
    expect(state.pendingCalls).toBe(0)
  })

  test('the async context is off again, which would slow down every await', async () => {
    const state = newState()
    const disable = vi.spyOn(state.calls, 'disable')
    await runWithin(state, callOf(state), () => {
      runWithinSync(state, callOf(state), () => {})
      expect(disable).not.toHaveBeenCalled()
    })
    expect(disable).toHaveBeenCalledOnce()
  })

  test('a call within it that is still pending is no part of it any more', async () => {
    const state = newState()
    let inner: Promise<string[]> | undefined
    await runWithin(state, callOf(state, 'surroundings'), () => {
      inner = runWithin(state, callOf(state, 'reload'), async () => {
        await tick()
        return [...enclosingCalls(state)].map(({ kind }) => kind)
      })
    })
    expect(await inner).toEqual(['reload'])
  })

  test('what it has left running is still part of the calls around it', async () => {
    const state = newState()
    const kinds = await runWithin(state, callOf(state, 'surroundings'), async () => {
      let left: Promise<unknown> | undefined
      await runWithin(state, callOf(state, 'reload'), () => {
        left = tick().then(() => [currentCall(state), ...enclosingCalls(state)].map((call) => call?.kind))
      })
      return left
    })
    expect(kinds).toEqual(['surroundings', 'surroundings'])
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('x'))],
    [
      'throws',
      () => {
        throw new Error('x')
      },
    ],
  ])('it counts as over when it %s', async (_, run) => {
    const state = newState()
    await expect(runWithin(state, callOf(state), run)).rejects.toThrow('x')
    expect(state.pendingCalls).toBe(0)
  })

  test('the earlier one of two may end last', async () => {
    const state = newState()
    const outer = runWithin(state, callOf(state, 'surroundings'), async () => {
      await runWithin(state, callOf(state, 'reload'), () => {})
      await tick()
      return currentCall(state)?.kind
    })
    expect(await outer).toBe('surroundings')
    expect(state.pendingCalls).toBe(0)
  })
})

describe('a call that must not wait', () => {
  test('returns the result as it is, and is over at once', () => {
    const state = newState()
    const call = callOf(state)
    expect(runWithinSync(state, call, () => currentCall(state))).toBe(call)
    expect(state.pendingCalls).toBe(0)
    expect(currentCall(state)).toBeUndefined()
  })

  test('is over when it throws', () => {
    const state = newState()
    expect(() =>
      runWithinSync(state, callOf(state), () => {
        throw new Error('x')
      }),
    ).toThrow('x')
    expect(state.pendingCalls).toBe(0)
  })
})

test('goes without what the runtime does not implement, as in Cloudflare’s', async () => {
  const state = newState()
  state.calls.disable = () => {
    throw new Error('asyncLocalStorage.disable() is not implemented')
  }
  expect(await runWithin(state, { kind: 'reload', parent: undefined }, async () => 'done')).toBe('done')
  expect(runWithinSync(state, { kind: 'reload', parent: undefined }, () => 'done')).toBe('done')
  expect(state.pendingCalls).toBe(0)
  expect(currentCall(state)).toBeUndefined()
})
