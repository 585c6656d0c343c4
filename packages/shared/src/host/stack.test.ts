import { expect, test } from 'vitest'
import { callSites, sitesAbove, withCallSites } from './stack.ts'

function inner() {
  return callSites(1, inner)
}

test('call sites are those above a function, nearest first', () => {
  const named = () => inner()
  expect(named().map((site) => site.getFunctionName())).toEqual(['named'])
})

test('the settings of stack traces are left as they were, whatever happens', () => {
  const before = [Error.prepareStackTrace, Error.stackTraceLimit]
  expect(() =>
    withCallSites(3, () => {
      throw new Error('stuck')
    }),
  ).toThrow('stuck')
  expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual(before)
})

test('within them an error has its call sites as its stack', () => {
  const found = withCallSites(100, () => [sitesAbove(withCallSites), new Error('here').stack as unknown])
  expect(found.every(Array.isArray)).toBe(true)
})
