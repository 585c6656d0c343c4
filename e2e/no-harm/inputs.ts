/**
 * Test files that are green without fresh-modules, and must be with it: what they make while they are collected, what
 * they tell modules, and what modules tell others. `$fw` stands for the framework's own object, `vi` or `jest`.
 */
import type { FileTree } from '../harness/index.ts'

export interface Input {
  /** Sources next to the test file, in TypeScript. */
  readonly files: FileTree
  readonly test: string
  /** Further test files of the same folder. */
  readonly tests?: FileTree
  /** The framework in which there is such a thing, if not in both. */
  readonly only?: 'vitest' | 'jest'
}

/** The same test in a second file, which may share a worker with the first. */
const inTwoFiles = (input: Input): Input => ({ ...input, tests: { 'second.test.ts': input.test } })

/**
 * What all inputs have in common: a setup file that is a package and imports another, which registers a hook, and one
 * that is named without its ending and puts something on the realm once.
 */
export const setupFiles: readonly string[] = ['fact-setup', './setup']

export const setupTree = (framework: 'vitest' | 'jest'): FileTree => ({
  // Jest looks for JavaScript only.
  [framework === 'jest' ? 'setup.js' : 'setup.ts']: `
    if (!globalThis['__definedSetup__']) {
      globalThis['__definedSetup__'] = true
      globalThis['inputSetups'] = (globalThis['inputSetups'] ?? 0) + 1
    }
  `,
  'node_modules/fact-setup/package.json': manifestOf('fact-setup', framework),
  'node_modules/fact-setup/index.js':
    framework === 'jest' ? "require('fact-cleanup')" : "import 'fact-cleanup'",
  'node_modules/fact-program/package.json':
    '{ "name": "fact-program", "version": "1.0.0", "main": "index.js" }',
  'node_modules/fact-program/index.js': `
    const names = []
    exports.program = { command: (name) => { names.push(name) }, names: () => names }
    exports.interceptors = { all: [], use(one) { exports.interceptors.all.push(one) } }
    let isInitialized = false
    exports.initialize = () => { if (isInitialized) throw new Error('initialize() may be called once'); isInitialized = true }
  `,
  'node_modules/fact-controllers/package.json':
    '{ "name": "fact-controllers", "version": "1.0.0", "main": "index.js" }',
  'node_modules/fact-controllers/index.js':
    'exports.controllers = []; exports.Controller = (path) => (target) => { exports.controllers.push({ path, target }) }',
  'node_modules/fact-cleanup/package.json': manifestOf('fact-cleanup', framework),
  'node_modules/fact-cleanup/index.js': `${framework === 'vitest' ? "import { afterEach } from 'vitest'\n" : ''}
    afterEach(() => { globalThis.inputCleanups = (globalThis.inputCleanups || 0) + 1 })`,
})

const manifestOf = (name: string, framework: 'vitest' | 'jest'): string =>
  JSON.stringify({
    name,
    version: '1.0.0',
    main: 'index.js',
    ...(framework === 'vitest' ? { type: 'module' } : {}),
  })

