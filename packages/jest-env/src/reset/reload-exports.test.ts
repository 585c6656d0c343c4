import { describe, expect, test } from 'vitest'
import { ExportsDefinitions } from './exports-definitions.ts'
import { ExportsReplacement } from './reload-exports.ts'

function replacing(exports: Record<string, unknown>) {
  const definitions = new ExportsDefinitions(globalThis)
  definitions.setDefined(exports, Reflect.ownKeys(exports))
  return { definitions, start: () => new ExportsReplacement(exports, definitions) }
}

describe('replacing exports', () => {
  test('what the old body defined is gone for the new one, what others put there stays', () => {
    const exports: Record<string, unknown> = { old: 1 }
    const { start } = replacing(exports)
    exports['foreign'] = 2
    const replacement = start()
    expect(exports).toEqual({ foreign: 2 })
    exports['fresh'] = 3
    replacement.finish(exports)
    expect(exports).toEqual({ foreign: 2, fresh: 3 })
  })

  test('a body that assigns module.exports has its properties moved, getters included', () => {
    const exports: Record<string, unknown> = { old: 1 }
    const replacement = replacing(exports).start()
    exports['half'] = true
    let value = 1
    replacement.finish(Object.defineProperty({}, 'live', { enumerable: true, get: () => value }))
    expect(exports).toEqual({ live: 1 })
    value = 2
    expect(exports['live']).toBe(2)
  })

  test('a failure brings everything back, in order', () => {
    const exports: Record<string, unknown> = { a: 1, b: 2 }
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
    const exports: Record<string, unknown> = { first: 1 }
    const { start } = replacing(exports)
    const second = start()
    exports['second'] = 2
    second.finish(exports)
    start()
    expect(exports).toEqual({})
  })
})

describe('what a body has handed out', () => {
  test('may belong to another module, and is left alone until there is something else', () => {
    const exports: Record<string, unknown> = { shared: 1 }
    const { definitions } = replacing(exports)
    const replacement = new ExportsReplacement(exports, definitions, true)
    expect(exports).toEqual({ shared: 1 })
    replacement.undo()
    expect(exports).toEqual({ shared: 1 })
    exports['foreign'] = 2
    definitions.setDefined(exports, Reflect.ownKeys(exports))
    replacement.keep()
    expect(definitions.definedOn(exports)).toEqual(new Set(['shared']))
    const next = new ExportsReplacement(exports, definitions, true)
    next.finish({ other: 3 })
    expect(exports).toEqual({ foreign: 2, other: 3 })
  })
})
