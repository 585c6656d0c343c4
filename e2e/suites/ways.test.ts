import { expect, test } from 'vitest'
import { known } from './known.ts'
import type { Suite } from './suite.ts'
import { waysOf } from './ways.ts'

const suite = (framework: Suite['framework']): Suite => ({
  name: 'lib',
  framework,
  repository: 'owner/lib',
  commit: '0',
  install: 'npm install',
  setup: '',
})

const names = (...args: Parameters<typeof waysOf>): string[] => waysOf(...args).map(({ name }) => name)

test('Vitest shares workers with fresh-modules and without', () => {
  const all = ['shared-raw', 'shared-files', 'shared-defaults', 'isolated-defaults']
  expect(names(suite('vitest'), undefined, false)).toEqual(all)
})

test('Jest shares realms where its adapter can, and never by itself', () => {
  expect(names(suite('jest'), undefined, false)).toEqual(['isolated-files', 'isolated-defaults'])
  const all = ['shared-files', 'shared-defaults', 'isolated-files', 'isolated-defaults']
  expect(names(suite('jest'), undefined, true)).toEqual(all)
  expect(names(suite('jest'), ['shared-raw'], true)).toEqual([])
})

test('ways that are asked for are the only ones', () => {
  expect(names(suite('vitest'), ['isolated', 'isolated-files'], false)).toEqual(['isolated-files'])
})

test('each suite has a name of its own', () => {
  expect(new Set(known.map(({ name }) => name)).size).toBe(known.length)
})
