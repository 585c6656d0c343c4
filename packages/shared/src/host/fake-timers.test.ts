import { mock } from 'node:test'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { unlessHeldUp } from './fake-timers.ts'

const error = new Error('held up')
const held = (run: () => Promise<unknown>) => unlessHeldUp(run, () => error)
const never = () => new Promise<unknown>(() => {})
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const { setImmediate: soon } = globalThis

afterEach(() => {
  vi.useRealTimers()
  mock.timers.reset()
})

describe('what awaits a timer', () => {
  test('goes on where timers are real, and where nobody is held up', async () => {
    expect(await held(async () => 'done')).toBe('done')
    await held(() => sleep(1))
    vi.useFakeTimers()
    expect(await held(async () => 'done')).toBe('done')
    await expect(held(() => Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  })

  test('is given up where it is fake', async () => {
    vi.useFakeTimers()
    await expect(held(() => sleep(1))).rejects.toBe(error)
  })

  test('is given up where it is one of node:test', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    await expect(held(() => sleep(1))).rejects.toBe(error)
  })

  test('goes on when somebody moves the clock, or puts the real timers back', async () => {
    vi.useFakeTimers()
    const moved = held(() => sleep(1000).then(() => 'moved'))
    await vi.advanceTimersByTimeAsync(1000)
    expect(await moved).toBe('moved')
    const put = held(
      () =>
        new Promise((resolve) =>
          soon(() => {
            vi.useRealTimers()
            void sleep(1500).then(() => resolve('put back'))
          }),
        ),
    )
    expect(await put).toBe('put back')
  })

  test('is not to blame for what awaits something else', async () => {
    vi.useFakeTimers()
    setTimeout(() => {}, 1)
    const waiting = held(never)
    const outcome = await Promise.race([
      waiting.catch(() => 'given up'),
      new Promise((resolve) => slowly(() => resolve('waits'), 2500)),
    ])
    expect(outcome).toBe('waits')
  })
})

const { setTimeout: slowly } = globalThis
