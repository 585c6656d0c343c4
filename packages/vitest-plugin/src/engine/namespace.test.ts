import { describe, expect, test, vi } from 'vitest'
import { plainExports } from './live-exports.ts'
import {
  exportsOf,
  type Namespace,
  newNamespace,
  replaceExports,
  restoreSpies,
  takeExports,
} from './namespace.ts'

function namespaceWith(exports: Record<string, () => unknown>): Namespace {
  const target = plainExports(newNamespace())
  for (const [name, get] of Object.entries(exports)) target.define(name, get)
  return target.namespace
}

import { viewForSpy } from './spies.ts'

test('a namespace looks like one', () => {
  const namespace = newNamespace()
  expect(Object.prototype.toString.call(namespace)).toBe('[object Module]')
  expect(Object.keys(namespace)).toEqual([])
  expect('toString' in namespace).toBe(false)
})

describe('the exports of a module', () => {
  test('are its getters, and not what others have added', () => {
    const namespace = namespaceWith({ a: () => 1 })
    namespace['theirs'] = 1
    Object.defineProperty(namespace, 'accessor', { configurable: true, get: () => 1, set: () => {} })
    expect([...exportsOf(namespace)]).toEqual(['a'])
  })

  test('include the default of inlined CommonJS, which is a value', () => {
    const namespace = namespaceWith({})
    namespace['default'] = {}
    expect([...exportsOf(namespace)]).toEqual(['default'])
  })

  test('are those of the last evaluation, once it was ours', () => {
    const namespace = namespaceWith({ a: () => 1 })
    replaceExports(namespace, namespaceWith({ b: () => 2 }))
    Object.defineProperty(namespace, 'theirs', { configurable: true, get: () => 1 })
    expect([...exportsOf(namespace)]).toEqual(['b'])
  })
})

describe('replaced exports', () => {
  test('are live, those that are gone go, and what others have put there stays', () => {
    const namespace = namespaceWith({ a: () => 1, gone: () => 1 })
    namespace['theirs'] = 'x'
    let a = 2
    replaceExports(namespace, namespaceWith({ a: () => a, more: () => 2 }))
    expect({ ...namespace }).toEqual({ a: 2, more: 2, theirs: 'x' })
    a = 3
    expect(namespace['a']).toBe(3)
  })

  test('are those of the new copy even where a spy stood in their place', () => {
    const namespace = namespaceWith({ greet: () => () => 'old' })
    vi.spyOn(viewForSpy(namespace) as { greet(): string }, 'greet').mockReturnValue('spied')
    replaceExports(namespace, namespaceWith({ greet: () => () => 'new' }))
    vi.restoreAllMocks()
    expect((namespace['greet'] as () => string)()).toBe('new')
  })
})

describe('taken exports', () => {
  test('come back exactly, and what was defined meanwhile goes', () => {
    const namespace = namespaceWith({ a: () => 1 })
    namespace['theirs'] = 'x'
    const taken = takeExports(namespace)
    expect({ ...namespace }).toEqual({ theirs: 'x' })
    plainExports(namespace).define('half', () => 2)
    plainExports(namespace).define('a', () => 2)
    taken.putBack()
    expect({ ...namespace }).toEqual({ a: 1, theirs: 'x' })
  })

  test('give way to the new ones where the evaluation has succeeded', () => {
    const namespace = namespaceWith({ a: () => 1, gone: () => 1 })
    const taken = takeExports(namespace)
    plainExports(namespace).define('a', () => 2)
    taken.finish()
    expect({ ...namespace }).toEqual({ a: 2 })
    expect([...exportsOf(namespace)]).toEqual(['a'])
  })
})

describe('spies on exports', () => {
  test('are restored', () => {
    const namespace = namespaceWith({ greet: () => () => 'real' }) as Namespace & { greet(): string }
    const spy = vi.spyOn(namespace, 'greet').mockReturnValue('spied')
    expect(namespace.greet()).toBe('spied')
    restoreSpies(namespace)
    expect(namespace.greet()).toBe('real')
    expect(vi.isMockFunction(namespace.greet)).toBe(false)
    spy.mockRestore()
  })

  test('are told from exports that were never initialised, and from what cannot be replaced', () => {
    const namespace = namespaceWith({
      late: () => {
        throw new ReferenceError('before initialization')
      },
    })
    Object.defineProperty(namespace, 'fixed', { value: vi.fn(), configurable: false })
    expect(() => restoreSpies(namespace)).not.toThrow()
  })
})
