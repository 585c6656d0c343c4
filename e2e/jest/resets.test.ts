/** Resets between the tests of a file, with nothing configured but the environment, for what each compiler makes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type FileTree, project } from '../harness/index.ts'
import { compilers, configWith } from './support.ts'

const sources = (ending: string): FileTree => ({
  [`state.${ending}`]: `
    import { peer } from './peer'
    export let n = 0
    export const increase = () => ++n
    export { peer }
    export * from './leaf'
  `,
  [`peer.${ending}`]: 'export const peer = { touched: 0 }',
  [`leaf.${ending}`]: 'export const leaf = { touched: 0 }',
  [`kept.${ending}`]: '/** @fresh-modules no-reimport: owns the pool */\nexport const kept = { uses: 0 }',
  [`lazy.${ending}`]: 'export const lazy = { touched: 0 }',
  [`server.${ending}`]: 'export const server = { requests: 0 }',
  'setup.cjs': `
    const { server } = require('./server')
    beforeAll(() => { server.requests = 1 })
    afterAll(() => { expect(server.requests).toBeGreaterThan(1) })
  `,
  [`state.test.${ending}`]: `
    import { kept } from './kept'
    import { server } from './server'
    import { increase, leaf, n, peer } from './state'

    const pristine = () => expect([n, peer.touched, leaf.touched]).toEqual([0, 0, 0])
    const dirty = () => { increase(); peer.touched++; leaf.touched++ }

    for (let index = 0; index < 200; index++) {
      test('static imports are pristine ' + index, () => {
        pristine()
        expect(kept.uses).toBe(index)
        dirty()
        kept.uses++
        server.requests++
      })
    }
    test('what setup files loaded is kept, and so are their hooks, which share nothing', () => {
      expect(server.requests).toBe(201)
    })
    for (const time of ['first', 'second']) {
      test('what is imported dynamically only is another copy, the ' + time + ' time', async () => {
        const { lazy } = await import('./lazy')
        expect(lazy.touched).toBe(0)
        lazy.touched++
      })
    }
    describe('a suite with a beforeAll', () => {
      beforeAll(() => { pristine(); increase() })
      beforeEach(() => { expect(n).toBeGreaterThan(0) })
      test('shares state', () => { expect(n).toBe(1); increase() })
      test('with its next test', () => { expect(n).toBe(2) })
      describe('nested', () => {
        beforeAll(() => { expect(n).toBe(2) })
        test('too', () => { expect(n).toBe(2) })
      })
    })
    test('after it all is fresh', pristine)
    describe('a suite without', () => {
      beforeEach(() => { pristine(); dirty() })
      test.each([1, 2])('is fresh before its beforeEach %i', () => { expect(n).toBe(1) })
    })
    describe('a retry', () => {
      jest.retryTimes(2)
      let tries = 0
      test('is a test', () => { pristine(); dirty(); if (tries++ < 2) throw new Error('again') })
    })
    describe('spies', () => {
      test.each([1, 2])('on exports are gone with them %i', () => {
        expect(jest.isMockFunction(peer.touch)).toBe(false)
        peer.touch = jest.fn()
      })
    })
  `,
})

