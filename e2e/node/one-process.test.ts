/** Test files of one process, by `node --test --test-isolation=none`, and resets that `register` is asked for. */
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode, type FileTree, type Host, project, type RunResult } from '../harness/index.ts'

const register = ['--import', 'fresh-modules/register']
/** By its first name, which later versions know as well. */
const inOneProcess = '--experimental-test-isolation=none'

const app = (freshModules: object) =>
  JSON.stringify({ name: 'app', private: true, type: 'commonjs', freshModules })

async function runInOneProcess(host: Host, files: FileTree, nodeArgs: readonly string[]): Promise<RunResult> {
  const { run } = await project(host.name, files)
  return run(['--test', inOneProcess], { nodeArgs })
}

const modules: FileTree = {
  'counter.js':
    "const inner = require('./inner')\nlet count = 0\nexports.next = () => ++count + inner.next()",
  'inner.js': 'let count = 0\nexports.next = () => 10 * ++count',
  'kept.js':
    '/** @fresh-modules no-reimport: one for all files */\nlet count = 0\nexports.next = () => ++count',
  'late.js': "exports.counter = require('./counter')",
}

const commonJsTest = (file: string) => `
  const assert = require('node:assert')
  const { after, before, describe, test } = require('node:test')
  const { next } = require('./counter')
  const made = { file: '${file}', counter: require('./counter') }
  describe('${file}', () => {
    before(() => assert.strictEqual(require('./counter'), made.counter))
    test('has modules of its own', () => {
      assert.strictEqual(next(), 11)
      assert.strictEqual(require('./counter'), made.counter)
      assert.strictEqual(require('./late').counter, made.counter)
    })
    test('which go on from test to test', async () => {
      assert.strictEqual(require('./counter').next(), 22)
      assert.strictEqual((await import('./counter.js')).default, made.counter)
      globalThis.kept = require('./kept').next()
    })
  })
`

describeHosts('node', (host) => {
  describe.skipIf(chosenNode() < 22)('test files in one process', () => {
    test('each has CommonJS modules of its own, and all share what must be there once', async () => {
      const result = await runInOneProcess(
        host,
        {
          'package.json': app({}),
          ...modules,
          'a.test.js': commonJsTest('a'),
          'b.test.js': commonJsTest('b'),
          'c.test.mjs': `
            import assert from 'node:assert'
            import test from 'node:test'
            import counter, { next } from './counter.js'
            import { state } from './state.mjs'
            test('as an ES module does', async () => {
              assert.strictEqual(next(), 11)
              assert.strictEqual((await import('./counter.js')).default, counter)
              state.files++
            })
            test('and what is kept is there once', () => assert.strictEqual(globalThis.kept, 2))
          `,
          'd.test.mjs': `
            import assert from 'node:assert'
            import test from 'node:test'
            import { next } from './counter.js'
            import { state } from './state.mjs'
            test('an ES module is kept', () => {
              assert.strictEqual(next(), 11)
              assert.strictEqual(state.files, 1)
            })
          `,
          'state.mjs': 'export const state = { files: 0 }',
        },
        register,
      )
      expect(result, result.output).toMatchObject({ failed: 0, passed: 7 })
      expect(result.stderr).toContain(
        '[fresh-modules] 1 ES modules were kept from test file to test file, and what they import, since Node never ' +
          'forgets an ES module: ./state.mjs',
      )
    })

    test('what --import has loaded is the same in all of them', async () => {
      const result = await runInOneProcess(
        host,
        {
          'package.json': app({}),
          ...modules,
          'hooks.cjs':
            "const test = require('node:test')\nglobalThis.counter = require('./counter')\ntest.beforeEach(() => {})",
          'a.test.js':
            "require('node:test').test('a', () => require('node:assert').strictEqual(require('./counter'), globalThis.counter))",
          'b.test.js':
            "require('node:test').test('b', () => require('node:assert').strictEqual(require('./counter'), globalThis.counter))",
        },
        [...register, '--import', './hooks.cjs'],
      )
      expect(result, result.output).toMatchObject({ failed: 0, passed: 2 })
    })

    test('resetModules by hand drops neither test files nor what --import names, and reloads what they hold', async () => {
      const test = (file: string) => `
        const assert = require('node:assert')
        const { test } = require('node:test')
        const counter = require('./counter')
        for (const n of [1, 2]) {
          test('${file} ' + n, async () => {
            assert.strictEqual(counter.next(), 11)
            assert.strictEqual(require('./counter'), counter)
            const { kept, dropped, reloaded } = await globalThis.summary
            const names = (ids) => ids.map((id) => id.split(/[\\\\/]/).at(-1)).sort()
            const reasons = Object.fromEntries(kept.map(({ id, reason }) => [names([id])[0], reason]))
            for (const name of ['a.test.js', 'b.test.js', 'hooks.cjs'])
              assert.match(reasons[name], /calls fresh-modules itself|no file of the project has loaded it/)
            assert.deepStrictEqual(names(dropped), [])
            assert.deepStrictEqual(names(reloaded), ['counter.js', 'inner.js'])
          })
        }
      `
      const result = await runInOneProcess(
        host,
        {
          'package.json': app({}),
          ...modules,
          'hooks.cjs': `
            const { beforeEach } = require('node:test')
            const { resetModules } = require('fresh-modules')
            beforeEach(async () => { await (globalThis.summary = resetModules()) })
          `,
          'a.test.js': test('a'),
          'b.test.js': test('b'),
        },
        ['--import', './hooks.cjs'],
      )
      expect(result, result.output).toMatchObject({ failed: 0, passed: 4 })
    })

    test("with resetBetween: 'tests' each test has fresh ones, with 'never' all files share them", async () => {
      const counting = (expected: string) => `
        const { test } = require('node:test')
        const counter = require('./counter')
        for (const n of [0, 1]) test('counts', () => require('node:assert').strictEqual(counter.next(), ${expected}))
      `
      const between = (resetBetween: string, first: string, second: string) =>
        runInOneProcess(
          host,
          {
            'package.json': app({ resetBetween }),
            ...modules,
            'a.test.js': counting(first),
            'b.test.js': counting(second),
          },
          register,
        )
      const tests = await between('tests', '11', '11')
      expect(tests, tests.output).toMatchObject({ failed: 0, passed: 4 })
      const never = await between('never', '11 * (n + 1)', '11 * (n + 3)')
      expect(never, never.output).toMatchObject({ failed: 0, passed: 4 })
    })
  })

  test("resetBetween: 'tests' resets where each file has its process, too", async () => {
    const { run } = await project(host.name, {
      'package.json': app({ resetBetween: 'tests' }),
      ...modules,
      'a.test.js': `
        const assert = require('node:assert')
        const { describe, test } = require('node:test')
        const counter = require('./counter')
        for (const n of [1, 2]) test('test ' + n, () => assert.strictEqual(counter.next(), 11))
        test('with tests within', async (t) => {
          assert.strictEqual(counter.next(), 11)
          await t.test('shares what the test around it has', () => assert.strictEqual(counter.next(), 22))
        })
      `,
    })
    const result = await run(['--test'], { nodeArgs: register })
    expect(result, result.output).toMatchObject({ failed: 0, passed: 4 })
  })
})
