import { describe, expect, test } from 'vitest'
import { LiveExports, plainExports } from './live-exports.ts'
import { type Namespace, newNamespace } from './namespace.ts'

function namespaceWith(exports: Record<string, () => unknown>): Namespace {
  const target = plainExports(newNamespace())
  for (const [name, get] of Object.entries(exports)) target.define(name, get)
  return target.namespace
}

/** One evaluation that succeeds. */
function evaluate(live: LiveExports, body: (live: LiveExports) => void): void {
  live.begin()
  body(live)
  live.finish()
}

describe('a namespace that is evaluated again', () => {
  test('shows what was defined last, each time', () => {
    const namespace = namespaceWith({ a: () => 1 })
    const live = new LiveExports(namespace)
    for (const value of [2, 3]) {
      evaluate(live, () => live.define('a', () => value))
      expect(namespace['a']).toBe(value)
    }
  })

  test('reads bindings when it is read, so that later assignments are live', () => {
    const namespace = namespaceWith({ a: () => 1 })
    const live = new LiveExports(namespace)
    let a = 2
    evaluate(live, () => live.define('a', () => a))
    a = 3
    expect(namespace['a']).toBe(3)
  })

  test('gains what is new, and loses what is not defined again', () => {
    const namespace = namespaceWith({ a: () => 1, gone: () => 1 })
    const live = new LiveExports(namespace)
    evaluate(live, () => {
      live.define('a', () => 2)
      live.define('more', () => 2)
    })
    expect({ ...namespace }).toEqual({ a: 2, more: 2 })
    evaluate(live, () => live.define('gone', () => 3))
    expect({ ...namespace }).toEqual({ gone: 3 })
  })

  test('keeps what others have put there', () => {
    const namespace = namespaceWith({ a: () => 1 })
    namespace['theirs'] = 'x'
    const live = new LiveExports(namespace)
    evaluate(live, () => live.defineAll({ theirs: 'star' }))
    expect({ ...namespace }).toEqual({ theirs: 'x' })
  })

  test('has what a function brings along, as of a CommonJS package', () => {
    const namespace = namespaceWith({})
    const live = new LiveExports(namespace)
    evaluate(live, () => live.defineAll(Object.assign(() => {}, { extra: 'star' })))
    expect({ ...namespace }).toEqual({ extra: 'star' })
  })

  test('is as it was after an evaluation that failed, and the next good one works', () => {
    const namespace = namespaceWith({ a: () => 1, b: () => 1 })
    const live = new LiveExports(namespace)
    live.begin()
    live.define('a', () => 2)
    live.define('half', () => 2)
    live.putBack()
    expect({ ...namespace }).toEqual({ a: 1, b: 1 })
    evaluate(live, () => live.define('b', () => 3))
    expect({ ...namespace }).toEqual({ b: 3 })
  })

  test('is as it was after two failures in a row', () => {
    const namespace = namespaceWith({ a: () => 1 })
    const live = new LiveExports(namespace)
    for (const value of [2, 3]) {
      live.begin()
      live.define('a', () => value)
      live.putBack()
    }
    expect({ ...namespace }).toEqual({ a: 1 })
  })

  test('takes the last of two definitions in one evaluation', () => {
    const namespace = namespaceWith({ a: () => 1 })
    const live = new LiveExports(namespace)
    evaluate(live, () => {
      live.define('a', () => 2)
      live.define('a', () => 3)
    })
    expect(namespace['a']).toBe(3)
  })
})

describe.each([
  ['a first copy', () => plainExports(newNamespace())],
  [
    'a copy that is evaluated again',
    () => {
      const live = new LiveExports(newNamespace())
      live.begin()
      return live
    },
  ],
])('export * of %s', (_, make) => {
  test('hands on everything but the default, as it is when it is read', () => {
    const source = { a: 1, default: 'd', __esModule: true }
    const target = make()
    target.defineAll(source)
    expect({ ...target.namespace }).toEqual({ a: 1 })
    source.a = 2
    expect(target.namespace['a']).toBe(2)
  })

  test("never replaces the module's own exports", () => {
    const target = make()
    target.define('a', () => 'own')
    target.defineAll({ a: 'star' })
    expect(target.namespace['a']).toBe('own')
  })

  test.each([[null], [undefined], ['text'], [['list']], [Promise.resolve()]])(
    'of %s hands on nothing',
    (source) => {
      const target = make()
      target.defineAll(source)
      expect(Object.keys(target.namespace)).toEqual([])
    },
  )

  test('of the module itself hands on nothing', () => {
    const target = make()
    target.define('a', () => 1)
    target.defineAll(target.namespace)
    expect(Object.keys(target.namespace)).toEqual(['a'])
  })
})

test('the star exports of an earlier evaluation give way to those of this one', () => {
  const live = new LiveExports(newNamespace())
  evaluate(live, () => live.defineAll({ a: 1 }))
  evaluate(live, () => live.defineAll({ a: 2 }))
  expect(live.namespace['a']).toBe(2)
})
