/** What users of import-fresh 3 and 4 rely on, by our calls; docs/migration.md says where we decided otherwise. */
import { test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/index.ts'
import { passes } from './passes.ts'

const counter = 'let count = 0\nmodule.exports = () => ++count'

describeHosts('node', (host) => {
  test('import-fresh 3', () =>
    passes(host, {
      'counter.cjs': counter,
      'importer.cjs': `
        const { requireFresh } = require('fresh-modules')
        exports.run = (name) => requireFresh(name)
        exports.file = __filename
      `,
      'a.test.cjs': `
        const assert = require('node:assert')
        const test = require('node:test')
        const { requireFresh } = require('fresh-modules')
        test('each call counts from one, and a plain require goes on', () => {
          assert.deepStrictEqual([require('./counter.cjs')(), require('./counter.cjs')()], [1, 2])
          for (let i = 0; i < 3; i++) assert.strictEqual(requireFresh('./counter.cjs')(), 1)
          assert.strictEqual(require('./counter.cjs')(), 3)
        })
        test('a module may load itself', () => {
          const { run } = requireFresh('./importer.cjs')
          assert.strictEqual(typeof run('./importer.cjs').run, 'function')
        })
        test('the calling module may be gone from the registry', () => {
          const { run, file } = require('./importer.cjs')
          delete require.cache[file]
          assert.strictEqual(typeof run('./importer.cjs').run, 'function')
        })
      `,
    }))

  test.skipIf(chosenNode() < 22)('import-fresh 4', () =>
    passes(host, {
      'increment.js': 'let count = 0\nexport default () => ++count',
      'parent.js': "import increment from './increment.js'\nexport default increment",
      'waits.js':
        "import { importFresh } from 'fresh-modules'\nexport default (await importFresh('./increment.js')).default",
      'counter.cjs': counter,
      'mixed.js': "import increment from './counter.cjs'\nexport default increment",
      'bridge.cjs': "module.exports = () => import('./increment.js')",
      'parent.cjs': 'exports.parent = module.parent.filename',
      'data.json': '{ "a": 1 }',
      'revoked.cjs': 'const { proxy, revoke } = Proxy.revocable({}, {})\nmodule.exports = proxy\nrevoke()',
      'undefined.cjs': 'module.exports = undefined',
      'named.cjs': `
        exports.one = 1
        Object.defineProperty(exports, 'hidden', { enumerable: false, value: 2 })
        globalThis.read = 0
        Object.defineProperty(exports, 'computed', { get() { globalThis.read++; return 3 } })
      `,
      'class.cjs': 'module.exports = class { static x = 1 }',
      'a.test.js': `
        import assert from 'node:assert'
        import test from 'node:test'
        import { pathToFileURL } from 'node:url'
        import { importFresh } from 'fresh-modules'
        const options = { fresh: 'imports' }
        const counts = async (name) => (await importFresh(name, options)).default()
        test('graphs of every kind count from one', async () => {
          for (const name of ['./increment.js', './parent.js', './waits.js', './counter.cjs', './mixed.js']) {
            assert.deepStrictEqual(await Promise.all([counts(name), counts(name)]), [1, 1], name)
            assert.strictEqual(await counts(name), 1, name)
          }
        })
        test('import() of a CommonJS copy stays in its scope, at the same time and later', async () => {
          const bridges = await Promise.all([importFresh('./bridge.cjs', options), importFresh('./bridge.cjs', options)])
          const counters = await Promise.all(bridges.map(async ({ default: load }) => (await load()).default))
          assert.deepStrictEqual(counters.map((increment) => increment()), [1, 1])
          const plain = (await import('./bridge.cjs')).default
          assert.strictEqual((await plain()).default, (await plain()).default)
        })
        test('specifiers of every kind', async () => {
          const url = new URL('./increment.js', import.meta.url)
          for (const name of [url.href, url.pathname, './increment.js?a=1', './counter.cjs?a=1']) assert.strictEqual(await counts(name), 1)
          assert.strictEqual((await importFresh('./increment.js', { from: url })).default(), 1)
          assert.deepStrictEqual((await importFresh('./data.json')).default, { a: 1 })
          assert.strictEqual((await importFresh('./parent.cjs')).parent, import.meta.filename)
        })
        test('exports of CommonJS are shown as by an import', async () => {
          await importFresh('./revoked.cjs')
          assert.strictEqual((await importFresh('./undefined.cjs')).default, undefined)
          for (const name of ['./named.cjs', './class.cjs']) {
            assert.deepStrictEqual(Object.keys(await importFresh(name)), Object.keys(await import(name)))
          }
          assert.strictEqual(globalThis.read, 0)
        })
        test('what is no specifier is a bad option', async () => {
          for (const bad of [1, null, {}, '']) await assert.rejects(importFresh(bad), { code: 'ERR_BAD_OPTION' })
          for (const bad of [1, [], null]) await assert.rejects(importFresh('./increment.js', bad), { code: 'ERR_BAD_OPTION' })
        })
      `,
    }),
  )
})
