import vm from 'node:vm'
import { BadOptionError, NotFreshError } from 'fresh-modules/internal/core'
import { expect, test } from 'vitest'
import { inSandbox } from './sandbox-errors.ts'

const realm = vm.runInContext('globalThis', vm.createContext({})) as typeof globalThis

test('an error keeps message, name and code, and is one of the sandbox', () => {
  const error = inSandbox(realm, new NotFreshError('x', 'why', 'Do this.'))
  expect(error).toMatchObject({ code: 'ERR_NOT_FRESH', name: 'NotFreshError' })
  expect(error.message).toContain('why')
  expect(error instanceof realm.Error).toBe(true)
  expect(error instanceof Error).toBe(false)
})

test('a type error stays one', () => {
  expect(inSandbox(realm, new BadOptionError('x', 'y', 'z')) instanceof realm.TypeError).toBe(true)
})
