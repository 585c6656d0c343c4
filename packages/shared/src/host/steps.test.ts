import { describe, expect, test } from 'vitest'
import { isThenable, runAsync, runMaybe, runSync, type Steps, wait } from './steps.ts'

function* add(left: number | Promise<number>, right: number | Promise<number>): Steps<number> {
  return (yield* wait(left)) + (yield* wait(right))
}

function* recover(value: unknown): Steps<unknown> {
  try {
    return yield* wait(value)
  } catch (error) {
    return { caught: error }
  }
}

const needsAsync = () => new Error('needs async')

describe('the asynchronous driver', () => {
  test('gives the result of plain values and of promises alike', async () => {
    expect(await runAsync(add(1, 2))).toBe(3)
    expect(await runAsync(add(Promise.resolve(1), 2))).toBe(3)
    expect(await runAsync(add(Promise.resolve(1), Promise.resolve(2)))).toBe(3)
  })

  test('throws a rejection into the steps, where it can be caught', async () => {
    const error = new Error('x')
    expect(await runAsync(recover(Promise.reject(error)))).toEqual({ caught: error })
  })

  test.each([undefined, null, 0, 'text'])('a rejection with %j is passed on as it is', async (reason) => {
    const outcome = await runAsync(add(1, Promise.reject(reason))).then(
      () => 'resolved',
      (error: unknown) => ({ error }),
    )
    expect(outcome).toEqual({ error: reason })
  })

  test('a throw before the first wait is a rejection', async () => {
    // biome-ignore lint/correctness/useYield: it throws before it could
    const broken = function* (): Steps<never> {
      throw new Error('at once')
    }
    await expect(runAsync(broken())).rejects.toThrow('at once')
  })

  test('runs cleanup of steps that fail', async () => {
    const events: string[] = []
    const steps = function* (): Steps<void> {
      try {
        yield* wait(Promise.reject(new Error('x')))
      } finally {
        events.push('cleaned')
      }
    }
    await expect(runAsync(steps())).rejects.toThrow('x')
    expect(events).toEqual(['cleaned'])
  })
})

describe('the driver that goes as far as it can', () => {
  test('gives the plain result if nothing has to be waited for', () => {
    expect(runMaybe(add(1, 2))).toBe(3)
  })

  test('gives a promise otherwise', async () => {
    const result = runMaybe(add(1, Promise.resolve(2)))
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toBe(3)
  })

  test('throws at once what fails before the first wait', () => {
    // biome-ignore lint/correctness/useYield: it throws before it could
    const broken = function* (): Steps<never> {
      throw new Error('at once')
    }
    expect(() => runMaybe(broken())).toThrow('at once')
  })
})

describe('the synchronous driver', () => {
  test('gives the result of plain values', () => {
    expect(runSync(add(1, 2), needsAsync)).toBe(3)
  })

  test('fails with the given error where it would have to wait', () => {
    expect(() => runSync(add(1, Promise.resolve(2)), needsAsync)).toThrow('needs async')
  })

  test('steps may catch that error and go on', () => {
    expect(runSync(recover(Promise.resolve(1)), needsAsync)).toEqual({
      caught: expect.objectContaining({ message: 'needs async' }),
    })
  })

  test('a promise that nobody waits for does not surface when it rejects', async () => {
    const surfaced: unknown[] = []
    const note = (reason: unknown) => surfaced.push(reason)
    process.on('unhandledRejection', note)
    try {
      expect(() => runSync(add(Promise.reject(new Error('left')), 1), needsAsync)).toThrow('needs async')
      await new Promise((resolve) => setTimeout(resolve, 5))
    } finally {
      process.off('unhandledRejection', note)
    }
    expect(surfaced).toEqual([])
  })
})

test('a thenable is what has a then function, also when it is a function', () => {
  const withThen = (then: unknown): object => Object.fromEntries([['then', then]])
  const callable = Object.assign(
    () => {},
    withThen(() => {}),
  )
  expect([Promise.resolve(), withThen(() => {}), callable].map(isThenable)).toEqual([true, true, true])
  expect([null, undefined, 1, 'then', {}, withThen(1), () => {}].some(isThenable)).toBe(false)
})
