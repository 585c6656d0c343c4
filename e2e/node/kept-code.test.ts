/** Code that is kept for further copies: it must not outlive a change of the file, nor pass by what others do to it. */
import { describe, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/index.ts'
import { passes } from './passes.ts'

/** A file that has just been written is read each time: only what is older is kept. */
const settled = "const settled = () => require('node:timers/promises').setTimeout(2100)"

const head = `
  const assert = require('node:assert')
  const fs = require('node:fs')
  const Module = require('node:module')
  const test = require('node:test')
  const { importFresh, requireFresh } = require('fresh-modules')
  const file = require.resolve('./target.js')
  const value = () => requireFresh('./target.js').value
  ${settled}
`

const target = { 'package.json': '{"name":"app","type":"commonjs"}', 'target.js': 'exports.value = 1' }

describeHosts('node', (host) => {
  test('a file that changes is seen at once, whether it was kept or not', () =>
    passes(host, {
      ...target,
      'a.test.js': `${head}
        test('written again and again, each time as long', () => {
          for (let n = 0; n < 9; n++) {
            fs.writeFileSync(file, 'exports.value = ' + n)
            assert.deepStrictEqual([value(), value(), value()], [n, n, n])
          }
        })
        test('kept, then written', async () => {
          await settled()
          assert.deepStrictEqual([value(), value(), value()], [8, 8, 8])
          const { atime, mtime } = fs.statSync(file)
          fs.writeFileSync(file, 'exports.value = 7')
          fs.utimesSync(file, atime, mtime)
          assert.deepStrictEqual([value(), value()], [7, 7])
          fs.writeFileSync(file, 'exports.value = (')
          assert.throws(value, SyntaxError)
          fs.writeFileSync(file, 'exports.value = 6')
          assert.strictEqual(value(), 6)
          fs.unlinkSync(file)
          assert.throws(value)
        })
      `,
    }))

  test('whoever takes part in loading from now on is asked', () =>
    passes(host, {
      ...target,
      'a.test.js': `${head}
        const keep = async () => {
          await settled()
          assert.deepStrictEqual([value(), value(), value()], [1, 1, 1])
        }
        const changed = (content) => content.replace('1', '2')
        const during = (object, key, replacement) => {
          const before = object[key]
          object[key] = replacement(before)
          try {
            return [value(), value()]
          } finally {
            object[key] = before
          }
        }
        test('a handler of require.extensions', async () => {
          await keep()
          const compile = (before) => (module, filename) => {
            const { _compile } = module
            module._compile = (content, name) => _compile.call(module, changed(content), name)
            before(module, filename)
          }
          assert.deepStrictEqual(during(require.extensions, '.js', compile), [2, 2])
          assert.strictEqual(value(), 1)
        })
        test('a patched compiler', async () => {
          await keep()
          const compile = (before) => function (content, ...rest) { return before.call(this, changed(content), ...rest) }
          assert.deepStrictEqual(during(Module.prototype, '_compile', compile), [2, 2])
          assert.strictEqual(value(), 1)
        })
        test('a patched loader', async () => {
          await keep()
          const seen = []
          const load = (before) => function (name) { seen.push(name); return before.call(this, name) }
          assert.deepStrictEqual(during(Module.prototype, 'load', load), [1, 1])
          assert.deepStrictEqual(seen, [file, file])
        })
        test('a stubbed file system', async () => {
          await keep()
          const read = (before) => (name, ...rest) => name === file ? 'exports.value = 2' : before(name, ...rest)
          assert.deepStrictEqual(during(fs, 'readFileSync', read), [2, 2])
          assert.strictEqual(value(), 1)
        })
        test('another wrapper', async () => {
          await keep()
          Module.wrapper[0] += 'exports = module.exports = { get value() { return 2 }, set value(_) {} };'
          assert.deepStrictEqual([value(), value()], [2, 2])
        })
      `,
    }))

  test('further copies have all that the first has', () =>
    passes(host, {
      'package.json': '{"name":"app","type":"commonjs"}',
      'target.js': `exports.early = new Error().stack.split('\\n')[1]
        exports.self = this === exports && exports === module.exports
        exports.names = [__filename, __dirname]
        exports.module = module
        exports.loaded = module.loaded
        exports.require = require
        exports.dep = require('./dep.js')
        exports.resolved = require.resolve('./dep.js')
        exports.paths = require.resolve.paths('x')
        exports.fail = () => require('./absent.js')
      `,
      'dep.js': 'exports.state = {}',
      'a.test.js': `${head}
        const shown = ({ early, self, names, module, loaded, require, dep, resolved, paths, fail }) => ({
          early, self, names, loaded, dep, resolved, paths,
          module: [module.constructor === Module, module instanceof Module, module.id, module.path, module.filename,
            module.loaded, module.paths, module.parent, module.children.map(({ id }) => id), Object.keys(module).sort()],
          require: [Object.keys(require), require.length, require.main, require.cache === Module._cache, require.extensions],
          failure: (() => { try { fail() } catch ({ code, message }) { return [code, message] } })(),
          wrong: [undefined, 1, ''].map((request) => { try { require.resolve(request) } catch ({ code }) { return code } }),
        })
        test('copies', async () => {
          await settled()
          const copies = [1, 2, 3, 4].map(() => requireFresh('./target.js'))
          assert.strictEqual(new Set(copies.map(({ module }) => module)).size, 4)
          for (const copy of copies) assert.deepStrictEqual(shown(copy), shown(copies[0]))
          const registered = require('./target.js')
          const { module: _, ...plain } = shown(registered)
          const { module: __, ...fresh } = shown(copies[3])
          assert.deepStrictEqual(fresh, plain)
          assert.strictEqual((await importFresh('./target.js')).self, true)
        })
      `,
    }))

  test('a body that fails leaves nothing behind, and the next copy is whole', () =>
    passes(host, {
      ...target,
      'target.js': 'exports.value = 1\nif (globalThis.fails) throw new Error("fails")',
      'a.test.js': `${head}
        test('fails', async () => {
          await settled()
          assert.deepStrictEqual([value(), value(), value()], [1, 1, 1])
          const children = [...module.children]
          globalThis.fails = true
          assert.throws(value, { message: 'fails' })
          globalThis.fails = false
          assert.strictEqual(value(), 1)
          assert.deepStrictEqual(module.children, children)
          assert.strictEqual(require.cache[file], undefined)
        })
      `,
    }))

  describe.skipIf(chosenNode() < 22)('hooks', () => {
    const hooks = `
      registerHooks({
        load(url, context, next) {
          const loaded = next(url, context)
          return url.includes('target') ? { ...loaded, source: String(loaded.source).replace('1', '2') } : loaded
        },
      })
    `
    test('that come later are asked about CommonJS files of which code was kept', () =>
      passes(host, {
        ...target,
        'a.test.js': `${head}
          const { registerHooks } = require('node:module')
          test('later', async () => {
            await settled()
            assert.deepStrictEqual([value(), value(), value()], [1, 1, 1])
            ${hooks.replace('registerHooks', "require('node:module').registerHooks")}
            assert.deepStrictEqual([value(), value()], [2, 2])
          })
        `,
      }))

    test('that were there before are asked each time', () =>
      passes(
        host,
        {
          ...target,
          'hooks.mjs': `import { registerHooks } from 'node:module'\n${hooks}`,
          'a.test.js': `${head}
            test('before', async () => {
              await settled()
              assert.deepStrictEqual([value(), value(), value(), value()], [2, 2, 2, 2])
            })
          `,
        },
        { nodeArgs: ['--import', './hooks.mjs'] },
      ))

    const esm = {
      'target.mjs': 'import { state } from "./dep.mjs"\nexport const value = 1\nexport { state }',
      'dep.mjs': 'export const state = {}',
    }
    const esmHead = `
      import assert from 'node:assert'
      import fs from 'node:fs'
      import { registerHooks } from 'node:module'
      import test from 'node:test'
      import { setTimeout } from 'node:timers/promises'
      import { importFresh } from 'fresh-modules'
      const copy = () => importFresh('./target.mjs', { fresh: ['./dep.mjs'] })
      const values = async () => [(await copy()).value, (await copy()).value, (await copy()).value]
    `
    test('ES modules: a changed file is seen, hooks that come later are asked, and scopes hold', () =>
      passes(host, {
        ...esm,
        'a.test.mjs': `${esmHead}
          test('esm', async () => {
            await setTimeout(2100)
            assert.deepStrictEqual(await values(), [1, 1, 1])
            const [one, two] = [await copy(), await copy()]
            assert.notStrictEqual(one.state, two.state)
            const shared = await importFresh('./target.mjs')
            assert.strictEqual(shared.state, (await import('./dep.mjs')).state)
            const { atime, mtime } = fs.statSync('target.mjs')
            fs.writeFileSync('target.mjs', 'import { state } from "./dep.mjs"\\nexport const value = 3\\nexport { state }')
            fs.utimesSync('target.mjs', atime, mtime)
            assert.deepStrictEqual(await values(), [3, 3, 3])
            fs.writeFileSync('target.mjs', ${JSON.stringify(esm['target.mjs'])})
            await setTimeout(2100)
            assert.deepStrictEqual(await values(), [1, 1, 1])
            await assert.rejects(importFresh('./target.mjs', { blocked: ['./dep.mjs'] }), { code: 'ERR_MODULE_NOT_FOUND' })
            ${hooks}
            assert.deepStrictEqual(await values(), [2, 2, 2])
            fs.unlinkSync('target.mjs')
            await assert.rejects(copy(), ({ code }) => ['ENOENT', 'ERR_MODULE_NOT_FOUND'].includes(code))
          })
        `,
      }))

    test('ES modules: hooks in a thread of their own are asked each time', () =>
      passes(
        host,
        {
          ...esm,
          'register.mjs': "import { register } from 'node:module'\nregister('./hooks.mjs', import.meta.url)",
          'hooks.mjs': `
            let asked = 0
            export async function load(url, context, next) {
              const loaded = await next(url, context)
              if (!url.includes('target')) return loaded
              return { ...loaded, source: String(loaded.source).replace('1', String(++asked)) }
            }
          `,
          'a.test.mjs': `${esmHead}
            test('thread', async () => {
              await setTimeout(2100)
              assert.deepStrictEqual(await values(), [1, 2, 3])
            })
          `,
        },
        { nodeArgs: ['--import', './register.mjs'] },
      ))
  })
})
