import { expect, test, vi } from 'vitest'
import { type KeptFacts, keptByFramework } from './kept-reasons.ts'

const why = (more: Partial<KeptFacts> = {}) =>
  keptByFramework({ isMocked: false, isOfSetup: false, hasRegisteredHooks: () => false, ...more })

test('a module of which nothing is known may be reset', () => {
  expect(why()).toBeUndefined()
})

test('what a mock stands for stays', () => {
  expect(why({ isMocked: true })).toBe('it is mocked')
})

test('what a setup file loaded stays, and nobody looks for its hooks', () => {
  const hasRegisteredHooks = vi.fn(() => true)
  expect(why({ isOfSetup: true, hasRegisteredHooks })).toBe('a setup file loaded it')
  expect(hasRegisteredHooks).not.toHaveBeenCalled()
})

test('what has registered test hooks stays', () => {
  expect(why({ hasRegisteredHooks: () => true })).toBe('it has registered test hooks')
})
