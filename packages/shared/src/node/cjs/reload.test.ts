import { expect, test } from 'vitest'
import { whyNotReloadable } from './reload.ts'

test.each([
  ['a function', () => {}],
  ['a class instance', new Map()],
  ['a primitive', 5],
  ['a proxy', new Proxy({}, {})],
])('%s as module.exports cannot be reloaded', (_, exports) => {
  expect(whyNotReloadable(exports)).toContain('not an ordinary object')
})

test('neither can what is frozen, or what has an export that is fixed', () => {
  expect(whyNotReloadable(Object.freeze({}))).toContain('frozen or sealed')
  expect(whyNotReloadable(Object.defineProperty({}, 'a', { get: () => 1, enumerable: true }))).toContain(
    'export a',
  )
})

test('ordinary exports can, and so can what a compiler has marked', () => {
  expect(whyNotReloadable({ a: 1 })).toBeUndefined()
  expect(whyNotReloadable(Object.create(null))).toBeUndefined()
  expect(whyNotReloadable(Object.defineProperty({}, '__esModule', { value: true }))).toBeUndefined()
})