export const inputs: Readonly<Record<string, Input>> = {
  'a middleware over an AsyncLocalStorage that a describe callback has made': {
    files: {
      'storage.ts': `
        import { AsyncLocalStorage } from 'node:async_hooks'
        const current = new AsyncLocalStorage<number>()
        export const storage = () => (n: number, next: () => unknown) => current.run(n, next)
        export const tryGet = () => current.getStore()
      `,
      'app.ts': `
        type Layer = (n: number, next: () => unknown) => unknown
        export class App {
          layers: Layer[] = []
          use(layer: Layer) { this.layers.push(layer) }
          handle(n: number, end: () => unknown): unknown {
            return this.layers.reduceRight<() => unknown>((next, layer) => () => layer(n, next), end)()
          }
        }
      `,
    },
    test: `
      import { App } from './app'
      import { storage, tryGet } from './storage'
      describe('an app', () => {
        const app = new App()
        app.use(storage())
        test.each([1, 2, 3])('request %i', (n) => { expect(app.handle(n, () => tryGet())).toBe(n) })
      })
    `,
  },
  'a class that is given to a container, which a helper builds while the file is collected': {
    files: {
      'container.ts': `
        export class Container {
          providers = new Map<unknown, unknown>()
          provide(token: new () => object) { this.providers.set(token, new token()) }
          get(token: unknown) { return this.providers.get(token) }
        }
      `,
      'service.ts': 'export let created = 0\nexport class Service { id = ++created }',
      'build.ts': `
        import { Container } from './container'
        import { Service } from './service'
        export const build = () => { const container = new Container(); container.provide(Service); return container }
      `,
    },
    test: `
      import { build } from './build'
      import { Service } from './service'
      const container = build()
      test.each([1, 2, 3])('test %i', () => { expect(container.get(Service)).toBeInstanceOf(Service) })
    `,
  },
  'an instance at the top of the file, and one of a class that extends one of another module': {
    files: {
      'money.ts':
        'export class Money { static made = 0; constructor(public amount: number) { Money.made++ } }',
      'price.ts': "import { Money } from './money'\nexport class Price extends Money {}",
    },
    test: `
      import { Money } from './money'
      import { Price } from './price'
      const early = new Money(1)
      const price = new Price(2)
      test.each([1, 2, 3])('test %i', () => {
        expect(early).toBeInstanceOf(Money)
        expect(price).toBeInstanceOf(Money)
        expect(price).toBeInstanceOf(Price)
      })
    `,
  },
  'functions in a table of cases meet what the tests import': {
    files: {
      'shape.ts': 'let made = 0\nexport class Shape { id = ++made }\nexport const square = () => new Shape()',
    },
    test: `
      import { Shape, square } from './shape'
      describe.each([['square', square]] as const)('%s', (_, make) => {
        test.each([1, 2])('test %i', () => { expect(make()).toBeInstanceOf(Shape) })
      })
    `,
  },
  'a compiler that the file registers': {
    files: {
      'compiler.ts': `
        const compilers: ((text: string) => string)[] = []
        export const register = (compiler: (text: string) => string) => { compilers.push(compiler) }
        export const compile = (text: string) => compilers.reduce((result, compiler) => compiler(result), text)
      `,
    },
    test: `
      import { compile, register } from './compiler'
      register((text) => text + '!')
      test.each([1, 2, 3])('test %i', () => { expect(compile('a')).toBe('a!') })
    `,
  },
  'a global that a module has set, taken apart at the top of the file': {
    files: {
      'settings.ts':
        '(globalThis as any).inputSettings = { get: () => current }\nlet current = 1\nexport const set = (next: number) => { current = next }',
    },
    test: `
      import { set } from './settings'
      const { get } = (globalThis as any).inputSettings
      test.each([1, 2, 3])('test %i', (n) => { set(n); expect(get()).toBe(n) })
    `,
  },
  'what a module adds to the process and to a global is added once': {
    files: {
      'adds.ts': `
        process.on('inputEvent' as never, () => {})
        ;((globalThis as any).inputList ??= []).push('adds')
        export let n = 0
        export const add = () => ++n
      `,
    },
    test: `
      import { add } from './adds'
      test.each([1, 2, 3])('test %i', () => {
        expect(add()).toBeGreaterThan(0)
        expect(process.listenerCount('inputEvent')).toBe(1)
        expect((globalThis as any).inputList).toEqual(['adds'])
      })
    `,
  },
  'metrics of prom-client, by way of a module that hands the package on': {
    files: {
      'client.ts': "import * as client from 'prom-client'\nexport { client }",
      'metrics.ts': `
        import { client } from './client'
        export const requests = new client.Counter({ name: 'input_requests', help: 'h' })
      `,
    },
    test: `
      import { client } from './client'
      import { requests } from './metrics'
      test.each([1, 2, 3])('test %i', async (n) => {
        requests.inc()
        expect((await client.register.getSingleMetric('input_requests')!.get()).values[0]!.value).toBe(n)
      })
    `,
  },
  'registrations in a first-party registry are there in each test, once': {
    files: {
      'registry.ts':
        'const names = new Set<string>()\nlet count = 0\nexport const registry = { add(name: string) { names.add(name); count++ }, names, count: () => count }',
      'foo.ts': "import { registry } from './registry'\nexport class Foo {}\nregistry.add('Foo')",
    },
    test: `
      import { Foo } from './foo'
      import { registry } from './registry'
      test.each([1, 2, 3])('test %i', () => {
        expect(Foo.name).toBe('Foo')
        expect([...registry.names]).toEqual(['Foo'])
        expect(registry.count()).toBe(1)
      })
    `,
  },
  'a partial mock that spreads the original': {
    files: {
      'api.ts':
        "let calls = 0\nexport class Client {}\nexport const get = () => { calls++; return 'real' }\nexport const other = () => 'other'",
      'user.ts':
        "import { Client, get } from './api'\nexport const isClient = (value: unknown) => value instanceof Client\nexport const load = () => get()",
    },
    test: `
      import * as api from './api'
      import { isClient, load } from './user'
      $mock('./api', ($actual) => ({ ...$actual, get: () => 'mock of ' + $actual.other() }))
      test.each([1, 2, 3])('test %i', () => {
        expect(load()).toBe('mock of other')
        expect(api.other()).toBe('other')
        expect(isClient(new api.Client())).toBe(true)
      })
    `,
  },
  'a mock that is the original itself': {
    files: {
      'api.ts': "let calls = 0\nexport const get = () => { calls++; return 'real' }",
      'user.ts': "import { get } from './api'\nexport const load = () => get()",
    },
    test: `
      import * as api from './api'
      import { load } from './user'
      $mock('./api', ($actual) => $actual)
      test.each([1, 2, 3])('test %i', () => { expect([load(), api.get()]).toEqual(['real', 'real']) })
    `,
  },
  'a mock that a module calls while it is evaluated': {
    files: {
      'log.ts': 'export const log = (text: string) => text',
      'service.ts':
        "import { log } from './log'\nlog('loaded')\nexport let n = 0\nexport const add = () => ++n",
    },
    test: `
      import { log } from './log'
      import { add } from './service'
      $mock('./log', () => ({ log: $fw.fn() }))
      beforeEach(() => { $fw.mocked(log).mockClear() })
      test.each([1, 2, 3])('test %i', () => { expect(log).not.toHaveBeenCalled(); expect(add()).toBeGreaterThan(0) })
    `,
  },
  'a module that defines tests, imported for its helper': {
    files: {},
    test: `
      import { helper } from './other.test'
      test.each([1, 2, 3])('test %i', () => { expect(helper()).toBeGreaterThan(0) })
    `,
    tests: {
      'other.test.ts': `
        let n = 0
        export const helper = () => ++n
        describe('other', () => { test('one', () => { expect(n).toBeGreaterThanOrEqual(0) }); test('two', () => {}) })
      `,
    },
  },
  'a server at module level, which the file closes': {
    files: {
      'server.ts': `
        import { createServer } from 'node:http'
        export let requests = 0
        export const server = createServer((_, response) => { requests++; response.end('ok') })
        server.listen(0)
      `,
    },
    test: `
      import { get } from 'node:http'
      import { server } from './server'
      const ask = () => new Promise((resolve, reject) => {
        const { port } = server.address() as { port: number }
        get({ port, agent: false }, (response) => { response.resume().on('end', () => resolve(response.statusCode)) }).on('error', reject)
      })
      test.each([1, 2])('test %i', async () => {
        if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
        expect(await ask()).toBe(200)
      })
      afterAll(() => new Promise((resolve) => server.close(resolve)))
    `,
  },
  'a pool that the file ends': {
    files: {
      'db.ts':
        "export const db = { open: true, queries: 0, query() { if (!db.open) throw new Error('closed'); return ++db.queries }, end() { db.open = false } }\nsetInterval(() => db.queries, 1000).unref()",
    },
    test: `
      import { db } from './db'
      const pools = new Set()
      test.each([1, 2])('test %i', () => { pools.add(db); expect(db.query()).toBeGreaterThan(0) })
      afterAll(() => { db.end(); expect(pools).toEqual(new Set([db])) })
    `,
  },
  'a spy at the top of the file': {
    files: {
      'api.ts': "export const get = () => 'real'",
      'service.ts':
        "import * as api from './api'\nlet n = 0\nexport const load = () => { n++; return api.get() }",
    },
    test: `
      import * as api from './api'
      import { load } from './service'
      const spy = $fw.spyOn(api, 'get')
      beforeEach(() => { spy.mockReturnValue('told') })
      test.each([1, 2, 3])('test %i', () => { expect(load()).toBe('told') })
    `,
  },
  'a method that the file has replaced on a prototype': {
    files: { 'foo.ts': "export class Foo { bar() { return 'real' } }" },
    test: `
      import { Foo } from './foo'
      Foo.prototype.bar = () => 'patched'
      test.each([1, 2, 3])('test %i', () => { expect(new Foo().bar()).toBe('patched') })
    `,
  },
  'a connection that the file before has closed': inTwoFiles({
    only: 'vitest',
    files: {
      'db.ts':
        "import mongoose from 'mongoose'\nexport { mongoose }\nexport const connection = mongoose.createConnection()",
      'user.ts':
        "import { connection, mongoose } from './db'\nlet greeted = 0\nexport const User = connection.model('InputUser', new mongoose.Schema({ name: String }, { methods: { greet(this: any) { return this.name + ++greeted } } }))",
      'post.ts':
        "import { mongoose } from './db'\nlet posts = 0\nexport const nextPost = () => ++posts\nexport const Post = mongoose.model('InputPost', new mongoose.Schema({ title: String }))",
    },
    test: `
      import { connection, mongoose } from './db'
      import { nextPost, Post } from './post'
      import { User } from './user'
      afterAll(async () => { await connection.close(); await mongoose.disconnect() })
      test.each([1, 2])('test %i', () => {
        expect(connection.model('InputUser')).toBe(User)
        expect(mongoose.model('InputPost')).toBe(Post)
        expect(new User({ name: 'a' }).get('name')).toBe('a')
        expect(nextPost()).toBeGreaterThan(0)
      })
    `,
  }),
  'metrics that the file before has cleared': inTwoFiles({
    files: {
      'metrics.ts':
        "import { Counter, register } from 'prom-client'\nexport { register }\nexport const requests = new Counter({ name: 'input_cleared', help: 'h' })",
    },
    test: `
      import { register, requests } from './metrics'
      afterAll(() => { register.clear() })
      test.each([1, 2])('test %i', () => { expect(register.getSingleMetric('input_cleared')).toBe(requests) })
    `,
  }),
  'a module that is kept and has set a global': inTwoFiles({
    files: {
      'kept.ts': `
        /** @fresh-modules no-reimport: it sets a global */
        ;(globalThis as any).inputKept = { used: 0 }
        export const use = () => ++(globalThis as any).inputKept.used
      `,
    },
    test: `
      import { use } from './kept'
      test.each([1, 2])('test %i', () => { expect(use()).toBe((globalThis as any).inputKept.used) })
    `,
  }),
  'setup files that are packages, and one that runs once': inTwoFiles({
    files: {},
    test: `
      let before = 0
      test('one', () => {
        before = (globalThis as any).inputCleanups ?? 0
        expect((globalThis as any).inputSetups).toBe(1)
      })
      test('two', () => { expect((globalThis as any).inputCleanups).toBe(before + 1) })
    `,
  }),
  'a package that is told something at the top level of a module, which may happen once': inTwoFiles({
    files: {
      'cli.ts':
        "import { program } from 'fact-program'\nlet runs = 0\nprogram.command('build')\nexport const run = () => { runs++; return program.names() }",
      'http.ts':
        "import { interceptors } from 'fact-program'\nlet sent = 0\ninterceptors.use((text: string) => text + '!')\nexport const send = (text: string) => { sent++; return interceptors.all.reduce((sent, one) => one(sent), text) }",
      'init.ts':
        "import { initialize } from 'fact-program'\ninitialize()\nlet ready = true\nexport const isReady = () => { const was = ready; ready = true; return was }",
    },
    test: `
      import { run } from './cli'
      import { send } from './http'
      import { isReady } from './init'
      test.each([1, 2, 3])('test %i', () => {
        expect(run()).toEqual(['build'])
        expect(send('a')).toBe('a!')
        expect(isReady()).toBe(true)
      })
    `,
  }),
  'an entry that hands on a compiled module': {
    only: 'jest',
    files: {
      'entry.cjs': "module.exports = require('./src')",
      'src.ts': 'let n = 0\nexport class Thing {}\nexport const add = () => ++n\nexport const VERSION = 1',
    },
    test: `
      import { add, Thing, VERSION } from './entry.cjs'
      import * as direct from './src'
      test.each([1, 2, 3])('test %i', () => {
        expect([typeof add, typeof Thing, VERSION]).toEqual(['function', 'function', 1])
        expect(add()).toBeGreaterThan(0)
        expect(new direct.Thing()).toBeInstanceOf(Thing)
      })
    `,
  },
  'a circle that a function closes': {
    only: 'jest',
    files: {
      'base.cjs':
        "let n = 0; class Base { id = ++n }; exports.Base = Base; exports.derived = () => require('./derived.cjs')",
      'derived.cjs':
        "const { Base } = require('./base.cjs'); let made = 0; exports.Derived = class Derived extends Base { nth = ++made }",
    },
    test: `
      import { Base, derived } from './base.cjs'
      test.each([1, 2, 3])('test %i', () => {
        const { Derived } = derived()
        expect(new Derived()).toBeInstanceOf(Base)
        expect(Object.getPrototypeOf(Derived)).toBe(Base)
      })
    `,
  },
  'a barrel with getters that require': {
    only: 'jest',
    files: {
      'barrel.cjs':
        "Object.defineProperty(exports, 'Store', { enumerable: true, get: () => require('./store').Store })",
      'store.ts': 'let made = 0\nexport class Store { id = ++made }',
      'uses.ts': "import { Store } from './store'\nexport const make = () => new Store()",
    },
    test: `
      import barrel from './barrel.cjs'
      import { make } from './uses'
      test.each([1, 2, 3])('test %i', () => { expect(make()).toBeInstanceOf(barrel.Store) })
    `,
  },
  'classes that decorators register, found by each file once': inTwoFiles({
    files: {
      'controllers.ts': `
        import { Controller, controllers } from 'fact-controllers'
        let made = 0
        class Users { id = ++made }
        Controller('/users')(Users)
        export { controllers, Users }
      `,
    },
    test: `
      import { controllers, Users } from './controllers'
      test.each([1, 2])('test %i', () => {
        expect(controllers.filter(({ path }: any) => path === '/users').map(({ target }: any) => target)).toEqual([Users])
        expect(new Users().id).toBeGreaterThan(0)
      })
    `,
  }),
  'a class without state is the same in all tests': {
    files: {
      'errors.ts': 'export class NotFound extends Error {}',
      'store.ts':
        "import { NotFound } from './errors'\nlet asked = 0\nexport const find = () => { asked++; throw new NotFound('x') }",
    },
    test: `
      import { NotFound } from './errors'
      import { find } from './store'
      const seen = new Set()
      test.each([1, 2, 3])('test %i', () => {
        expect(find).toThrow(NotFound)
        seen.add(NotFound)
        expect(seen.size).toBe(1)
      })
    `,
  },
}

