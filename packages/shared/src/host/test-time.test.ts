import { afterEach, describe, expect, test, vi } from 'vitest'
import { compileRules } from '../flags/config.ts'
import { createCoreState } from './core-state.ts'
import { fileEnded, testEnded, testStarted } from './lifecycle.ts'
import { areTimersFake, timeLeft, withinTestTime } from './test-time.ts'

const newState = () => createCoreState(compileRules([], '/app'))
const sleeping = () => new Promise((resolve) => globalThis.setTimeout(resolve, 1000, 'done'))

afterEach(() => void vi.useRealTimers())

describe('the time that is left', () => {
  test('is that of the test that is out of time first, while it runs', async () => {
    const state = newState()
    expect(timeLeft(state)).toBeUndefined()
    testStarted(state, 'long', 100_000)
    testStarted(state, 'short', 10_000)
    testStarted(state, 'unlimited', 0)
    expect(timeLeft(state)).toBeLessThanOrEqual(9_000)
    await testEnded(state, 'short')
    expect(timeLeft(state)).toBeGreaterThan(9_000)
    await fileEnded(state)
    expect(timeLeft(state)).toBeUndefined()
  })
})

describe('a wait', () => {
  const state = newState()
  testStarted(state, 'test', 20)
  const error = new Error('time is up')

  test('for a fake timer that nobody advances ends before the test is out of time', async () => {
    vi.useFakeTimers()
    expect(areTimersFake()).toBe(true)
    testStarted(state, 'test', 20)
    await expect(withinTestTime(state, sleeping, () => error)).rejects.toBe(error)
  })

  test('for a fake timer that is advanced meanwhile gets what it waits for', async () => {
    vi.useFakeTimers()
    testStarted(state, 'test', 60_000)
    const waited = withinTestTime(state, sleeping, () => error)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await waited).toBe('done')
  })

  test('for something else than a timer goes on', async () => {
    vi.useFakeTimers()
    testStarted(state, 'test', 20)
    const { setTimeout } =
      await vi.importActual<typeof import('node:timers/promises')>('node:timers/promises')
    expect(
      await withinTestTime(
        state,
        () => setTimeout(40, 'done'),
        () => error,
      ),
    ).toBe('done')
  })

  test('with real timers is as it was', async () => {
    expect(areTimersFake()).toBe(false)
    expect(
      await withinTestTime(
        state,
        async () => 'done',
        () => error,
      ),
    ).toBe('done')
  })
})
