import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { KeptExports } from './kept-exports.ts'

function keep(exports: unknown) {
  const kept = new KeptExports()
  kept.note(exports, [])
  return { putBack: () => kept.putBack(exports) }
}

describe('what is put back', () => {
  test.each<
    [string, () => [exports: object, change: (exports: never) => void, look: (exports: never) => unknown]]
  >([
    [
      'an export that was replaced',
      () => [
        { get: () => 1 },
        (api: { get: unknown }) => {
          api.get = 2
        },
        (api: { get: unknown }) => typeof api.get,
      ],
    ],
    [
      'one that was added',
      () => [
        {},
        (api: { left?: number }) => {
          api.left = 1
        },
        (api: object) => Object.keys(api),
      ],
    ],
    [
      'one that was deleted',
      () => [
        { a: 1 },
        (api: { a?: number }) => {
          delete api.a
        },
        (api: { a?: number }) => api.a,
      ],
    ],
    [
      'a property of an exported function',
      () => [
        { f: Object.assign(() => {}, { url: '' }) },
        (api: { f: { url: string } }) => {
          api.f.url = 'left'
        },
        (api: { f: { url: string } }) => api.f.url,
      ],
    ],
    [
      'a method of an exported class',
      () => [
        {
          C: class {
            m() {}
          },
        },
        (api: { C: { prototype: { m: unknown } } }) => {
          api.C.prototype.m = 1
        },
        (api: { C: { prototype: { m: unknown } } }) => typeof api.C.prototype.m,
      ],
    ],
    [
      'a property of exported plain data, of any realm',
      () => [
        { data: runInNewContext('({ url: "" })') },
        (api: { data: { url: string } }) => {
          api.data.url = 'left'
        },
        (api: { data: { url: string } }) => api.data.url,
      ],
    ],
    [
      'a property of exports that are a function',
      () => [
        Object.assign(() => {}, { a: 1 }),
        (api: { a: number }) => {
          api.a = 2
        },
        (api: { a: number }) => api.a,
      ],
    ],
  ])('%s', (_, make) => {
    const [exports, change, look] = make()
    const before = look(exports as never)
    const kept = keep(exports)
    change(exports as never)
    expect(look(exports as never)).not.toEqual(before)
    expect(kept.putBack()).toBe(true)
    expect(look(exports as never)).toEqual(before)
  })
})

test('getters are neither called nor lost', () => {
  let calls = 0
  const exports = {
    get lazy() {
      return ++calls
    },
  }
  const kept = keep(exports)
  Object.defineProperty(exports, 'lazy', { value: 'left' })
  expect(kept.putBack()).toBe(true)
  expect(calls).toBe(0)
  expect(exports.lazy).toBe(1)
})

test('what was frozen or made constant meanwhile is told', () => {
  const exports: { a: number; b?: number } = { a: 1 }
  const kept = keep(exports)
  expect(kept.putBack()).toBe(true)
  exports.a = 2
  Object.freeze(exports)
  expect(kept.putBack()).toBe(false)
})

test('instances, arrays and what lies deeper are the state of the package', () => {
  const exports = { map: new Map(), list: [] as number[], data: { deep: { n: 0 } } }
  const kept = keep(exports)
  exports.map.set(1, 1)
  exports.list.push(1)
  exports.data.deep.n = 1
  expect(kept.putBack()).toBe(true)
  expect([exports.map.size, exports.list.length, exports.data.deep.n]).toEqual([1, 1, 1])
})

describe('what a package requires', () => {
  test('may be changed by it while it is evaluated, behind whatever module exports it', () => {
    const kept = new KeptExports()
    const f = Object.assign(() => {}, { n: 0 }) as { n: number; plugin?: boolean }
    kept.note({ f }, [])
    kept.note({ again: f }, [kept.look({ f })])
    const looked = kept.look({ again: f })
    f.plugin = true
    kept.note({}, [looked])
    f.n = 1
    expect(kept.putBack({ f })).toBe(true)
    expect({ ...f }).toEqual({ n: 0, plugin: true })
  })

  test('is what its own evaluation leaves, whoever looked at it before that had ended', () => {
    const kept = new KeptExports()
    const exports = { late: undefined as unknown }
    kept.note({}, [kept.look(exports)])
    exports.late = 'late'
    kept.note(exports, [])
    expect(kept.putBack(exports)).toBe(true)
    expect(exports.late).toBe('late')
  })

  test('stays as its own evaluation left it, where a file had changed it before', () => {
    const kept = new KeptExports()
    const exports = { get: () => 'real', added: undefined as unknown }
    kept.note(exports, [])
    exports.get = () => 'of a test'
    const looked = kept.look(exports)
    expect(looked.isAsEvaluated).toBe(false)
    exports.added = 1
    kept.note({}, [looked])
    kept.putBack(exports)
    expect([exports.get(), exports.added]).toEqual(['real', undefined])
  })
})

test('exports that are no object hold nothing', () => {
  for (const exports of [undefined, null, 1, 'text']) expect(keep(exports).putBack()).toBe(true)
})
