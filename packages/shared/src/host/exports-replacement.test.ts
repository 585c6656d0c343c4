import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  assertTakenOver,
  ExportsReplacement,
  hasOtherName,
  isOrdinaryObject,
  whyNotReplaceable,
} from './exports-replacement.ts'
import type { ModuleId } from './module-id.ts'

type Exports = Record<string, unknown>

/** Exports whose body has defined what is on them now. */
function replacing(exports: Exports) {
  const ownKeys = new WeakMap<object, ReadonlySet<PropertyKey>>()
  ownKeys.set(exports, new Set(Reflect.ownKeys(exports)))
  return { ownKeys, start: (isHandedOut?: boolean) => new ExportsReplacement(exports, ownKeys, isHandedOut) }
}

describe('replacing exports', () => {
  test('what the old body defined is gone for the new one, what others put there stays', () => {
    const exports: Exports = { old: 1 }
    const { start } = replacing(exports)
    exports['foreign'] = 2
    const replacement = start()
    expect(exports).toEqual({ foreign: 2 })
    exports['fresh'] = 3
    replacement.finish(exports)
    expect(exports).toEqual({ foreign: 2, fresh: 3 })
  })

  test('a body that assigns module.exports has its properties moved, getters included', () => {
    const exports: Exports = { old: 1 }
    const replacement = replacing(exports).start()
    exports['half'] = true
    let value = 1
    replacement.finish(Object.defineProperty({}, 'live', { enumerable: true, get: () => value }))
    expect(exports).toEqual({ live: 1 })
    value = 2
    expect(exports['live']).toBe(2)
  })

  test('a failure brings everything back, in order', () => {
    const exports: Exports = { a: 1, b: 2 }
    const { start } = replacing(exports)
    exports['foreign'] = 3
    const replacement = start()
    exports['b'] = 'new'
    exports['added'] = true
    delete exports['foreign']
    replacement.undo()
    expect(Object.entries(exports)).toEqual([
      ['a', 1],
      ['b', 2],
      ['foreign', 3],
    ])
  })

  test('what the new body defined is what the next one removes', () => {
    const exports: Exports = { first: 1 }
    const { start } = replacing(exports)
    const second = start()
    exports['second'] = 2
    second.finish(exports)
    start()
    expect(exports).toEqual({})
  })

  test('where nobody has seen the body run, all is its own', () => {
    const exports: Exports = { a: 1 }
    new ExportsReplacement(exports, new WeakMap())
    expect(exports).toEqual({})
  })
})

describe('what a body has handed out', () => {
  test('may belong to another module, and is left alone until there is something else', () => {
    const exports: Exports = { shared: 1 }
    const { ownKeys, start } = replacing(exports)
    const replacement = start(true)
    expect(exports).toEqual({ shared: 1 })
    replacement.undo()
    expect(exports).toEqual({ shared: 1 })
    exports['foreign'] = 2
    start(true).finish(exports)
    expect(ownKeys.get(exports)).toEqual(new Set(['shared']))
    start(true).finish({ other: 3 })
    expect(exports).toEqual({ foreign: 2, other: 3 })
  })

  test('is put back where something else has been taken over and that fails', () => {
    const exports: Exports = { shared: 1 }
    const replacement = replacing(exports).start(true)
    replacement.finish({ other: 3 })
    replacement.undo()
    expect(exports).toEqual({ shared: 1 })
  })
})

describe('why exports cannot be replaced', () => {
  const OtherObject = vm.runInNewContext('Object') as ObjectConstructor

  test('ordinary objects can, and so can what a compiler has marked', () => {
    expect(whyNotReplaceable({ a: 1 })).toBeUndefined()
    expect(whyNotReplaceable(Object.create(null))).toBeUndefined()
    expect(whyNotReplaceable(Object.defineProperty({}, '__esModule', { value: true }))).toBeUndefined()
  })

  test('those of another realm can where that is named', () => {
    const exports = new OtherObject()
    expect(whyNotReplaceable(exports)).toContain('not an ordinary object')
    expect(whyNotReplaceable(exports, [Object.prototype, OtherObject.prototype])).toBeUndefined()
  })

  test.each([
    [() => {}, 'a function'],
    [class {}, 'a function'],
    [42, 'a primitive value'],
    [null, 'a primitive value'],
    [undefined, 'a primitive value'],
    [[], 'not an ordinary object'],
    [new Map(), 'not an ordinary object'],
    [new Proxy({}, {}), 'not an ordinary object'],
    [Object.freeze({}), 'frozen or sealed'],
    [Object.defineProperty({}, 'a', { get: () => 1 }), 'export a is not configurable'],
  ])('%o: %s', (exports, why) => {
    expect(whyNotReplaceable(exports)).toContain(why)
  })
})

describe('what a new body has made', () => {
  const refusal = (made: unknown, belongsToAnother = false) => {
    try {
      assertTakenOver('/app/a.js' as ModuleId, made, { belongsToAnother })
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  test('is taken over where it is an ordinary object, fixed exports included', () => {
    expect(refusal({ a: 1 })).toBeUndefined()
    expect(refusal(Object.defineProperty({}, 'a', { get: () => 1 }))).toBeUndefined()
  })

  test('is refused where importers hold something else', () => {
    expect(refusal(() => {})).toContain('after the change, its module.exports is a function')
    expect(refusal(Object.freeze({}))).toContain('after the change, its module.exports is frozen or sealed')
    expect(refusal({}, true)).toContain('was the exports of another module, and no longer is')
  })
})

describe('another name for what a body hands out', () => {
  test.each([
    ['plain exports', {}, '/app/a.js', [], true],
    ['a compiled ES module', { __esModule: true }, '/app/a.js', [], false],
    ['data', {}, '/app/a.json', [], false],
  ])('of %s', (_, made, filename, others, answer) => {
    expect(hasOtherName(made, filename, others)).toBe(answer)
  })

  test('is none where the object is the exports of another module', () => {
    const made = {}
    expect(hasOtherName(made, '/app/a.js', [{ exports: {} }, { exports: made }])).toBe(false)
  })
})

test('an ordinary object is what module.exports is unless something else is put there', () => {
  expect(isOrdinaryObject({})).toBe(true)
  expect(isOrdinaryObject(Object.create(null))).toBe(true)
  for (const other of [null, undefined, 1, [], () => {}, new Map(), new Proxy({}, {})]) {
    expect(isOrdinaryObject(other)).toBe(false)
  }
})
