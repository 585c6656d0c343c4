/** A worker of which nothing is asked loads none of the core, and misses nothing: what comes later finds it all. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/hosts.ts'
import { configWith, failsWith, passes } from './support.ts'

const NEVER = { 'vitest.config.ts': configWith({ options: "{ resetBetween: 'never' }" }) }

/** An expression that tells, in a test, whether the core is still to be loaded. */
const IS_IDLE =
  "typeof Object.getOwnPropertyDescriptor(globalThis, Symbol.for('fresh-modules.host')).get === 'function'"

const packages = {
  'node_modules/plain/package.json': '{ "name": "plain", "version": "1.0.0", "main": "index.js" }',
  'node_modules/plain/index.js': "exports.inner = require('./inner')",
  'node_modules/plain/inner.js': 'exports.made = {}',
  'node_modules/modern/package.json':
    '{ "name": "modern", "version": "1.0.0", "type": "module", "main": "index.js" }',
  'node_modules/modern/index.js': "export * from './inner.js'",
  'node_modules/modern/inner.js': 'export const made = {}',
  'node_modules/graphql/package.json':
    '{ "name": "graphql", "version": "16.0.0", "type": "module", "main": "index.js" }',
  'node_modules/graphql/index.js': 'export const realm = {}',
  'node_modules/uses-graphql/package.json':
    '{ "name": "uses-graphql", "version": "1.0.0", "type": "module", "main": "index.js" }',
  'node_modules/uses-graphql/index.js': "export * from 'graphql'",
  'node_modules/uses-graphql/node_modules/graphql/package.json':
    '{ "name": "graphql", "version": "16.0.0", "type": "module", "main": "index.js" }',
  'node_modules/uses-graphql/node_modules/graphql/index.js': 'export const realm = {}',
  'node_modules/react/package.json': '{ "name": "react", "version": "19.0.0", "main": "index.js" }',
  'node_modules/react/index.js': 'exports.hooks = {}',
  'node_modules/uses-react/package.json': '{ "name": "uses-react", "version": "1.0.0", "main": "index.js" }',
  'node_modules/uses-react/index.js': "exports.react = require('react')",
  'node_modules/uses-react/node_modules/react/package.json':
    '{ "name": "react", "version": "19.0.0", "main": "index.js" }',
  'node_modules/uses-react/node_modules/react/index.js': 'exports.hooks = {}',
}

const ES_MODULE: [string, string, string] = [
  'of an ES module that Node imports from another place',
  "import 'graphql'\nimport 'uses-graphql'",
  'graphql',
]