/** What has to be as ever: state that no one holds is fresh in each test. */
export const fresh: Readonly<Record<string, Input>> = {
  'a counter': {
    files: { 'counter.ts': 'export let n = 0\nexport const add = () => ++n' },
    test: `
      import { add, n } from './counter'
      test.each([1, 2, 3])('test %i', () => { expect(n).toBe(0); expect(add()).toBe(1) })
    `,
  },
  'a cache beneath a module without state': {
    files: {
      'cache.ts':
        'const cache = new Map<string, number>()\nexport const remember = (key: string) => { cache.set(key, (cache.get(key) ?? 0) + 1); return cache.get(key) }',
      'facade.ts': "import { remember } from './cache'\nexport const ask = (key: string) => remember(key)",
    },
    test: `
      import { ask } from './facade'
      test.each([1, 2, 3])('test %i', () => { expect(ask('a')).toBe(1) })
    `,
  },
  'data that a test has changed': {
    files: { 'config.ts': 'export const config = { retries: 3, nested: { on: false } }' },
    test: `
      import { config } from './config'
      test.each([1, 2, 3])('test %i', () => {
        expect(config).toEqual({ retries: 3, nested: { on: false } })
        config.nested.on = true
        config.retries = 0
      })
    `,
  },
  'what a module has read of the environment': {
    files: { 'env.ts': 'export const mode = process.env.INPUT_MODE' },
    test: `
      import { mode } from './env'
      test.each([1, 2, 3])('test %i', (n) => {
        expect(mode).toBe(n === 1 ? undefined : String(n - 1))
        process.env.INPUT_MODE = String(n)
      })
      test('end', () => { delete process.env.INPUT_MODE })
    `,
  },
}
