import { afterEach, describe, expect, test, vi } from 'vitest'
import { plainExports } from './live-exports.ts'
import { type Namespace, newNamespace, restoreSpies } from './namespace.ts'
import { endSpies, viewForSpy } from './spies.ts'

type Greeter = Namespace & { greet(): string }

function greeter(text: string): Greeter {
  const target = plainExports(newNamespace())
  target.define('greet', () => () => text)
  return target.namespace as Greeter
}

const spyOn = (namespace: Greeter) =>
  vi.spyOn(viewForSpy(namespace) as Greeter, 'greet').mockReturnValue('spied')

afterEach(() => vi.restoreAllMocks())

describe('a spy on an export', () => {
  test('works as ever, and is restored as ever', () => {
    const namespace = greeter('real')
    const spy = spyOn(namespace)
    expect(namespace.greet()).toBe('spied')
    expect(spy).toHaveBeenCalledOnce()
    spy.mockRestore()
    expect(namespace.greet()).toBe('real')
  })

  test('that is made twice is one spy', () => {
    const namespace = greeter('real')
    expect(spyOn(namespace)).toBe(spyOn(namespace))
  })

  test('that was restored for good changes the namespace no more, whoever restores it again', () => {
    const namespace = greeter('old')
    const spy = spyOn(namespace)
    restoreSpies(namespace)
    plainExports(namespace).define('greet', () => () => 'new')
    vi.restoreAllMocks()
    spy.mockRestore()
    expect(namespace.greet()).toBe('new')
  })

  test('may be followed by another one', () => {
    const namespace = greeter('real')
    spyOn(namespace)
    restoreSpies(namespace)
    const again = spyOn(namespace)
    expect(namespace.greet()).toBe('spied')
    again.mockRestore()
    expect(namespace.greet()).toBe('real')
  })
})

test('a namespace that nobody has spied on may be ended all the same', () => {
  expect(() => endSpies(newNamespace())).not.toThrow()
})

test('an export that cannot be replaced fails with the error that Vitest knows', () => {
  const namespace = greeter('real')
  Object.defineProperty(namespace, 'fixed', { value: () => 'x', configurable: false })
  expect(() => vi.spyOn(viewForSpy(namespace) as { fixed(): string }, 'fixed')).toThrow(
    /Cannot spy on export "fixed"/,
  )
})

test('other objects are handed to spies as they are', async () => {
  const own = { greet: () => 'x' }
  expect(viewForSpy(own)).toBe(own)
  const builtin = await import('node:path')
  expect(viewForSpy(builtin)).toBe(builtin)
})
