import type { ModuleId } from 'fresh-modules/internal'
import { expect, test } from 'vitest'
import { type ActiveScope, ActiveScopes } from './active-scopes.ts'

/** A scope that was asked for by `caller`, and in which these are being evaluated. */
function scope(caller: string | undefined, ...evaluating: string[]): ActiveScope {
  return { caller: caller as ModuleId | undefined, isEvaluating: (id) => evaluating.includes(id) }
}

test('who waits for a scope is its caller, and who waits for the scope in which that is evaluated', () => {
  const active = new ActiveScopes()
  const [outer, middle, inner] = [scope('test', 'a'), scope('a', 'b'), scope('b', 'c')]
  for (const each of [outer, middle, inner]) active.enter(each)
  expect(active.callersOf(inner)).toEqual(['b', 'a', 'test'])
  expect(active.callersOf(outer)).toEqual(['test'])
})

test('a scope in which nothing of the caller is evaluated has no part in it', () => {
  const active = new ActiveScopes()
  active.enter(scope('other test', 'x'))
  expect(active.callersOf(scope('a'))).toEqual(['a'])
  expect(active.callersOf(scope(undefined))).toEqual([])
})

test('scopes that wait for each other are each named once', () => {
  const active = new ActiveScopes()
  const [one, other] = [scope('a', 'b'), scope('b', 'a')]
  for (const each of [one, other]) active.enter(each)
  expect(active.callersOf(one)).toEqual(['a', 'b'])
})

test('a scope is active from its first evaluation until that one has ended', () => {
  const active = new ActiveScopes()
  const [outer, inner] = [scope('test', 'a'), scope('a')]
  const callers = () => active.callersOf(inner)
  expect(active.enter(outer)).toBe(true)
  // One that begins meanwhile is not the one that ends it.
  expect(active.enter(outer)).toBe(false)
  expect(callers()).toEqual(['a', 'test'])
  active.leave(outer)
  expect(callers()).toEqual(['a'])
  expect(active.enter(outer)).toBe(true)
})
