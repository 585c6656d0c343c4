import { expect, test } from 'vitest'
import { isAsEvaluated, takeExportsBaseline } from './exports-baseline.ts'

class Money {
  static zero = 0
  amount() {
    return 1
  }
  get text() {
    return ''
  }
}

function exportsOf() {
  class Price extends Money {}
  class Shop {
    static names = ['a']
    readonly name = 'a shop'
  }
  const cache = new Map<string, unknown>([['a', { n: [1] }]])
  const add = Object.assign((a: number, b: number) => a + b, { seen: new Set(['a']) })
  return { Price, Shop, add, table: { a: [1, { deep: true }] }, cache, pattern: /x/g }
}

test('exports that nobody has touched are as evaluation left them, whatever was called', () => {
  const exports = exportsOf()
  const baseline = takeExportsBaseline(exports)
  exports.add(1, 2)
  expect(new exports.Price().amount()).toBe(1)
  expect(isAsEvaluated(exports, baseline)).toBe(true)
})

test.each<[string, (exports: ReturnType<typeof exportsOf> & Record<string, unknown>) => void]>([
  ['an export is another one', (exports) => Object.assign(exports, { add: () => 0 })],
  ['an export is new', (exports) => Object.assign(exports, { more: 1 })],
  ['an export is gone', (exports) => Reflect.deleteProperty(exports, 'add')],
  ['a static field is another one', ({ Price }) => Object.assign(Price, { zero: 1 })],
  ['a list in a static field is longer', ({ Shop }) => Shop.names.push('b')],
  ['a method is another one', ({ Price }) => Object.assign(Price.prototype, { amount: () => 2 })],
  [
    'a getter is another one',
    ({ Price }) => Object.defineProperty(Price.prototype, 'text', { get: () => 'x' }),
  ],
  ['a function has a property', ({ add }) => Object.assign(add, { mock: {} })],
  ['a key of a table is another one', ({ table }) => table.a.push(3)],
  [
    'a key deep in a table is another one',
    ({ table }) => Object.assign(table.a[1] as object, { deep: false }),
  ],
  ['a table has one more', ({ cache }) => cache.set('b', 1)],
  ['a table has another one', ({ cache }) => cache.set('a', 1)],
  ['a table has the same in another order', ({ cache }) => cache.set('b', cache.get('a')).delete('a')],
  ['something in a table has changed', ({ cache }) => (cache.get('a') as { n: number[] }).n.push(2)],
  ['a table has a property', ({ cache }) => Object.assign(cache, { hits: 1 })],
  ['a set on a function has one more', ({ add }) => add.seen.add('b')],
  ['a pattern stands elsewhere', ({ pattern }) => pattern.test('xx')],
])('they are not where %s', (_, change) => {
  const exports = exportsOf()
  const baseline = takeExportsBaseline(exports)
  change(exports)
  expect(isAsEvaluated(exports, baseline)).toBe(false)
})

test('a function may be the exports, with what is on it', () => {
  const exports = Object.assign(() => 1, { version: '1' })
  const baseline = takeExportsBaseline(exports)
  expect(isAsEvaluated(exports, baseline)).toBe(true)
  exports.version = '2'
  expect(isAsEvaluated(exports, baseline)).toBe(false)
})

test('data of another module is not looked into: that module answers for it', () => {
  const theirs = { n: 0 }
  const exports = { theirs }
  const baseline = takeExportsBaseline(exports, (value) => value === theirs)
  theirs.n++
  expect(isAsEvaluated(exports, baseline)).toBe(true)
})

test('a table of a class of its own is looked at no further', () => {
  class Cache extends Map<string, number> {}
  const exports = { cache: new Cache() }
  const baseline = takeExportsBaseline(exports)
  exports.cache.set('a', 1)
  expect(isAsEvaluated(exports, baseline)).toBe(true)
})

test('data in a circle is gone through once', () => {
  const table: Record<string, unknown> = {}
  table['self'] = table
  expect(isAsEvaluated({ table }, takeExportsBaseline({ table }))).toBe(true)
})

test('an export that was never initialised is none', () => {
  const exports = Object.defineProperty({}, 'late', {
    enumerable: true,
    get: () => {
      throw new ReferenceError('late')
    },
  })
  expect(isAsEvaluated(exports, takeExportsBaseline(exports))).toBe(true)
})
