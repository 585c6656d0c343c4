/** ES modules in plain Node, with no adapter: scopes that ride on URLs. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode, project } from '../harness/index.ts'
import { passes } from './passes.ts'

const top = `
  import assert from 'node:assert'
  import { createRequire } from 'node:module'
  import test from 'node:test'
  import { importFresh, onImport, reloadInPlace, requireFresh, specOf, unload, withUnloaded } from 'fresh-modules'
`

describeHosts('node', (host) => {
  if (chosenNode() < 22) {
    test('without hooks ES modules are refused with the version that is needed', () =>
      passes(host, {
        'target.mjs': 'export const state = {}',
        'counter.cjs': 'exports.state = {}',
        'a.test.mjs': `
          import assert from 'node:assert'
          import test from 'node:test'
          import { importFresh, requireFresh, unload, withUnloaded } from 'fresh-modules'
          test('refused', async () => {
            await assert.rejects(importFresh('./target.mjs'), { code: 'ERR_NOT_FRESH', message: /22\\.15/ })
            const fresh = await importFresh('./counter.cjs')
            const { state } = await import('./counter.cjs')
            assert.notStrictEqual(fresh.state, state)
            await assert.rejects(unload('./counter.cjs'), { code: 'ERR_UNLOAD_REFUSED' })
            await assert.rejects(withUnloaded('./counter.cjs', () => {}), { code: 'ERR_NOT_FRESH' })
          })
        `,
      }))
    return
  }

  test('a graph of ES modules, CommonJS and JSON is fresh as far as it was asked for', () =>
    passes(host, {
      'target.js': `
        import data from './data.json' with { type: 'json' }
        import dep, { named } from './dep.cjs'
        import { state } from './shared.js'
        import { createRequire } from 'node:module'
        export { data, dep, named, state }
        export const require = createRequire(import.meta.url)
        export const late = (name) => import(name)
        export const find = (name) => import.meta.resolve(name)
        export const { filename } = import.meta
      `,
      'dep.cjs': 'exports.named = {}',
      'data.json': '{ "a": 1 }',
      'shared.js': 'export const state = {}',
      'a.test.js': `${top}
        import * as plain from './target.js'
        test('graph', async () => {
          const fresh = await importFresh('./target.js', { fresh: ['./dep.cjs', './data.json'], blocked: ['node:os', 'left-pad'] })
          assert.notStrictEqual(fresh.dep, plain.dep)
          assert.strictEqual(fresh.named, fresh.dep.named)
          assert.notStrictEqual(fresh.data, plain.data)
          assert.deepStrictEqual(fresh.data, plain.data)
          assert.strictEqual(fresh.state, plain.state)
          assert.strictEqual(fresh.filename, plain.filename)
          assert.strictEqual(fresh.require('./dep.cjs'), fresh.dep)
          assert.strictEqual((await fresh.late('./dep.cjs')).default, fresh.dep)
          assert.strictEqual((await fresh.late('./shared.js')).state, plain.state)
          for (const name of ['os', 'node:os', 'left-pad', 'left-pad/sub']) {
            await assert.rejects(fresh.late(name), { code: 'ERR_MODULE_NOT_FOUND' })
            assert.throws(() => fresh.find(name), { code: 'ERR_MODULE_NOT_FOUND' })
            assert.throws(() => fresh.require(name), { code: 'MODULE_NOT_FOUND' })
            assert.throws(() => fresh.require.resolve(name), { code: 'MODULE_NOT_FOUND' })
          }
          assert.strictEqual(plain.require('./dep.cjs'), plain.dep)
          assert.strictEqual((await plain.late('os')).default, (await import('node:os')).default)
        })
      `,
    }))

  test('a synchronous graph of ES modules can be required fresh, and one that waits can not', () =>
    passes(host, {
      'named.js': "import { state } from './dep.js'\nexport { state }",
      'default.js': 'export default class Thing {}\nexport const state = {}',
      'dep.js': 'export const state = {}',
      'waits.js': 'export const state = await {}',
      'a.test.js': `${top}
        const require = createRequire(import.meta.url)
        test('require', async () => {
          const fresh = requireFresh('./named.js', { fresh: ['./dep.js'] })
          assert.notStrictEqual(fresh.state, require('./named.js').state)
          assert.deepStrictEqual(Object.keys(requireFresh('./default.js')), Object.keys(require('./default.js')))
          assert.notStrictEqual(requireFresh('./default.js').default, require('./default.js').default)
          assert.throws(() => requireFresh('./waits.js'), { code: 'ERR_REQUIRE_ASYNC_MODULE' })
          assert.notStrictEqual((await importFresh('./waits.js')).state, (await import('./waits.js')).state)
        })
      `,
    }))

  test('a data: URL is evaluated again', () =>
    passes(host, {
      'a.test.js': `${top}
        test('data', async () => {
          for (const url of ['data:text/javascript,export const state = {}', 'data:text/javascript,export const state = {}//#x']) {
            const plain = await import(url)
            const fresh = await importFresh(url)
            assert.notStrictEqual(fresh.state, plain.state)
            assert.strictEqual((await import(url)).state, plain.state)
          }
        })
      `,
    }))

  test('unload and reload are refused with the reason, and withUnloaded works', () =>
    passes(host, {
      'target.js': 'export const state = {}',
      'holder.js': "export { state } from './target.js'",
      'a.test.js': `${top}
        import * as plain from './target.js'
        test('flags', async () => {
          await assert.rejects(unload('./target.js'), { code: 'ERR_UNLOAD_REFUSED', message: /never forgets/ })
          await assert.rejects(reloadInPlace(plain), { code: 'ERR_RELOAD_REFUSED', message: /immutable/ })
          assert.strictEqual(specOf(plain).provenance.allowUnload.source, 'loader')
          await withUnloaded('./target.js', async () => {
            const inside = await import('./target.js')
            assert.notStrictEqual(inside.state, plain.state)
            assert.strictEqual((await import('./holder.js')).state, inside.state)
          })
          assert.strictEqual(await import('./target.js'), plain)
          assert.strictEqual((await import('./holder.js')).state, plain.state)
        })
      `,
    }))

  test('require of an ES module agrees with import while it is unloaded, and afterwards', () =>
    passes(host, {
      'target.mjs': 'export const state = {}\nexport default state',
      'holder.cjs': "exports.target = require('./target.mjs')",
      'waits.mjs': 'await 0',
      'a.test.cjs': `
        const assert = require('node:assert')
        const test = require('node:test')
        const { requireFresh, withUnloaded } = require('fresh-modules')
        test('require', async () => {
          const plain = require('./target.mjs')
          for (let n = 0; n < 2; n++) {
            await withUnloaded('./target.mjs', async () => {
              const inside = require('./target.mjs')
              assert.notStrictEqual(inside.state, plain.state)
              assert.strictEqual(inside.__esModule, plain.__esModule)
              assert.strictEqual(require('./target.mjs'), inside)
              assert.strictEqual((await import('./target.mjs')).state, inside.state)
              assert.strictEqual(require('./holder.cjs').target, inside)
              assert.strictEqual(requireFresh('./holder.cjs').target, inside)
              assert.notStrictEqual(requireFresh(() => require('./target.mjs')).state, inside.state)
            })
            assert.strictEqual(require('./target.mjs'), plain)
            assert.strictEqual(require('./holder.cjs').target, plain)
            delete require.cache[require.resolve('./holder.cjs')]
          }
          await import('./waits.mjs')
          await withUnloaded('./waits.mjs', () => {
            assert.throws(() => require('./waits.mjs'), { code: 'ERR_REQUIRE_ASYNC_MODULE' })
          })
        })
      `,
    }))

  test('resolution is that of the importing file and of an import, and so is its error', () =>
    passes(host, {
      'node_modules/dual/package.json': JSON.stringify({
        name: 'dual',
        exports: { import: './import.mjs', require: './require.cjs' },
      }),
      'node_modules/dual/import.mjs': "export const kind = 'import'\nexport const state = {}",
      'node_modules/dual/require.cjs': "exports.kind = 'require'\nexports.state = {}",
      'a.test.js': `${top}
        test('resolution', async () => {
          const imported = await importFresh('dual')
          const required = requireFresh('dual')
          assert.deepStrictEqual([imported.kind, required.kind], ['import', 'require'])
          assert.notStrictEqual(imported.state, (await import('dual')).state)
          for (const name of ['./absent.js', 'absent', 'dual/absent']) {
            const [ours, theirs] = await Promise.all([importFresh(name), import(name)].map((it) => it.catch((error) => error)))
            assert.deepStrictEqual([ours.code, ours.message], [theirs.code, theirs.message])
          }
        })
      `,
    }))

  test('a package that has an ES module and a CommonJS build, with state in an inner file, is fresh as a whole', () =>
    passes(host, {
      'node_modules/stateful/package.json': JSON.stringify({
        name: 'stateful',
        type: 'module',
        exports: './index.js',
      }),
      'node_modules/stateful/index.js': "export { state } from './inner/state.js'",
      'node_modules/stateful/inner/state.js': 'export const state = {}',
      'node_modules/stateful-cjs/package.json': JSON.stringify({ name: 'stateful-cjs', main: './index.js' }),
      'node_modules/stateful-cjs/index.js': "module.exports = require('./inner/state.js')",
      'node_modules/stateful-cjs/inner/state.js': 'exports.state = {}',
      'a.test.js': `${top}
        import * as esm from 'stateful'
        import * as cjs from 'stateful-cjs'
        test('packages', async () => {
          assert.notStrictEqual((await importFresh('stateful')).state, esm.state)
          assert.notStrictEqual((await importFresh('stateful-cjs')).state, cjs.state)
          await import('graphql')
          await assert.rejects(importFresh('graphql'), { code: 'ERR_REIMPORT_REFUSED' })
        })
      `,
    }))

  test('a copy costs what the engine keeps for it, and our own maps are empty', async () => {
    const app = await project(host.name, {
      'tiny.js': 'export const state = {}',
      'main.js': `
        import { importFresh } from 'fresh-modules'
        const settled = async () => {
          for (let i = 0; i < 5; i++) { global.gc(); await new Promise((resolve) => setTimeout(resolve, 20)) }
          return process.memoryUsage().heapUsed
        }
        const grownBy = async (run) => {
          for (let i = 0; i < 300; i++) await run(i)
          const before = await settled()
          for (let i = 0; i < 3_000; i++) await run(i + 1_000)
          return (await settled()) - before
        }
        const theirs = await grownBy((number) => import('./tiny.js?' + number))
        const ours = await grownBy(() => importFresh('./tiny.js'))
        const world = globalThis[Symbol.for('fresh-modules.node')]
        console.log(JSON.stringify([ours / theirs, world.scopes.size, world.handles.size, world.gates.size]))
      `,
    })
    const { stdout, stderr } = await app.node(['--expose-gc', 'main.js'])
    expect(stderr).toBe('')
    const [ratio, ...sizes] = JSON.parse(stdout) as number[]
    expect(ratio).toBeLessThan(1.15)
    expect(sizes).toEqual([0, 0, 0])
  })

  test.skipIf(chosenNode() < 22)(
    'a module that awaits a timer of mock.timers is given up, and the next test has it',
    () =>
      passes(host, {
        'slow.mjs': "await new Promise((resolve) => setTimeout(resolve, 10))\nexport const value = 'settled'",
        'a.test.mjs': `${top}
        test('while timers are mocked', async (t) => {
          t.mock.timers.enable({ apis: ['setTimeout'] })
          await assert.rejects(importFresh('./slow.mjs'), { code: 'ERR_NOT_FRESH', message: /"\\.\\/slow\\.mjs".*timers are fake/ })
          const moved = importFresh('./slow.mjs')
          for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
          t.mock.timers.tick(10)
          assert.strictEqual((await moved).value, 'settled')
        })
        test('when they are not', async () => assert.strictEqual((await importFresh('./slow.mjs')).value, 'settled'))
      `,
      }),
  )
})
