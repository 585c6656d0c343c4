import { expect, test, vi } from 'vitest'
import type { ModuleId } from '../host/module-id.ts'
import { type KeptFacts, keptByFramework } from './kept-reasons.ts'

const why = (id: string, more: Partial<KeptFacts> = {}) =>
  keptByFramework({ id: id as ModuleId, isOfSetup: false, hasRegisteredHooks: () => false, ...more })

test('a module of which nothing is known may be reset', () => {
  expect(why('/app/db.ts')).toBeUndefined()
  expect(why('/app/__mocks__.ts')).toBeUndefined()
})

test.each([
  'mock:/app/db.ts',
  '/app/__mocks__/db.ts',
  '/app/__mocks__/db.ts?x=1',
  'C:\\app\\__mocks__\\db.ts',
])('%s is a mock', (id) => expect(why(id)).toBe('it is a mock'))

test('what a setup file loaded stays, and nobody looks for its hooks', () => {
  const hasRegisteredHooks = vi.fn(() => true)
  expect(why('/app/db.ts', { isOfSetup: true, hasRegisteredHooks })).toBe('a setup file loaded it')
  expect(hasRegisteredHooks).not.toHaveBeenCalled()
})

test('what has registered test hooks stays', () => {
  expect(why('/app/db.ts', { hasRegisteredHooks: () => true })).toBe('it has registered test hooks')
})
