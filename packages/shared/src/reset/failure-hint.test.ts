import { expect, test } from 'vitest'
import type { ModuleId } from '../host/module-id.ts'
import { failureHint } from './failure-hint.ts'

const ids = (...names: string[]) => names.map((name) => `/app/${name}` as ModuleId)

test('it names the modules from the root, and ends in the line to write', () => {
  expect(failureHint('/app', ids('src/a.ts', 'src/b.ts'))).toBe(
    'fresh-modules had reset src/a.ts, src/b.ts before this test. If it relies on what an earlier test left there, begin the file with: /** @fresh-modules reset-between-files: <why> */',
  )
})

test('of many it names three', () => {
  expect(failureHint('/app', ids('a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts'))).toContain(
    'a.ts, b.ts, c.ts and 2 more',
  )
})

test('where nothing was reset there is nothing to say', () => {
  expect(failureHint('/app', [])).toBeUndefined()
})