describeHosts('vitest', (host) => {
  test('modules, packages and mocks leave it idle', async () => {
    await passes(host, {
      ...NEVER,
      ...packages,
      'src/a.ts': 'export const a = 1\nexport const lazy = () => import("./b")',
      'src/b.ts': 'export const b = 2',
      'src/a.test.ts': `
        import { describe, expect, test, vi } from 'vitest'
        import plain from 'plain'
        import { made } from 'modern'
        import { hooks } from 'react'
        import * as a from './a'
        vi.mock('./b', () => ({ b: 3 }))
        describe('a suite', () => {
          test('idle', async () => {
            expect([a.a, (await a.lazy()).b, plain.inner.made, made, hooks]).toEqual([1, 3, {}, {}, {}])
            vi.spyOn(console, 'log')
            expect(${IS_IDLE}).toBe(true)
          })
        })
        test('still idle', () => { expect(${IS_IDLE}).toBe(true) })
      `,
    })
  })

  test('with the defaults it stays idle as long as no test touches what modules hold', async () => {
    await passes(host, {
      'vitest.config.ts': configWith({ test: "setupFiles: ['./setup.ts']" }),
      'setup.ts': "import { beforeEach } from 'vitest'\nimport './src/of-setup'\nbeforeEach(() => {})",
      'src/of-setup.ts': 'export const state = new Map()\nprocess.env.OF_SETUP = "set"',
      'src/names.ts': "export const NAMES = new Set(['a'])\nexport const options = { deep: { a: 1 } }",
      'src/cache.ts': `
        import { NAMES } from './names'
        const cache = new Map<string, string>()
        const PATTERN = /a/g
        let last: string | undefined
        export const all = [...NAMES]
        export class Reader { get(key: string) { return key } }
        export const remember = (key: string) => { cache.set(key, key); PATTERN.test('aa'); last = key }
        export const seen = () => [cache.size, PATTERN.lastIndex, last]
      `,
      'src/a.test.ts': `
        import { beforeAll, describe, expect, test, vi } from 'vitest'
        import { all, Reader, remember, seen } from './cache'
        import { options } from './names'
        const isIdle = () => ${IS_IDLE}
        vi.mock('./mocked', () => ({ mocked: 1 }))
        test('reads only', async () => {
          expect(new Reader().get('a')).toBe('a')
          expect([all, seen(), options]).toEqual([['a'], [0, 0, undefined], { deep: { a: 1 } }])
          expect((await import('./mocked')).mocked).toBe(1)
        })
        describe('a suite', () => {
          test('idle', () => { expect(isIdle()).toBe(true) })
          test('touches', () => { remember('b'); expect([isIdle(), seen()]).toEqual([true, [1, 1, 'b']]) })
          test('woken up, and fresh', () => {
            expect(isIdle()).toBe(false)
            expect(seen()).toEqual([0, 0, undefined])
            remember('c')
          })
        })
        test('fresh again', () => { expect(seen()).toEqual([0, 0, undefined]) })
      `,
      'src/mocked.ts': 'export const mocked = 0',
      'src/b.test.ts': `
        import { expect, test } from 'vitest'
        import { options } from './names'
        test('touches data', () => { options.deep.a++ })
        test('that is fresh', async () => {
          expect(options.deep.a).toBe(1)
          const { state } = await import('./of-setup')
          state.set('a', 1)
        })
      `,
      'src/c.test.ts': `
        import { expect, test } from 'vitest'
        test('loads what holds state', async () => {
          expect(${IS_IDLE}).toBe(true)
          const { store } = await import('./store')
          expect([store.n++, ${IS_IDLE}]).toEqual([0, false])
        })
        test('which is fresh', async () => { expect((await import('./store')).store.n).toBe(0) })
      `,
      'src/store.ts': 'class Store { n = 0 }\nexport const store = new Store()',
      'src/adds.ts': `
        import { used } from './used'
        process.on('nobody emits this', used)
        export let n = 0
        export const inc = () => ++n
      `,
      'src/used.ts': 'export let calls = 0\nexport const used = () => { calls++ }',
      'src/e.test.ts': `
        import { expect, test } from 'vitest'
        import { inc, n } from './adds'
        import { calls, used } from './used'
        test('what adds something to the process stays', () => { inc() })
        test('so that there is nothing to reset', () => { expect([n, ${IS_IDLE}]).toEqual([1, true]); used() })
        test('nor in what it has used, once that is looked at', () => { expect([n, calls, ${IS_IDLE}]).toEqual([1, 1, false]) })
      `,
      'src/d.test.ts': `
        /** @fresh-modules reset-between-files: the tests count together */
        import { expect, test } from 'vitest'
        import { remember, seen } from './cache'
        test('counts', () => { remember('a') })
        test('on', () => { expect(seen()[0]).toBe(1) })
      `,
    })
  })

  test('what has happened until it wakes up counts: uses, hooks, fixtures, suites that share state', async () => {
    const files = {
      'src/counter.ts': 'export let n = 0\nexport const inc = () => ++n',
      'src/unit.ts': 'export let unit = "EUR"\nexport const use = (name: string) => { unit = name }',
      'src/money.ts': `
        import { unit } from './unit'
        export class Money { static made: string[] | undefined; text = unit; static zero = new Map() }
      `,
      'src/registers.ts': `
        import { afterEach } from 'vitest'
        let calls = 0
        export const useHook = () => { afterEach(() => { calls++ }) }
        export const seen = () => calls
      `,
    }
    await passes(host, {
      'vitest.config.ts': configWith(),
      ...files,
      'src/used.test.ts': `
        import { expect, test } from 'vitest'
        import { Price } from './price'
        import { inc, n } from './counter'
        const early = new Price()
        test('touches', () => { inc(); Price.seen++ })
        test('what the file has made is of the class that tests import', () => {
          expect(n).toBe(0)
          expect(early).toBeInstanceOf(Price)
          expect(Price.seen).toBe(1)
        })
      `,
      'src/price.ts': "import { base } from './base'\nexport class Price extends base { static seen = 0 }",
      'src/base.ts': 'export const base = class {}',
      'src/shares.test.ts': `
        import { beforeAll, describe, expect, test } from 'vitest'
        import { inc, n } from './counter'
        test('touches', () => { inc() })
        describe('a suite that shares', () => {
          beforeAll(() => { expect(n).toBe(0); inc() })
          test('one', () => { expect(inc()).toBe(2) })
          test('two', () => { expect(inc()).toBe(3) })
        })
        test('after it', () => { expect(n).toBe(0) })
      `,
      'src/shares-all.test.ts': `
        import { beforeAll, expect, test } from 'vitest'
        import { inc } from './counter'
        beforeAll(() => { inc() })
        test('one', () => { expect(inc()).toBe(2) })
        test('two', () => { expect(inc()).toBe(3) })
      `,
      'src/fixture.test.ts': `
        import { expect, test as base } from 'vitest'
        import { inc } from './counter'
        const test = base.extend<{ db: number }>({ db: [async ({}, use) => { await use(inc()) }, { scope: 'file' }] })
        test('one', ({ db }) => { expect([db, inc()]).toEqual([1, 2]) })
        test('two', ({ db }) => { expect([db, inc()]).toEqual([1, 3]) })
      `,
      'src/hooks.test.ts': `
        import { describe, expect, test } from 'vitest'
        import { seen, useHook } from './registers'
        import { inc, n } from './counter'
        describe('a suite', () => {
          useHook()
          test('touches', () => { inc() })
          test('has its hook', () => { expect([n, seen()]).toEqual([0, 1]) })
          test('still', () => { expect(seen()).toBe(2) })
        })
      `,
      'src/around.test.ts': `
        import { aroundEach, expect, test } from 'vitest'
        import { inc, n } from './counter'
        aroundEach(async (run) => { inc(); await run() })
        test('one', () => { expect(n).toBe(1) })
        test('two', () => { expect(n).toBe(1) })
      `,
      'src/retried.test.ts': `
        import { expect, test } from 'vitest'
        import { inc } from './counter'
        let tries = 0
        test('fails once', { retry: 1 }, () => { tries++; expect([inc(), tries]).toEqual([1, 2]) })
        test.concurrent('together', () => { expect(inc()).toBe(1) })
        test.concurrent('both', () => { expect(inc()).toBe(2) })
      `,
      'src/collected.test.ts': `
        import { expect, test } from 'vitest'
        import { use, unit } from './unit'
        import { Money } from './money'
        use('USD')
        test('one', () => { expect(unit).toBe('USD'); use('GBP'); expect(new Money().text).toBe('GBP') })
        test('is kept, since the file has made something of it', () => { expect(unit).toBe('GBP') })
      `,
    })
  })

  test('a helper that is imported later finds what has been loaded', async () => {
    await passes(host, {
      ...NEVER,
      'setup.ts': "import './src/of-setup'",
      'vitest.config.ts': configWith({
        options: "{ resetBetween: 'never' }",
        test: "setupFiles: ['./setup.ts']",
      }),
      'src/of-setup.ts': 'export const made = {}',
      'src/state.ts': 'export const state = { count: 0 }\nexport const meta = import.meta',
      'src/broken.ts':
        'if (!process.env.MENDED) throw new Error("broken on purpose")\nexport const mended = true',
      'src/a.test.ts': `
        import { expect, test } from 'vitest'
        import * as registered from './state'
        import * as ofSetup from './of-setup'
        const helpers = async () => {
          expect(${IS_IDLE}).toBe(true)
          const loaded = await import('fresh-modules')
          expect(${IS_IDLE}).toBe(false)
          return loaded
        }
        test('helpers', async () => {
          await expect(import('./broken')).rejects.toThrow('broken on purpose')
          const { state } = registered
          state.count++
          const { importFresh, onUnload, reloadInPlace, resetModules, specOf, unload } = await helpers()
          expect((await importFresh('./state')).state).toEqual({ count: 0 })
          expect(specOf(registered).id).toBe((await specOf('./state')).id)
          const unloaded = []
          onUnload(registered.meta, () => unloaded.push('state'))
          const { made } = ofSetup
          const summary = await resetModules()
          expect(registered.state).not.toBe(state)
          expect(ofSetup.made).toBe(made)
          expect(summary.kept.map(({ id }) => id)).toContainEqual(expect.stringContaining('of-setup'))
          expect(unloaded).toEqual(['state'])
          expect(await reloadInPlace(registered)).toBe(registered)
          process.env.MENDED = 'yes'
          expect((await importFresh('./broken')).mended).toBe(true)
        })
        test('what the test before has set is over', async () => {
          const { specOf } = await import('fresh-modules')
          expect((await specOf('./state')).allowReload).toBe(true)
        })
      `,
      'src/b.test.ts': `
        import { expect, test } from 'vitest'
        test('flags that are set after the worker was idle end with the test', async () => {
          const { specOf } = await import('fresh-modules')
          ;(await specOf('./state')).allowReload = false
        })
        test('they have', async () => {
          const { specOf } = await import('fresh-modules')
          expect((await specOf('./state')).allowReload).toBe(true)
        })
        test.concurrent('a concurrent test', async () => {
          expect(${IS_IDLE}).toBe(false)
        })
      `,
    })
  })

  test('a second copy by a raw reset is refused, with the chain of the first', async () => {
    const inlined = {
      options: "{ resetBetween: 'never' }",
      test: "server: { deps: { inline: ['graphql'] } }",
    }
    const { output } = await failsWith(host, {
      ...packages,
      'vitest.config.ts': configWith(inlined),
      'src/schema.ts': "export { realm } from 'graphql'",
      'src/a.test.ts': `
        import { expect, test, vi } from 'vitest'
        import { realm } from './schema'
        test('a raw reset', async () => {
          expect(${IS_IDLE}).toBe(true)
          vi.resetModules()
          await import('./schema').catch(() => {})
          expect(realm).toBeDefined()
        })
      `,
    })
    expect(output).toContain('Failed to evaluate a second copy of "graphql"')
    expect(output).toMatch(/First copy: .*imported by .*schema\.ts <- .*a\.test\.ts/)
    expect(output).toMatch(/vi\.resetModules\(\).*a\.test\.ts/)
  })

  const loading = (source: string) => ({
    ...NEVER,
    ...packages,
    'src/a.test.ts': `
      import { test } from 'vitest'
      ${source}
      test('loads', () => {})
    `,
  })

  test('a second copy of CommonJS whose cache entry was deleted is refused', async () => {
    const { output } = await failsWith(
      host,
      loading(`
        import { createRequire } from 'node:module'
        const require = createRequire(import.meta.url)
        require('react')
        delete require.cache[require.resolve('react')]
        require('react')
      `),
    )
    expect(output).toContain('Failed to evaluate a second copy of "react"')
  })

  test.each<[string, string, string]>([
    ['from two places, both by Node', "import 'react'\nimport 'uses-react'", 'react'],
    // Node 20 has no hooks that would tell of it.
    ...(chosenNode() < 22 ? [] : [ES_MODULE]),
  ])('a second copy %s is told', async (_, source, name) => {
    const { output } = await passes(host, loading(source))
    expect(output).toContain(`[fresh-modules] Two copies of "${name}" are loaded`)
  })

  test.each([
    ['of its docblock', { 'src/db.ts': '/** @fresh-modules no-reimport: one pool */\nexport const db = {}' }],
    [
      'of its package.json',
      {
        'package.json':
          '{ "name": "app", "type": "module", "freshModules": { "./src/db.ts": { "allowReimport": false, "reason": "one pool" } } }',
        'src/db.ts': 'export const db = {}',
      },
    ],
  ])('a module that refuses because %s is guarded', async (_, files) => {
    const { output } = await failsWith(host, {
      ...NEVER,
      ...files,
      'src/a.test.ts': `
        import { test, vi } from 'vitest'
        import './db'
        test('a raw reset', async () => {
          vi.resetModules()
          await import('./db').catch(() => {})
        })
      `,
    })
    expect(output).toMatch(/Failed to evaluate a second copy of ".*db\.ts"[\s\S]*one pool/)
  })

  test('a module of one worker at a time takes its lock before it is evaluated', async () => {
    await passes(host, {
      ...NEVER,
      'src/port.ts': `
        /** @fresh-modules single-worker: owns a port */
        import { existsSync, readdirSync } from 'node:fs'
        import { join } from 'node:path'
        const folder = join(process.cwd(), 'node_modules/.cache/fresh-modules/locks')
        export const locks = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : []
      `,
      'node_modules/placeholder/package.json': '{ "name": "placeholder" }',
      'src/a.test.ts': `
        import { expect, test } from 'vitest'
        import { locks } from './port'
        test('held while it is evaluated', () => {
          expect(locks.filter((name) => name.endsWith('.lock')).length).toBeGreaterThan(0)
        })
      `,
    })
  })
})
