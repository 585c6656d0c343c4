import { expect, test } from 'vitest'
import { known } from './known.ts'
import { waysOf } from './ways-of.ts'

const names = (...args: Parameters<typeof waysOf>): string[] => waysOf(...args).map(({ name }) => name)

test('the usual ways are those that the framework and its adapter have', () => {
  const all = ['shared-raw', 'shared-files', 'shared-defaults', 'isolated-defaults']
  expect(names('vitest', undefined, false)).toEqual(all)
  expect(names('jest', undefined, false)).toEqual(['isolated-files', 'isolated-defaults'])
})

test('ways that are asked for are the only ones', () => {
  expect(names('vitest', ['as-is', 'isolated-files'], false)).toEqual(['isolated-files'])
  expect(names('jest', ['shared-raw'], true)).toEqual([])
})

test('each suite has a name of its own', () => {
  expect(new Set(known.map(({ name }) => name)).size).toBe(known.length)
})
