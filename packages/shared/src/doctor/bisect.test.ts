import { expect, test } from 'vitest'
import { lastNeeded } from './bisect.ts'

test.each([0, 1, 6, 7])('finds the one that matters at %i of 8, in three questions', async (at) => {
  const asked: number[] = []
  const hasEffect = async (from: number): Promise<boolean> => {
    asked.push(from)
    return from <= at
  }
  expect(await lastNeeded(8, hasEffect)).toBe(at)
  expect(asked).toHaveLength(3)
})

test('asks nothing where there is one', async () => {
  expect(await lastNeeded(1, () => Promise.reject(new Error('asked')))).toBe(0)
})

test('finds the later of two that would do alone, and the earlier of two that are both needed', async () => {
  expect(await lastNeeded(8, async (from) => from <= 2 || from <= 5)).toBe(5)
  expect(await lastNeeded(8, async (from) => from <= 2 && from <= 5)).toBe(2)
})
