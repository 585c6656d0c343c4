/** `fresh-modules/register`: the guard, options in package.json, and ends of tests. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode, project } from '../harness/index.ts'
import { passes, run } from './passes.ts'

const app = (freshModules: object) =>
  JSON.stringify({ name: 'app', private: true, type: 'commonjs', freshModules })
const register = ['--import', 'fresh-modules/register']

describeHosts('node', (host) => {
  test('a second copy of a refusing module fails the test, even if it is caught', async () => {
    const result = await run(
      host,
      {
        'package.json': app({
          specs: [{ match: './db.cjs', allowReimport: false, reason: 'owns the pool' }],
        }),
        'db.cjs': 'exports.pool = {}',
        'a.test.cjs': `
          const test = require('node:test')
          require('./db.cjs')
          test('fine before', () => {})
          test('doubles', () => {
            delete require.cache[require.resolve('./db.cjs')]
            try { require('./db.cjs') } catch {}
          })
          test('fine after', () => {})
        `,
      },
      { nodeArgs: register },
    )
    expect(
      result.tests.map(({ name, status }) => [name, status]),
      result.output,
    ).toEqual([
      ['fine before', 'passed'],
      ['doubles', 'failed'],
      ['fine after', 'passed'],
    ])
    expect(result.output).toContain('ERR_DUPLICATE_MODULE')
    expect(result.output).toContain('owns the pool')
    expect(result.output).toContain('db.cjs')
  })

  test.skipIf(chosenNode() < 22)('a query and a second loader make no way round the guard', async () => {
    const result = await run(
      host,
      {
        'package.json': app({ specs: [{ match: '*.{mjs,cjs}', allowReimport: false }] }),
        'db.mjs': 'export const pool = {}',
        'one.cjs': 'exports.state = {}',
        'a.test.mjs': `
          import assert from 'node:assert'
          import { createRequire } from 'node:module'
          import test from 'node:test'
          import './db.mjs'
          import * as one from './one.cjs'
          test('query', async () => { await import('./db.mjs?x=1') })
          test('two loaders of one CommonJS file', () => {
            assert.strictEqual(createRequire(import.meta.url)('./one.cjs'), one.default)
          })
        `,
      },
      { nodeArgs: register },
    )
    expect(
      result.tests.map(({ status }) => status),
      result.output,
    ).toEqual(['failed', 'passed'])
    expect(result.output).toContain('ERR_DUPLICATE_MODULE')
  })

  test('flags that a test sets end with it, and copies that it made are disposed of', () =>
    passes(
      host,
      {
        'package.json': app({}),
        'db.cjs':
          "const { onUnload } = require('fresh-modules')\nonUnload(module, () => globalThis.disposed.push('db'))",
        'a.test.cjs': `
          const assert = require('node:assert')
          const test = require('node:test')
          const { markNonReimportable, requireFresh, specOf } = require('fresh-modules')
          globalThis.disposed = []
          require('./db.cjs')
          test('first', async () => {
            requireFresh('./db.cjs')
            await markNonReimportable('./db.cjs')
            assert.throws(() => requireFresh('./db.cjs'), { code: 'ERR_REIMPORT_REFUSED' })
            assert.deepStrictEqual(globalThis.disposed, [])
          })
          test('second', async () => {
            assert.strictEqual((await specOf('./db.cjs')).allowReimport, true)
            assert.deepStrictEqual(globalThis.disposed, ['db'])
          })
        `,
      },
      { nodeArgs: register },
    ))

  test.skipIf(chosenNode() < 22)('threads and processes that a test starts have output of their own', () =>
    passes(
      host,
      {
        'package.json': app({}),
        'thread.mjs': "import { parentPort } from 'node:worker_threads'\nparentPort.postMessage('done')",
        'child.mjs': "console.log('done')",
        'a.test.mjs': `
          import assert from 'node:assert'
          import { fork } from 'node:child_process'
          import { once } from 'node:events'
          import test from 'node:test'
          import { Worker } from 'node:worker_threads'
          const textOf = async (stream) => (await stream.toArray()).join('')
          test('thread', async () => {
            const thread = new Worker(new URL('./thread.mjs', import.meta.url), { stdout: true })
            const [message] = await once(thread, 'message')
            assert.strictEqual(message, 'done')
            assert.strictEqual(await textOf(thread.stdout), '')
          })
          test('process', async () => {
            const child = fork(new URL('./child.mjs', import.meta.url), { silent: true })
            assert.strictEqual(await textOf(child.stdout), 'done\\n')
          })
        `,
      },
      { nodeArgs: register },
    ),
  )

  test('it may come after node:test, in a file that is run by itself', async () => {
    const app = await project(host.name, {
      'db.cjs': '',
      'a.test.mjs': `
        import test from 'node:test'
        import 'fresh-modules/register'
        import { markNonReimportable, specOf } from 'fresh-modules'
        test('sets a flag', () => markNonReimportable('./db.cjs'))
        test('has its own flags', async () => {
          if (!(await specOf('./db.cjs')).allowReimport) throw new Error('the flag of another test')
        })
      `,
    })
    const { exitCode, stdout, stderr } = await app.node(['a.test.mjs'])
    expect(exitCode, stdout + stderr).toBe(0)
  })

  test.skipIf(chosenNode() < 22)('a folder may have a name as C# has', () =>
    passes(
      host,
      {
        'C#/package.json': app({}),
        'C#/db.cjs': '/** @fresh-modules no-reimport */',
        'C#/x.cjs': "exports.state = {}\nexports.late = () => import('./y.mjs')",
        'C#/y.mjs': 'export const state = {}',
        'C#/a.test.mjs': `
          import assert from 'node:assert'
          import test from 'node:test'
          import { importFresh, requireFresh, specOf } from 'fresh-modules'
          import x from './x.cjs'
          import * as y from './y.mjs'
          test('copies', async () => {
            assert.notStrictEqual((await importFresh('./y.mjs')).state, y.state)
            assert.notStrictEqual((await importFresh('./y.mjs?x=1')).state, y.state)
            const shared = requireFresh('./x.cjs')
            assert.notStrictEqual(shared.state, x.state)
            assert.strictEqual((await shared.late()).state, y.state)
            const fresh = await importFresh('./x.cjs', { fresh: ['./y.mjs'] })
            assert.notStrictEqual((await fresh.late()).state, y.state)
            await assert.rejects(import('./db.cjs').then(() => importFresh('./db.cjs')), { code: 'ERR_REIMPORT_REFUSED' })
          })
        `,
      },
      { nodeArgs: register },
    ),
  )

  test('options that are wrong are one clear error', async () => {
    const wrong = await project(host.name, {
      'package.json': app({ specs: [{ match: 5 }], onDuplicate: 'shout' }),
      'main.cjs': '',
    })
    const { exitCode, stderr } = await wrong.node([...register, 'main.cjs'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('ERR_BAD_OPTION')
    expect(stderr).toContain('onDuplicate')
  })

  test('it may be loaded by require, by import and twice', async () => {
    const app = await project(host.name, {
      'main.mjs': `
        import { createRequire } from 'node:module'
        const first = await import('fresh-modules/register')
        const second = createRequire(import.meta.url)('fresh-modules/register')
        console.log(Object.keys(first.mochaHooks).join(), Object.keys(second.mochaHooks).join())
      `,
    })
    const { exitCode, stdout, stderr } = await app.node(['main.mjs'])
    expect(exitCode, stderr).toBe(0)
    const hooks = 'beforeEach,afterEach,afterAll'
    expect(stdout.trim()).toBe(`${hooks} ${hooks}`)
  })
})
