import { expect, test } from 'vitest'
import { isPossible, ways } from './ways.ts'

const possible = (...args: [framework: 'vitest' | 'jest', sharesRealms: boolean]): string[] =>
  ways.filter((way) => isPossible(way, ...args)).map(({ name }) => name)

test('Vitest shares workers with fresh-modules and without', () => {
  expect(possible('vitest', false)).toEqual(ways.map(({ name }) => name))
})

test('Jest shares realms where its adapter can, and never by itself', () => {
  expect(possible('jest', false)).toEqual(['as-is', 'isolated-files', 'isolated-defaults'])
  expect(possible('jest', true)).toEqual([
    'as-is',
    'shared-files',
    'shared-defaults',
    'isolated-files',
    'isolated-defaults',
  ])
})
