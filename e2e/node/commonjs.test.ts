/** CommonJS in plain Node, with no adapter: what `require.cache` and its neighbours look like afterwards. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode, project } from '../harness/index.ts'
import { passes } from './passes.ts'

const counter = `
  const dep = require('./dep.cjs')
  let count = 0
  module.exports = { increment: () => ++count, dep, module, late: (name) => require(name), find: (name) => require.resolve(name), main: require.main }
`
const files = { 'counter.cjs': counter, 'dep.cjs': 'exports.state = {}', 'data.json': '{ "a": 1 }' }
const top = `
  const assert = require('node:assert')
  const test = require('node:test')
  const { importFresh, requireFresh, reloadInPlace, unload, withUnloaded, specOf } = require('fresh-modules')
`

describeHosts('node', (host) => {
  test('a fresh copy leaves the registry as it was', () =>
    passes(host, {
      ...files,
      'a.test.cjs': `${top}
        test('registry', async () => {
          const registered = require('./counter.cjs')
          registered.increment()
          const children = [...module.children]
          const keys = Object.keys(require.cache)
          const fresh = requireFresh('./counter.cjs')
          assert.strictEqual(fresh.increment(), 1)
          assert.strictEqual(fresh.dep, registered.dep)
          assert.strictEqual(fresh.main, registered.main)
          assert.strictEqual(require('./counter.cjs'), registered)
          assert.strictEqual(fresh.module.parent, module)
          assert.strictEqual(fresh.module.filename, registered.module.filename)
          assert.strictEqual(fresh.module.loaded, true)
          assert.deepStrictEqual(module.children, children)
          const { default: other } = await importFresh('./counter.cjs')
          assert.strictEqual(other.increment(), 1)
          assert.deepStrictEqual(Object.keys(require.cache).filter((key) => !key.includes('node_modules')), keys.filter((key) => !key.includes('node_modules')))
        })
      `,
    }))

  test('what a copy requires is answered in its scope, also when it asks late', () =>
    passes(host, {
      ...files,
      'a.test.cjs': `${top}
        test('scope', () => {
          const registered = require('./counter.cjs')
          const fresh = requireFresh('./counter.cjs', { fresh: ['./dep.cjs', './data.json'], blocked: ['fs', 'left-pad'] })
          assert.notStrictEqual(fresh.dep, registered.dep)
          assert.strictEqual(fresh.late('./dep.cjs'), fresh.dep)
          assert.strictEqual(fresh.late(require.resolve('./dep.cjs')), fresh.dep)
          assert.notStrictEqual(fresh.late('./data.json'), require('./data.json'))
          for (const name of ['fs', 'node:fs', 'left-pad', 'left-pad/sub.js']) {
            assert.throws(() => fresh.late(name), { code: 'MODULE_NOT_FOUND' })
            assert.throws(() => fresh.find(name), { code: 'MODULE_NOT_FOUND' })
          }
          const { createRequire } = fresh.late('node:module')
          assert.strictEqual(createRequire(__filename)('./dep.cjs'), fresh.dep)
          assert.throws(() => createRequire(__filename)('fs'), { code: 'MODULE_NOT_FOUND' })
          assert.strictEqual(registered.late('fs'), require('fs'))
          assert.strictEqual(registered.find('./dep.cjs'), require.resolve('./dep.cjs'))
        })
      `,
    }))

  test.skipIf(chosenNode() < 22)('an import() of a copy is answered in its scope', () =>
    passes(host, {
      'target.cjs': `
        exports.late = (name) => import(name)
        exports.file = __filename
        exports.folder = __dirname
      `,
      'late.cjs': 'exports.late = (name) => import(name)',
      'dep.mjs': 'export const state = {}',
      'a.test.cjs': `${top}
        test('import()', async () => {
          for (const name of ['./target.cjs', './late.cjs']) {
            const plain = await require(name).late('./dep.mjs')
            const fresh = requireFresh(name, { fresh: ['./dep.mjs'], blocked: ['fs'] })
            assert.notStrictEqual((await fresh.late('./dep.mjs')).state, plain.state)
            assert.strictEqual(await fresh.late('./dep.mjs'), await fresh.late('./dep.mjs'))
            await assert.rejects(fresh.late('fs'), { code: 'ERR_MODULE_NOT_FOUND' })
          }
          const { file, folder } = requireFresh('./target.cjs')
          assert.deepStrictEqual([file, folder], [require.resolve('./target.cjs'), __dirname])
        })
      `,
    }),
  )

  test('a copy that fails leaves nothing, and the next call runs the body again', () =>
    passes(host, {
      'broken.cjs':
        'globalThis.runs = (globalThis.runs ?? 0) + 1\nmodule.exports = 1\nthrow globalThis.thrown',
      'a.test.cjs': `${top}
        test('failure', async () => {
          for (const thrown of [new Error('mine'), undefined, 5]) {
            globalThis.thrown = thrown
            const before = [globalThis.runs ?? 0, module.children.length]
            let caught = 'nothing'
            try { requireFresh('./broken.cjs') } catch (error) { caught = error }
            assert.strictEqual(caught, thrown)
            caught = 'nothing'
            await importFresh('./broken.cjs').catch((error) => { caught = error })
            assert.strictEqual(caught, thrown)
            assert.deepStrictEqual([globalThis.runs, module.children.length], [before[0] + 2, before[1]])
          }
          assert.strictEqual(require.cache[require.resolve('./broken.cjs')], undefined)
        })
      `,
    }))

  test('unload takes the entry from the parents, and require and import agree afterwards', () =>
    passes(host, {
      ...files,
      'a.test.cjs': `${top}
        const hasHooks = require('node:module').registerHooks !== undefined
        test('unload', async () => {
          const registered = require('./counter.cjs')
          if (hasHooks) assert.strictEqual((await import('./counter.cjs')).default, registered)
          await unload('./counter.cjs')
          assert.ok(!module.children.some(({ filename }) => filename.endsWith('counter.cjs')))
          const next = require('./counter.cjs')
          assert.notStrictEqual(next, registered)
          assert.strictEqual(next.dep, registered.dep)
          if (hasHooks) {
            assert.strictEqual((await import('./counter.cjs')).default, next)
          }
          await withUnloaded('./counter.cjs', async () => {
            const inside = require('./counter.cjs')
            assert.notStrictEqual(inside, next)
            if (hasHooks) assert.strictEqual((await import('./counter.cjs')).default, inside)
          })
          assert.strictEqual(require('./counter.cjs'), next)
          assert.ok(module.children.includes(next.module))
          if (hasHooks) assert.strictEqual((await import('./counter.cjs')).default, next)
        })
      `,
    }))

  test('a reload in place runs the body on the same exports', () =>
    passes(host, {
      'state.cjs': 'exports.state = {}\nexports.later = (value) => { exports.value = value }',
      'replaced.cjs': 'module.exports = { state: {} }',
      'function.cjs': 'module.exports = () => {}',
      'a.test.cjs': `${top}
        test('reload', async () => {
          for (const name of ['./state.cjs', './replaced.cjs']) {
            const exports = require(name)
            const { state } = exports
            exports.foreign = 1
            assert.strictEqual(await reloadInPlace(name), exports)
            assert.strictEqual(require(name), exports)
            assert.notStrictEqual(exports.state, state)
          }
          const { later } = require('./state.cjs')
          later(7)
          assert.strictEqual(require('./state.cjs').value, 7)
          assert.strictEqual(require.cache[require.resolve('./state.cjs')].parent, module)
          require('./function.cjs')
          await assert.rejects(reloadInPlace('./function.cjs'), { code: 'ERR_RELOAD_REFUSED' })
        })
      `,
    }))

  test('what others patched in the loader is asked for fresh copies as well', () =>
    passes(host, {
      'target.cjs': 'exports.value = REPLACED\nexports.odd = require("./file.odd")',
      'file.odd': 'odd',
      'a.test.cjs': `${top}
        const fs = require('node:fs')
        const Module = require('node:module')
        Module._extensions['.odd'] = (module, file) => { module.exports = { text: fs.readFileSync(file, 'utf8') } }
        const evaluate = Module._extensions['.cjs'] ?? Module._extensions['.js']
        Module._extensions['.cjs'] = (module, file) => {
          const compile = module._compile
          module._compile = function (content, name) { return compile.call(this, content.replace('REPLACED', '42'), name) }
          evaluate(module, file)
        }
        test('extensions', () => {
          const plain = require('./target.cjs')
          const fresh = requireFresh('./target.cjs', { fresh: ['./file.odd'] })
          assert.deepStrictEqual([plain.value, fresh.value, fresh.odd.text], [42, 42, 'odd'])
          assert.notStrictEqual(plain.odd, fresh.odd)
          const load = Module._load
          Module._load = function (request, ...rest) { return request === './file.odd' ? 'mocked' : load.call(this, request, ...rest) }
          assert.strictEqual(requireFresh('./target.cjs').odd, 'mocked')
          Module._load = load
        })
      `,
    }))

  test('thousands of copies leave the heap as it was', async () => {
    const app = await project(host.name, {
      ...files,
      'main.cjs': `
        const { importFresh, requireFresh } = require('fresh-modules')
        require('./counter.cjs')
        const settled = async () => {
          for (let i = 0; i < 5; i++) { global.gc(); await new Promise((resolve) => setTimeout(resolve, 20)) }
          return process.memoryUsage().heapUsed
        }
        const run = async (count) => {
          for (let i = 0; i < count; i++) { requireFresh('./counter.cjs'); await importFresh('./counter.cjs', { fresh: ['./dep.cjs'] }) }
        }
        ;(async () => {
          // The engine grows while it gets to know the code. What leaks grows in every round.
          const growth = []
          for (let before = await settled(), round = 0; round < 5; round++) {
            await run(5_000)
            const after = await settled()
            growth.push(after - before)
            before = after
          }
          console.log(Math.min(...growth))
        })()
      `,
    })
    const { stdout, stderr } = await app.node(['--expose-gc', 'main.cjs'])
    expect(stderr).toBe('')
    expect(Number(stdout)).toBeLessThan(512 * 1024)
  })

  test('a reload of what is assigned to module.exports works on, and leaves what belongs to others whole', () =>
    passes(host, {
      'api.cjs': `
        const api = { count: 0, increase() { api.count++ }, ask: () => 'real', run: () => api.ask() }
        module.exports = api
      `,
      'lib.cjs': "exports.name = 'lib'",
      'other.cjs': "exports.name = 'other'",
      'wrapper.cjs': "module.exports = require('./lib.cjs')",
      'builtin.cjs': "module.exports = require('node:path')",
      'either.cjs': "module.exports = require(process.env.OTHER ? './other.cjs' : './lib.cjs')",
      'a.test.cjs': `${top}
        test('own name', async () => {
          const api = require('./api.cjs')
          api.increase()
          for (const round of [1, 2]) {
            assert.strictEqual(await reloadInPlace('./api.cjs'), api)
            assert.strictEqual(api.count, 0)
            api.increase()
            assert.strictEqual(api.count, 1)
            api.ask = () => 'mine ' + round
            assert.strictEqual(api.run(), 'mine ' + round)
          }
        })
        test('of others', async () => {
          const [lib, path] = [require('./lib.cjs'), require('node:path')]
          assert.strictEqual(require('./wrapper.cjs'), lib)
          assert.strictEqual(require('./builtin.cjs'), path)
          await reloadInPlace('./wrapper.cjs')
          await reloadInPlace('./builtin.cjs')
          await reloadInPlace('./lib.cjs')
          assert.deepStrictEqual({ ...lib }, { name: 'lib' })
          assert.strictEqual(path.posix.join('a', 'b'), 'a/b')
        })
        test('of another than before', async () => {
          const [lib, other, either] = [require('./lib.cjs'), require('./other.cjs'), require('./either.cjs')]
          process.env.OTHER = '1'
          await assert.rejects(reloadInPlace('./either.cjs'), { code: 'ERR_RELOAD_REFUSED', message: /another module/ })
          assert.deepStrictEqual([lib.name, other.name, either], ['lib', 'other', lib])
        })
      `,
    }))

  test('code that is no file: relative to where Node was started', async () => {
    const code = `
      const { importFresh, requireFresh } = require('fresh-modules')
      const registered = require('./counter.cjs')
      importFresh('./counter.cjs').then(({ default: other }) => {
        const fresh = requireFresh('./counter.cjs')
        console.log(fresh !== registered, other !== registered, fresh.dep === registered.dep, other.dep === registered.dep)
      })
    `
    const app = await project(host.name, files)
    const result = await app.node(['-e', code])
    expect(result.stdout.trim(), result.stderr).toBe('true true true true')
  })

  test('the function form takes a require on any Node, and an import() where Node tells of it', () =>
    passes(host, {
      'mod.js': 'exports.state = {}\nglobalThis.runs = (globalThis.runs ?? 0) + 1',
      'package.json': '{ "name": "app", "type": "commonjs" }',
      'a.test.cjs': `${top}
        const hasHooks = require('node:module').registerHooks !== undefined
        test('require', async () => {
          const registered = require('./mod')
          const copies = [requireFresh(() => require('./mod')), await importFresh(() => require('./mod'))]
          copies.push(await importFresh(async () => { await null; return require('./mod') }))
          assert.strictEqual(new Set([registered, ...copies].map(({ state }) => state)).size, 4)
        })
        test('import()', async () => {
          const { runs } = globalThis
          const calls = [importFresh(() => import('./mod.js')), importFresh(async () => (await import('./mod.js')).default)]
          if (hasHooks) {
            const [namespace, exports] = await Promise.all(calls)
            assert.notStrictEqual(namespace.state, exports.state)
            assert.strictEqual(globalThis.runs, runs + 2)
          } else {
            for (const call of calls)
              await assert.rejects(call, { code: 'ERR_NOT_FRESH', message: /no synchronous hooks.*Run on Node 22.15 or later/ })
            assert.strictEqual(globalThis.runs, runs)
          }
        })
      `,
    }))

  const sided = {
    'node_modules/sided/package.json': JSON.stringify({
      name: 'sided',
      version: '1.0.0',
      exports: {
        '.': { 'react-server': './server.js', default: './client.js' },
        './page': { 'react-server': null, default: './client.js' },
      },
    }),
    'node_modules/sided/server.js': "module.exports = 'server'",
    'node_modules/sided/client.js': "module.exports = 'client'",
    'node_modules/mainonly/package.json': '{ "name": "mainonly", "main": "./lib" }',
    'node_modules/mainonly/lib/index.js': "module.exports = 'main'",
    'node_modules/mainonly/lib/deep.js': "module.exports = 'deep'",
    'view.cjs': `
      globalThis.evaluated = (globalThis.evaluated ?? 0) + 1
      const { createRequire } = require('node:module')
      const own = createRequire(__filename)
      exports.side = require('sided')
      exports.others = [require('mainonly'), require('mainonly/lib/deep'), require('node:path').sep]
      exports.found = [require.resolve('sided'), own.resolve('sided')].map((file) => require('path').basename(file))
      exports.builtins = [require.resolve('path'), own.resolve('path'), require.resolve('node:path')]
      exports.late = (name) => [require(name), own(name)]
      exports.lateImport = (name) => import(name)
    `,
  }

  test.skipIf(chosenNode() < 22)(
    'conditions hold for all that a copy requires, at once and later, and for nobody else',
    () =>
      passes(host, {
        ...sided,
        'a.test.cjs': `${top}
        const conditions = ['react-server']
        test('conditions', async () => {
          const plain = require('./view.cjs')
          for (const fresh of [requireFresh('./view.cjs', { conditions }), await importFresh('./view.cjs', { conditions })]) {
            assert.strictEqual(fresh.side, 'server')
            assert.deepStrictEqual(fresh.others, plain.others)
            assert.deepStrictEqual(fresh.builtins, plain.builtins)
            assert.deepStrictEqual(fresh.found, ['server.js', 'server.js'])
            assert.deepStrictEqual(fresh.late('sided'), ['server', 'server'])
            assert.strictEqual((await fresh.lateImport('sided')).default, 'server')
            assert.throws(() => fresh.late('sided/page'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
            assert.throws(() => fresh.late('no-such-package'), { code: 'MODULE_NOT_FOUND' })
          }
          for (const other of [plain, requireFresh('./view.cjs')]) {
            assert.strictEqual(other.side, 'client')
            assert.deepStrictEqual(other.found, ['client.js', 'client.js'])
            assert.deepStrictEqual(other.late('sided/page'), ['client', 'client'])
            assert.strictEqual((await other.lateImport('sided')).default, 'client')
          }
          assert.throws(() => requireFresh('sided/page', { conditions }), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
        })
      `,
      }),
  )

  test.runIf(chosenNode() < 22)('conditions are refused without hooks, before anything is evaluated', () =>
    passes(host, {
      ...sided,
      'a.test.cjs': `${top}
        test('conditions', async () => {
          const refused = { code: 'ERR_NOT_FRESH', message: /one set of conditions.*Run on Node 22.15 or later/s }
          assert.throws(() => requireFresh('./view.cjs', { conditions: ['react-server'] }), refused)
          await assert.rejects(importFresh('./view.cjs', { conditions: ['react-server'] }), refused)
          await assert.rejects(importFresh(() => require('./view.cjs'), { conditions: ['react-server'] }), refused)
          assert.strictEqual(globalThis.evaluated, undefined)
        })
      `,
    }),
  )
})
