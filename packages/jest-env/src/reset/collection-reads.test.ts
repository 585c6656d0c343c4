import { beforeEach, describe, expect, test } from 'vitest'
import { CollectionReads } from './collection-reads.ts'

let reads: CollectionReads
beforeEach(() => {
  reads = new CollectionReads(globalThis)
})

const used = (file: string) => reads.firstUse(file) !== undefined

describe('while a file is collected', () => {
  beforeEach(() => reads.start())

  test('a module is used when an export of it is read, a getter or a value', () => {
    const value = { a: 1 }
    const getter = Object.defineProperty({}, 'b', { enumerable: true, configurable: true, get: () => 2 })
    reads.watch('/app/value.js', value)
    reads.watch('/app/getter.js', getter)
    expect([used('/app/value.js'), used('/app/getter.js')]).toEqual([false, false])
    expect([value.a, (getter as { b: number }).b]).toEqual([1, 2])
    expect([used('/app/value.js'), used('/app/getter.js')]).toEqual([true, true])
  })

  test('a module that hands on another as a namespace is not used by who takes that: it sees what is new', () => {
    const inner = { count: 0 }
    const barrel = { inner, limit: 1 }
    reads.watch('/app/inner.js', inner)
    reads.watch('/app/barrel.js', barrel)
    expect(Object.keys(barrel.inner)).toEqual(['count'])
    expect([used('/app/barrel.js'), used('/app/inner.js')]).toEqual([false, false])
    expect(barrel.inner.count + barrel.limit).toBe(1)
    expect([used('/app/barrel.js'), used('/app/inner.js')]).toEqual([true, true])
  })

  test('what another module reads while it is evaluated is not used', () => {
    const exports = { a: 1 }
    reads.watch('/app/a.js', exports)
    const ended = reads.evaluating()
    expect(exports.a).toBe(1)
    expect(used('/app/a.js')).toBe(false)
    ended()
    expect(exports.a).toBe(1)
    expect(used('/app/a.js')).toBe(true)
  })

  test('an export that is assigned to is a value afterwards', () => {
    const exports = { a: 1 }
    reads.watch('/app/a.js', exports)
    exports.a = 2
    expect(exports.a).toBe(2)
    reads.stop()
    expect(Object.getOwnPropertyDescriptor(exports, 'a')).toEqual({
      value: 2,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  })

  test('what copies the getter has the export as it is now: TypeScript hands on another module so', () => {
    const exports = { made: 1, spied: 1 }
    reads.watch('/app/a.js', exports)
    const barrel = Object.defineProperties({}, Object.getOwnPropertyDescriptors(exports)) as typeof exports
    const original = Object.getOwnPropertyDescriptor(exports, 'spied')?.get
    Object.defineProperty(exports, 'spied', { configurable: true, get: () => `spied ${original?.()}` })
    reads.stop()
    expect(barrel).toEqual({ made: 1, spied: 1 })
    exports.made = 2
    expect(barrel.made).toBe(2)
    expect(exports.spied).toBe('spied 1')
  })

  test('what cannot be evaluated again in place is left as it is', () => {
    const fn = Object.assign(() => {}, { a: 1 })
    reads.watch('/app/fn.js', fn)
    expect(Object.getOwnPropertyDescriptor(fn, 'a')).toHaveProperty('value', 1)
  })
})

test('when it has been collected, exports are as the module has put them there, but for what has replaced them', () => {
  const exports = { a: 1, spied: 2 }
  reads.start()
  reads.watch('/app/a.js', exports)
  Object.defineProperty(exports, 'spied', { value: 'spy', configurable: true })
  reads.stop()
  expect(Object.getOwnPropertyDescriptor(exports, 'a')).toHaveProperty('value', 1)
  expect(exports.spied).toBe('spy')
  expect(exports.a).toBe(1)
  expect(used('/app/a.js')).toBe(false)
})

test('nothing is watched before it begins', () => {
  const exports = { a: 1 }
  reads.watch('/app/a.js', exports)
  expect(Object.getOwnPropertyDescriptor(exports, 'a')).toHaveProperty('value', 1)
})
