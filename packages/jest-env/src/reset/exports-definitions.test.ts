import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import { type CjsModule, createModule } from '../jest/runtime-internals/types.ts'
import { ExportsDefinitions, whyNotReplaceable } from './exports-definitions.ts'

/** Runs a CommonJS body in a separate realm, as the runtime does. */
function evaluate(code: string, realm = newRealm()): { module: CjsModule; realm: Realm } {
  const module = createModule('/app/module.js')
  runBody(code, module, realm)
  return { module, realm }
}

interface Realm {
  readonly global: typeof globalThis
  readonly context: vm.Context
  readonly definitions: ExportsDefinitions
}

function newRealm(): Realm {
  const context = vm.createContext({})
  const global = vm.runInContext('globalThis', context) as typeof globalThis
  return { global, context, definitions: new ExportsDefinitions(global) }
}

function runBody(code: string, module: CjsModule, { context, definitions }: Realm): void {
  const body = vm.compileFunction(code, ['module', 'exports'], { parsingContext: context })
  const end = definitions.begin(module)
  let hasFailed = true
  try {
    body(module, module.exports)
    hasFailed = false
  } finally {
    end(hasFailed)
  }
}

const isConfigurable = (object: unknown, key: string) =>
  Object.getOwnPropertyDescriptor(object, key)?.configurable

describe('definitions on exports', () => {
  test('are configurable, as Babel, TypeScript and SWC write them', () => {
    const { module } = evaluate(`
      Object.defineProperty(exports, '__esModule', { value: true })
      Object.defineProperty(exports, 'value', { enumerable: true, get: () => 1 })
    `)
    expect([isConfigurable(module.exports, '__esModule'), isConfigurable(module.exports, 'value')]).toEqual([
      true,
      true,
    ])
  })

  test('are configurable on the object that esbuild makes the exports of', () => {
    const { module } = evaluate(`
      const define = Object.defineProperty
      const made = define({}, '__esModule', { value: true })
      define(made, 'value', { enumerable: true, get: () => 1 })
      module.exports = made
    `)
    expect(isConfigurable(module.exports, 'value')).toBe(true)
  })

  test('are configurable by Object.defineProperties too', () => {
    const { module } = evaluate(
      'Object.defineProperties(exports, { __esModule: { value: true }, a: { get: () => 1 } })',
    )
    expect(isConfigurable(module.exports, 'a')).toBe(true)
  })

  test('other objects stay as their maker wants them', () => {
    const { module } = evaluate(`
      const other = {}
      Object.defineProperty(other, 'fixed', { value: 1 })
      const namespace = Object.defineProperty({}, '__esModule', { value: true })
      Object.defineProperty(namespace, 'late', { get: () => 1 })
      exports.other = other
      exports.namespace = namespace
    `)
    const { other, namespace } = module.exports as { other: object; namespace: object }
    expect([isConfigurable(other, 'fixed'), isConfigurable(namespace, 'late')]).toEqual([false, false])
  })

  test('Object.defineProperty is the own one again afterwards, also when a body throws or a nested one runs', () => {
    const realm = newRealm()
    const { defineProperty } = realm.global.Object
    expect(() => evaluate("throw new Error('of the body')", realm)).toThrow('of the body')
    expect(realm.global.Object.defineProperty).toBe(defineProperty)
    const outer = createModule('/app/outer.js')
    const end = realm.definitions.begin(outer)
    const { module: inner } = evaluate("Object.defineProperty(exports, 'a', { get: () => 1 })", realm)
    realm.global.Object.defineProperty(outer.exports as object, 'b', { get: () => 1 })
    end(false)
    expect([isConfigurable(inner.exports, 'a'), isConfigurable(outer.exports, 'b')]).toEqual([true, true])
    expect(realm.global.Object.defineProperty).toBe(defineProperty)
  })

  test('a function that a body keeps for later defines as ever', () => {
    const { module } = evaluate(
      "const define = Object.defineProperty\nexports.later = (o) => define(o, 'a', { value: 1 })",
    )
    const target = {}
    ;(module.exports as { later: (target: object) => void }).later(target)
    expect(isConfigurable(target, 'a')).toBe(false)
  })
})

describe('why exports cannot be replaced', () => {
  const { global } = newRealm()

  test('ordinary objects can', () => {
    for (const exports of [{}, { a: 1 }, Object.create(null), new global.Object()]) {
      expect(whyNotReplaceable(global, exports)).toBe(undefined)
    }
  })

  test.each([
    [() => {}, 'a function'],
    [class {}, 'a function'],
    [42, 'a primitive value'],
    [undefined, 'a primitive value'],
    [[], 'not an ordinary object'],
    [new Map(), 'not an ordinary object'],
    [Object.freeze({}), 'frozen'],
    [Object.defineProperty({}, 'a', { get: () => 1 }), 'export a is not configurable'],
  ])('%o: %s', (exports, why) => {
    expect(whyNotReplaceable(global, exports)).toContain(why)
  })
})