describeHosts('jest', (host) => {
  for (const compiler of compilers) {
    test(`each test starts with fresh modules, compiled by ${compiler.name}`, async () => {
      const app = await project(host.name, {
        'package.json': '{ "type": "commonjs" }',
        'jest.config.cjs': configWith(`setupFilesAfterEnv: ['./setup.cjs'],\n${compiler.fields}`, '{}'),
        ...compiler.files,
        ...sources(compiler.ending),
      })
      const result = await app.run(['--testMatch', `**/*.test.${compiler.ending}`])
      expect(result.failed, result.output).toBe(0)
      expect(result.passed).toBe(212)
    })
  }

  test('reporters are told what the resets of a file came to, from worker processes too', async () => {
    const app = await project(host.name, {
      'package.json': '{ "type": "commonjs" }',
      'jest.config.cjs': configWith("reporters: ['default', './reporter.cjs']", '{}'),
      'reporter.cjs': `
        const { appendFileSync } = require('node:fs')
        module.exports = class {
          onTestFileResult = ({ path }, { freshModules, numPassingTests }) => {
            const told = JSON.stringify([require('node:path').basename(path), numPassingTests, freshModules ?? null])
            appendFileSync('told.txt', told + '\\n')
          }
        }
      `,
      'pool.js': '/** @fresh-modules no-reload: owns the pool */\nlet uses = 0\nexports.use = () => ++uses',
      'resets.test.js': `
        require('./pool')
        test.each([1, 2, 3])('test %i', () => {})
        describe('api', () => { beforeAll(() => {}); test('one', () => {}) })
      `,
      'quiet.test.js': "test('one', () => {})",
    })
    const { failed, output } = await app.run(['--maxWorkers=2'])
    expect(failed, output).toBe(0)
    const lines = readFileSync(join(app.dir, 'told.txt'), 'utf8').trim().split('\n').sort()
    const told = lines.map((line) => JSON.parse(line))
    expect(told).toEqual([
      ['quiet.test.js', 1, null],
      [
        'resets.test.js',
        4,
        {
          resets: 3,
          unchanged: 0,
          kept: [
            { id: expect.stringMatching(/pool\.js$/), reason: expect.stringContaining('owns the pool') },
          ],
          notes: [expect.stringContaining('the suite "api" has a beforeAll hook')],
        },
      ],
    ])
  })

  test('a module that registers hooks stays the one that they work on', async () => {
    const app = await project(host.name, {
      'package.json': '{ "type": "commonjs" }',
      'jest.config.cjs': configWith('', '{}'),
      'connection.js': `
        exports.connection = undefined
        const counter = require('./counter')
        beforeEach(() => { exports.connection = { found: counter.n } })
        exports.useCalls = () => beforeEach(() => { exports.calls = (exports.calls ?? 0) + 1 })
      `,
      'counter.js': 'exports.n = 0',
      'index.js': "module.exports = { ...require('./connection'), own: { n: 0 } }",
      'connection.test.js': `
        const helper = require('./connection')
        const index = require('./index')
        const counter = require('./counter')
        test.each([1, 2])('at the top %i', () => {
          expect(helper.connection).toEqual({ found: 0 })
          expect([counter.n++, index.own.n++]).toEqual([0, 0])
        })
        describe('in a suite', () => {
          helper.useCalls()
          test.each([1, 2])('test %i', (n) => { expect(helper.calls).toBe(n) })
        })
      `,
    })
    const { output, passed, failed } = await app.run()
    expect([passed, failed], output).toEqual([4, 0])
  })

  test('what a body hands out as module.exports works after a reset as before', async () => {
    const app = await project(host.name, {
      'package.json': '{ "type": "commonjs" }',
      'jest.config.cjs': configWith('', '{}'),
      'api.js': `
        const api = {
          count: 0,
          increase() { api.count++ },
          fetch: () => 'real',
          run: () => api.fetch(),
          open() { api.connection = { used: 0 } },
          names: () => Object.keys(api),
        }
        module.exports = api
      `,
      'both.js': 'exports = module.exports = { n: 0 }\nexports.increase = () => ++exports.n',
      'user.js': "const api = require('./api')\nexports.run = () => api.run()",
      'api.test.js': `
        const api = require('./api')
        const both = require('./both')
        const user = require('./user')
        describe.each([1, 2, 3])('round %i', () => {
          test('its own name for it is what importers hold', () => {
            expect([api.count, both.n]).toEqual([0, 0])
            api.increase()
            expect([api.count, both.increase(), both.n]).toEqual([1, 1, 1])
            api.count = 5
            api.increase()
            expect(api.count).toBe(6)
          })
          test('what it adds later is there', () => {
            api.open()
            expect(api.connection).toEqual({ used: 0 })
            api.connection.used++
            expect(api.names()).toContain('connection')
          })
          test('it calls spies and replacements on its exports', () => {
            jest.spyOn(api, 'fetch').mockReturnValue('spied')
            expect([api.run(), user.run()]).toEqual(['spied', 'spied'])
            api.fetch = () => 'put there'
            expect(user.run()).toBe('put there')
          })
        })
      `,
    })
    const result = await app.run()
    expect(result.failed, result.output).toBe(0)
    expect(result.passed).toBe(9)
  })

  test('a module that hands out the exports of another one leaves them whole', async () => {
    const app = await project(host.name, {
      'package.json': '{ "type": "commonjs" }',
      'jest.config.cjs': configWith('', '{}'),
      'node_modules/pkg/index.js': "exports.name = 'pkg'\nexports.ask = () => 'real'",
      'lib/named.js': 'exports.n = 0\nexports.increase = () => ++exports.n',
      'lib/object.js': 'const own = { n: 0, increase: () => ++own.n }\nmodule.exports = own',
      'named.js': "module.exports = require('./lib/named')",
      'object.js': "module.exports = require('./lib/object')",
      'wrapper.js': "module.exports = require('pkg')",
      'builtin.js': "module.exports = require('path')",
      'handed.test.js': `
        const pkg = require('pkg')
        const path = require('path')
        const all = [require('./named'), require('./object'), require('./lib/named'), require('./lib/object')]
        const [wrapper, builtin] = [require('./wrapper'), require('./builtin')]
        const spy = jest.spyOn(pkg, 'ask').mockReturnValue('spied')
        test.each([1, 2, 3])('whole and fresh %i', () => {
          expect(all.map(({ n }) => n)).toEqual([0, 0, 0, 0])
          all[0].increase()
          all[1].increase()
          expect(all.map(({ n }) => n)).toEqual([1, 1, 1, 1])
          expect([wrapper.name, pkg.name, wrapper.ask()]).toEqual(['pkg', 'pkg', 'spied'])
          expect([builtin.join('a', 'b'), path.join('a', 'b')]).toEqual(['a/b', 'a/b'])
        })
      `,
    })
    const result = await app.run()
    expect(result.failed, result.output).toBe(0)
    expect(result.passed).toBe(3)
  })

  test('a module that hands out the exports of another one than before is refused, and both stay whole', async () => {
    const app = await project(host.name, {
      'package.json': '{ "type": "commonjs" }',
      'jest.config.cjs': configWith('', "{ resetBetween: 'never' }"),
      'one.js': "exports.name = 'one'",
      'two.js': "exports.name = 'two'",
      'either.js': "module.exports = require(process.env.WHICH === '2' ? './two' : './one')",
      'either.test.js': `
        const { reloadInPlace } = require('fresh-modules')
        const [either, one, two] = [require('./either'), require('./one'), require('./two')]
        test('refused', async () => {
          expect(either).toBe(one)
          process.env.WHICH = '2'
          await expect(reloadInPlace('./either')).rejects.toMatchObject({ code: 'ERR_RELOAD_REFUSED' })
          expect([either.name, one.name, two.name]).toEqual(['one', 'one', 'two'])
          expect(require('./either')).toBe(one)
        })
      `,
    })
    const result = await app.run()
    expect([result.passed, result.failed], result.output).toEqual([1, 0])
  })

  test('an onUnload callback that never settles fails its test in time', async () => {
    const app = await project(host.name, {
      'package.json': '{ "type": "commonjs" }',
      'jest.config.cjs': configWith('', '{}'),
      'closes.js': `
        const { onUnload } = require('fresh-modules')
        onUnload(module, () => new Promise((resolve) => { globalThis.open = resolve }))
        exports.state = { n: 0 }
      `,
      'closes.test.js': `
        const closes = require('./closes')
        let state
        test('one', () => { state = closes.state; jest.useFakeTimers(); closes.state.n++ })
        afterEach(async () => { globalThis.open?.(); await null; expect(closes.state).toBe(globalThis.reset ?? state) })
        test('two', () => { throw new Error('not reached') }, 300)
        test('three', () => { globalThis.reset = closes.state; expect(closes.state).toEqual({ n: 0 }) })
      `,
    })
    const { output, passed, failed } = await app.run()
    expect([passed, failed], output).toEqual([2, 1])
    expect(output).toContain('Failed to reset modules: an onUnload callback has not settled within 300 ms')
  })

  test('a kept module lists a module that is evaluated again as its child once', async () => {
    const app = await project(host.name, {
      'package.json': '{ "type": "commonjs" }',
      'jest.config.cjs': configWith("setupFilesAfterEnv: ['./setup.js']", '{}'),
      'setup.js': "require('./kept')",
      'kept.js':
        "exports.get = () => require('./leaf')\nexports.children = () => module.children.map(({ id }) => id)",
      'leaf.js': 'let n = 0\nexports.state = {}\nexports.add = () => ++n',
      'user.js': "exports.seen = require('./kept').get()",
      'a.test.js': `
        const { children } = require('./kept')
        const leaf = require('./leaf')
        const user = require('./user')
        const seen = new Set()
        test.each([1, 2, 3])('test %i', (turn) => {
          expect(user.seen).toBe(leaf)
          expect(seen.add(leaf.state).size).toBe(turn)
          expect(new Set(children()).size).toBe(children().length)
        })
      `,
    })
    const result = await app.run()
    expect(result, result.output).toMatchObject({ passed: 3, failed: 0 })
  })

  test('static imports in a cycle are pristine also where each test isolates and mocks modules', async () => {
    const app = await project(host.name, {
      'package.json': '{ "type": "commonjs" }',
      'jest.config.cjs': configWith('', '{}'),
      'a.js': `
        const b = require('./b')
        let n = 0
        exports.increase = () => ++n
        exports.b = b
        exports.lazy = () => require('./lazy')
      `,
      'b.js': "exports.state = { n: 0 }\nexports.a = () => require('./a')",
      'lazy.js': "exports.value = { n: 0 }\nexports.b = require('./b')",
      'a.test.js': `
        const a = require('./a')
        const b = require('./b')
        test.each([1, 2, 3])('test %i', () => {
          expect([a.increase(), b.state.n++, a.lazy().value.n++]).toEqual([1, 0, 0])
          expect(a.lazy().b).toBe(b)
          expect(b.a()).toBe(a)
          let inner
          jest.isolateModules(() => { inner = require('./a') })
          expect(inner).not.toBe(a)
          expect(inner.increase()).toBe(1)
          expect(a.increase()).toBe(2)
          jest.doMock('./lazy', () => ({ value: 'mock' }))
          expect(a.lazy().value).toBe('mock')
          jest.dontMock('./lazy')
        })
      `,
    })
    const result = await app.run()
    expect(result, result.output).toMatchObject({ passed: 3, failed: 0 })
  })
})
