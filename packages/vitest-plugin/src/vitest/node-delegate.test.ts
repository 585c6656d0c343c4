import type { NodeHost, ScopeRules } from 'fresh-modules/internal'
import { describe, expect, test } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { inWorker } from '../../test-host/worker-state.ts'
import { DelegatedScope, isExternal } from './node-delegate.ts'
import { looseMod } from './runner-internals.ts'

describe('the host for Node', () => {
  test('is made when somebody asks for it, once', () => {
    const { delegate } = openProject({}).host
    expect(delegate.madeHost).toBeUndefined()
    const { host } = delegate
    expect(host).toBeDefined()
    expect(delegate.host).toBe(host)
    expect(delegate.madeHost).toBe(host)
  })

  test.each(['vmThreads', 'vmForks'])('is not to be had in the pool %s', (pool) => {
    inWorker({ ctx: { pool } })
    const { delegate } = openProject({}).host
    expect(delegate.host).toBeUndefined()
    expect(delegate.facts('/app/a.js' as never)).toBeUndefined()
  })
})

test('what the server leaves to Node is external', () => {
  const mod = (meta: object) => looseMod('/a.js', { id: '/a.js', url: '/a.js', ...meta })
  expect(isExternal(mod({ externalize: 'file:///a.js' }))).toBe(true)
  expect(isExternal(mod({ code: '' }))).toBe(false)
  expect(isExternal({ ...mod({}), meta: undefined })).toBe(false)
})

/** Vitest's own fails where the default export is a primitive. */
function has(namespace: object, key: string): boolean {
  try {
    return Reflect.has(namespace, key)
  } catch {
    return false
  }
}

const rules: ScopeRules = {
  caller: undefined,
  decide: () => 'fresh',
  blockedName: () => undefined,
  conditions: [],
  onEvaluated() {},
}

describe('a copy that Node has made', () => {
  test.each([
    ['an object', 'module.exports = { named: 1 }'],
    ['exports', 'exports.named = 1; exports.default = 2'],
    ['a function with properties', 'module.exports = Object.assign(() => 1, { named: 1 })'],
    ['a primitive', 'module.exports = 42'],
    ['null', 'module.exports = null'],
    [
      'what was compiled from an ES module',
      'exports.__esModule = true; exports.default = { inner: 1 }; exports.named = 2',
    ],
    ['what was compiled from one without a default', 'exports.__esModule = true; exports.named = 2'],
    [
      'what was compiled from one whose default is a primitive',
      'exports.__esModule = true; exports.default = 1',
    ],
  ])('of CommonJS that exports %s shows what Vitest shows', async (_, text) => {
    const project = openProject({ 'node_modules/pkg/index.js': text })
    const id = project.id('node_modules/pkg/index.js')
    const vitests = (await project.runner.evaluator.runExternalModule(`file://${id}`)) as object
    const scope = new DelegatedScope(project.host.delegate.host as NodeHost, rules)
    const { exports } = await scope.evaluate(id, project.runner)
    const shown = (namespace: object) =>
      ['default', 'named', 'inner', 'absent', '__esModule'].map((key) => ({
        key,
        value: Reflect.get(namespace, key),
        has: has(namespace, key),
        own: Reflect.getOwnPropertyDescriptor(namespace, key)?.value,
      }))
    const plain = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_key, it) => (typeof it === 'function' ? 'function' : it)))
    expect(plain(shown(exports as object))).toEqual(plain(shown(vitests)))
  })

  test('of an ES module is its namespace', async () => {
    const project = openProject({
      'node_modules/pkg/package.json': '{ "name": "pkg", "type": "module" }',
      'node_modules/pkg/index.js': 'export const own = {}; export const one = 1',
    })
    const id = project.id('node_modules/pkg/index.js')
    const host = project.host.delegate.host as NodeHost
    const copies = await Promise.all(
      [1, 2].map(async () => (await new DelegatedScope(host, rules).evaluate(id, project.runner)).exports),
    )
    expect(copies).toMatchObject([{ one: 1 }, { one: 1 }])
    const [first, second] = copies as { own: object }[]
    expect(first?.own).not.toBe(second?.own)
  })
})
