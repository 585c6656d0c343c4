/** What node:test itself does with modules, together with ours: `mock.module`, and resets between tests by hand. */
import { test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/index.ts'
import { passes } from './passes.ts'

const mocks = ['--experimental-test-module-mocks']

const modules = {
  'dep.mjs': 'export const n = 1',
  'dep.cjs': 'exports.n = 1',
  'other.mjs': 'export const state = {}',
  'target.mjs': `
    export * as dep from './dep.mjs'
    export { default as cjs } from './dep.cjs'
    export { state } from './other.mjs'
  `,
  'target.cjs': "exports.cjs = require('./dep.cjs')\nexports.state = {}",
}

/** `first`: whether ours are there before node:test is asked to mock anything. */
const mockTest = (first: boolean) => `
  import assert from 'node:assert'
  import test, { mock } from 'node:test'
  import { importFresh, requireFresh } from 'fresh-modules'
  ${first ? "await importFresh('./target.mjs')" : ''}

  for (const [kind, name] of [['dep', './dep.mjs'], ['cjs', './dep.cjs']]) {
    test(name, async () => {
      const mocked = mock.module(new URL(name, import.meta.url).href, { namedExports: { n: 2 }, defaultExport: { n: 2 } })
      const shared = await importFresh('./target.mjs')
      assert.strictEqual(shared[kind].n, 2, 'what a copy shares')
      assert.strictEqual(shared[kind === 'dep' ? 'cjs' : 'dep'].n, 1, 'and nothing else')
      const listed = await importFresh('./target.mjs', { fresh: [name, './other.mjs'] })
      assert.strictEqual(listed[kind].n, 2, 'what is listed')
      assert.notStrictEqual(listed.state, shared.state)
      const { default: ns = {}, n } = await importFresh(name)
      assert.strictEqual(n ?? ns.n, 2, 'the target')
      const byFunction = await importFresh(() => import('./target.mjs'), { fresh: [name] })
      assert.strictEqual(byFunction[kind].n, 2, 'by a function')
      if (kind === 'cjs') {
        assert.strictEqual(requireFresh('./target.cjs').cjs.n, 2)
        assert.strictEqual(requireFresh('./target.cjs', { fresh: [name] }).cjs.n, 2)
        assert.strictEqual(requireFresh(name).n, 2)
      }
      mocked.restore()
      const after = await importFresh('./target.mjs', { fresh: [name] })
      assert.strictEqual(after[kind].n, 1, 'restored')
      assert.strictEqual(requireFresh('./target.cjs', { fresh: ['./dep.cjs'] }).cjs.n, 1)
    })
  }
`

describeHosts('node', (host) => {
  test.skipIf(chosenNode() < 22).each([
    ['before', true],
    ['after', false],
  ])('mock.module holds in scopes, with our hooks there %s it', async (_, first) => {
    await passes(host, { ...modules, 'a.test.mjs': mockTest(first) }, { nodeArgs: mocks })
  })

  test('mock.module of a CommonJS file holds for what copies share', () =>
    passes(
      host,
      {
        ...modules,
        'a.test.cjs': `
          const assert = require('node:assert')
          const { mock, test } = require('node:test')
          const { requireFresh } = require('fresh-modules')
          test('shared', () => {
            const plain = requireFresh('./target.cjs')
            const mocked = mock.module('./dep.cjs', { namedExports: { n: 2 }, defaultExport: {} })
            const copy = requireFresh('./target.cjs')
            assert.strictEqual(copy.cjs.n, 2)
            assert.notStrictEqual(copy.state, plain.state)
            mocked.restore()
            assert.strictEqual(requireFresh('./target.cjs').cjs.n, 1)
          })
        `,
      },
      { nodeArgs: mocks },
    ))

  const stateful = {
    'counter.cjs':
      "const inner = require('./inner.cjs')\nlet count = 0\nexports.next = () => ++count + inner.next()",
    'inner.cjs': 'let count = 0\nexports.next = () => ++count',
    'counter.mjs':
      "import inner from './inner.cjs'\nlet count = 0\nexport const next = () => ++count + inner.next()",
    'kept.cjs':
      '/** @fresh-modules no-unload: one for all tests */\nlet count = 0\nexports.next = () => ++count',
  }

  test('resetModules in a beforeEach gives each test CommonJS modules that are fresh', () =>
    passes(host, {
      ...stateful,
      'a.test.cjs': `
        const assert = require('node:assert')
        const { beforeEach, test } = require('node:test')
        const { resetModules } = require('fresh-modules')
        const atTop = require('./counter.cjs')
        const kept = require('./kept.cjs')
        let summary
        beforeEach(async () => { summary = await resetModules() })
        for (const n of [1, 2, 3]) {
          test('test ' + n, () => {
            assert.strictEqual(require('./counter.cjs').next(), 2, 'asked for in the test')
            assert.strictEqual(atTop.next(), 4, 'held since the file was loaded')
            assert.strictEqual(kept.next(), n)
            assert.strictEqual(require('./kept.cjs'), kept)
            const names = (ids) => ids.map((id) => id.split(/[\\\\/]/).at(-1)).sort()
            assert.deepStrictEqual(names(summary.reloaded), ['counter.cjs', 'inner.cjs'])
            const reason = summary.kept.find(({ id }) => id.endsWith('kept.cjs')).reason
            assert.match(reason, /one for all tests/)
          })
        }
      `,
    }))

  test.skipIf(chosenNode() < 22)('and keeps ES modules, with the reason in its summary', () =>
    passes(host, {
      ...stateful,
      'a.test.mjs': `
        import assert from 'node:assert'
        import { beforeEach, test } from 'node:test'
        import { importFresh, resetModules } from 'fresh-modules'
        import { next } from './counter.mjs'
        let summary
        beforeEach(async () => { summary = await resetModules() })
        for (const n of [1, 2, 3]) {
          test('test ' + n, async () => {
            const kept = summary.kept.find(({ id }) => id.endsWith('counter.mjs'))
            assert.match(kept.reason, /Node's own loader never forgets an ES module/)
            assert.strictEqual((await importFresh('./counter.mjs', { fresh: ['./inner.cjs'] })).next(), 2)
            // The reset reloads what the ES module holds of CommonJS, and the ES module itself counts on.
            assert.strictEqual(next(), n + 1)
          })
        }
      `,
    }),
  )

  test.skipIf(chosenNode() < 22)(
    'named imports of a CommonJS module are snapshots: its default export is what a reload reaches',
    () =>
      passes(host, {
        'cjs.cjs': 'exports.state = {}',
        'a.test.mjs': `
        import assert from 'node:assert'
        import { test } from 'node:test'
        import { reloadInPlace } from 'fresh-modules'
        import cjs, { state } from './cjs.cjs'
        test('reload', async () => {
          const before = cjs.state
          await reloadInPlace('./cjs.cjs')
          assert.notStrictEqual(cjs.state, before)
          assert.strictEqual(state, before)
        })
      `,
      }),
  )
})
