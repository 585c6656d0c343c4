/** One worker, several files: packages that are evaluated once work in each, and nothing else is left over. */
import { test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, passes } from '../vitest/support.ts'
import { inOrder } from '../vitest-globals/projects.ts'
import { describeFacts, type Fact } from './support.ts'

/** The same fact in several files, of which all but one are not the worker's first. */
const inThreeFiles = (sentence: string, fact: Fact): Readonly<Record<string, Fact>> =>
  Object.fromEntries(['one', 'two', 'three'].map((file) => [`${sentence}: file ${file}`, fact]))

const rendering = `
  import { render, screen } from '@testing-library/react'
  import { createElement } from 'react'
  import { expect, test } from 'vitest'
  import { count, increase } from '../../src/counter'
  test.each([1, 2])('test %i', () => {
    expect(screen.queryAllByText('hello')).toHaveLength(0)
    render(createElement('p', {}, 'hello'))
    expect(screen.getAllByText('hello')).toHaveLength(1)
    expect(count).toBe(0)
    increase()
  })
  test('the document is empty', () => { expect(document.body.innerHTML).toBe('') })
`

const throughModule: Fact = {
  files: {
    'rendering.ts':
      "import { render, screen } from '@testing-library/react'\nimport { createElement } from 'react'\nexport const show = () => { render(createElement('p', {}, 'hello')); return screen.getAllByText('hello').length }",
  },
  test: `
    import { expect, test } from 'vitest'
    import { show } from './rendering'
    test.each([1, 2, 3])('test %i', () => { expect(show()).toBe(1) })
  `,
}

const metadata = `
  import 'reflect-metadata'
  import { expect, test } from 'vitest'
  class Example { method() {} }
  Reflect.defineMetadata('key', 'value', Example)
  test('metadata', () => {
    expect(Reflect.getMetadata('key', Example)).toBe('value')
    expect(typeof Reflect.metadata).toBe('function')
  })
`

const leaving = `
  import { expect, test } from 'vitest'
  import { count, increase } from '../../src/counter'
  test('what a file may change', () => {
    expect(count).toBe(0)
    expect(process.env.FACT_LEFT).toBeUndefined()
    expect((globalThis as any).factLeft).toBeUndefined()
    expect(process.listenerCount('factEvent')).toBe(0)
    increase()
    process.env.FACT_LEFT = 'left'
    ;(globalThis as any).factLeft = true
    process.on('factEvent', () => {})
  })
`

const setupCounts = `
  import { expect, test } from 'vitest'
  import { registered, setups } from '../../src/setup-state'
  test.each([1, 2])('a setup file has run once for this file, on a module of its own', (n) => {
    expect(setups.length).toBe(1)
    expect(registered.hooks).toBe(n)
  })
`

const mocked: Fact = {
  files: {
    'dep.ts': "export const dep = () => 'real'",
    'uses.ts': "import { dep } from './dep'\nexport const uses = () => dep()",
  },
  test: `
    import { expect, test, vi } from 'vitest'
    import { answer } from '../../src/uses-shared'
    vi.mock('../../src/mockable', () => ({ mockable: () => 'mocked' }))
    test('mocked', () => { expect(answer()).toBe('mocked') })
  `,
}
const unmocked = `
  import { expect, test } from 'vitest'
  import { answer } from '../../src/uses-shared'
  test('real', () => { expect(answer()).toBe('real') })
`

/** With resets between tests as well the state is fresh in each. */
const perTest = (facts: Readonly<Record<string, Fact>>): Readonly<Record<string, Fact>> =>
  Object.fromEntries(
    Object.entries(facts).map(([sentence, fact]) => {
      const { test, ...more } = typeof fact === 'string' ? { test: fact } : fact
      return [
        sentence,
        { ...more, test: test.replace('expect(ask()).toBe(n)', 'expect(ask()).toBe(n - n + 1)') },
      ]
    }),
  )

const facts: Readonly<Record<string, Fact>> = {
  ...inThreeFiles('module state is that of the file alone, globals too', leaving),
  ...inThreeFiles('setup files run for each file on modules of their own', setupCounts),
  ...inThreeFiles('reflect-metadata works', metadata),
  ...inThreeFiles('vi.resetModules() of a test doubles no package that Node keeps', {
    test: `
      import { useState } from 'react'
      import { expect, test, vi } from 'vitest'
      test('reset by hand', async () => {
        vi.resetModules()
        expect((await import('react')).useState).toBe(useState)
      })
    `,
  }),
  ...inThreeFiles('a vi.doMock that no import has followed is gone with its file', {
    test: `
      import { expect, test, vi } from 'vitest'
      import { answer } from '../../src/uses-shared'
      test('real, then mocked too late', () => {
        expect(answer()).toBe('real')
        vi.doMock('../../src/mockable', () => ({ mockable: () => 'left' }))
      })
    `,
  }),
  ...inThreeFiles('a fake performance clock left on is gone with its file', {
    test: `
      import { expect, test, vi } from 'vitest'
      test('real, then fake', async () => {
        const start = performance.now()
        await new Promise((done) => setTimeout(done, 10))
        expect(performance.now()).toBeGreaterThan(start)
        vi.useFakeTimers({ toFake: ['performance'] })
      })
    `,
  }),
  ...inThreeFiles('what a file adds to expect is gone with it', {
    test: `
      import { expect, test } from 'vitest'
      test('equality and snapshots are the usual ones, then others', ({ expect: own }) => {
        expect('one').not.toEqual('two')
        expect('value').toMatchInlineSnapshot('"value"')
        expect.addEqualityTesters([(a, b) => (a === 'one' && b === 'two' ? true : undefined)])
        expect.addSnapshotSerializer({ test: (value) => value === 'value', serialize: () => 'serialized' })
        own.addSnapshotSerializer({ test: (value) => value === 'value', print: () => 'printed' })
        expect('one').toEqual('two')
        expect('value').toMatchInlineSnapshot('printed')
      })
    `,
  }),
  ...inThreeFiles('metrics start over, by way of a module that hands the package on', {
    test: `
      import { expect, test } from 'vitest'
      import { client } from '../../src/client'
      import { requests } from '../../src/metrics'
      test('one request', async () => {
        requests.inc()
        expect(client.register.getSingleMetric('fact_requests')).toBe(requests)
        expect((await requests.get()).values[0]!.value).toBe(1)
      })
    `,
  }),
  ...inThreeFiles('models are compiled for each file', {
    test: `
      import { expect, test } from 'vitest'
      import { mongoose } from '../../src/db'
      import { User } from '../../src/user-model'
      test('one model', () => {
        expect(mongoose.model('User')).toBe(User)
        expect(mongoose.modelNames()).toEqual(['User'])
        expect(new User({ name: 'a' }).greet()).toBe('a 1')
      })
    `,
  }),
  "a mock is its file's own": mocked,
  'a file without the mock has the original': unmocked,
  'another file with the mock': mocked,
  'another file without the mock': unmocked,
}

const files = {
  'src/client.ts': "import * as client from 'prom-client'\nexport { client }",
  'src/metrics.ts':
    "import { client } from './client'\nexport const requests = new client.Counter({ name: 'fact_requests', help: 'h' })",
  'src/db.ts': "import mongoose from 'mongoose'\nexport { mongoose }",
  'src/user-model.ts': `
    import { mongoose } from './db'
    let greeted = 0
    const schema = new mongoose.Schema({ name: String }, { methods: { greet(this: any) { return this.name + ' ' + ++greeted } } })
    export const User = mongoose.model('User', schema)
  `,
  'src/setup-state.ts': 'export const setups: string[] = []\nexport const registered = { hooks: 0 }',
  'src/setup.ts': `
    import { beforeEach } from 'vitest'
    import { registered, setups } from './setup-state'
    setups.push('once')
    beforeEach(() => { registered.hooks++ })
  `,
  'src/mockable.ts': "export const mockable = () => 'real'",
  'src/uses-shared.ts': "import { mockable } from './mockable'\nexport const answer = () => mockable()",
}

/** What files share, though nothing of a file stays in a module with state, nor on the realm. */
const shared = "const shared = ((await import('node:events')).default as any).factShared ??= {}"

const withoutState: Readonly<Record<string, Fact>> = {
  ...inThreeFiles('a class of a module without state is the same in all files, the state beneath it is not', {
    test: `
      import { expect, test } from 'vitest'
      import { NotFound } from '../../src/errors'
      import { ask, find } from '../../src/facade'
      ${shared}
      shared.NotFound ??= NotFound
      test.each([1, 2])('test %i', (n) => {
        expect(NotFound).toBe(shared.NotFound)
        expect(find).toThrow(NotFound)
        expect(ask()).toBe(n)
      })
    `,
  }),
  ...inThreeFiles('what a file has changed of a module without state is as it was', {
    test: `
      import { expect, test } from 'vitest'
      import { Shop, table } from '../../src/shop'
      import { open } from '../../src/opens-shop'
      test('changed', () => {
        expect([new Shop().open(), open(), table, Shop.list]).toEqual(['open', 'open', { a: [1] }, ['a']])
        Shop.prototype.open = () => 'replaced'
        Shop.list.push('b')
        table.a.push(2)
        expect(open()).toBe('replaced')
      })
    `,
  }),
  ...inThreeFiles('members of a circle see the state of their file', {
    test: `
      import { expect, test } from 'vitest'
      import { ping } from '../../src/ping'
      test('one', () => { expect(ping(3)).toBe(1) })
    `,
  }),
  ...inThreeFiles('a class that extends one with state follows it', {
    test: `
      import { expect, test } from 'vitest'
      import { Animal } from '../../src/animal'
      import { Cat } from '../../src/cat'
      import { makeCat } from '../../src/make-cat'
      test('a cat', () => {
        expect(Animal.count).toBe(0)
        expect(makeCat()).toBeInstanceOf(Animal)
        expect(makeCat()).toBeInstanceOf(Cat)
        expect(Animal.count).toBe(2)
      })
    `,
  }),
  ...inThreeFiles('a spy on a module without state is gone', {
    test: `
      import { expect, test, vi } from 'vitest'
      import * as api from '../../src/api'
      import { load } from '../../src/loads'
      test('real, then told', () => {
        expect(load()).toBe('real')
        vi.spyOn(api, 'get').mockReturnValue('told')
        expect(load()).toBe('told')
      })
    `,
  }),
  ...inThreeFiles('what is read of the world is read for each file, once', {
    test: `
      import { expect, test } from 'vitest'
      import { readMode } from '../../src/reads-mode'
      test('mode', () => {
        expect(readMode()).toBe('of the setup file')
        process.env.FACT_MODE = 'changed'
        expect(readMode()).toBe('of the setup file')
      })
    `,
  }),
  "a mock of what a module without state imports is its file's own": mocked,
  'a file without that mock has the original': unmocked,
  'another with that mock': mocked,
  'another without that mock': unmocked,
  'a file that spreads the original into a mock': {
    test: `
      import { expect, test, vi } from 'vitest'
      import { answer } from '../../src/uses-shared'
      vi.mock('../../src/mockable', async (original) => ({ ...(await original() as object), more: 1 }))
      test('real', () => { expect(answer()).toBe('real') })
    `,
  },
  'a file that mocks by itself': {
    test: `
      import { expect, test, vi } from 'vitest'
      import { answer } from '../../src/uses-shared'
      vi.mock('../../src/mockable')
      test('nothing', () => { expect(answer()).toBe(undefined) })
    `,
  },
  'a file that resets modules by hand': {
    test: `
      import { expect, test, vi } from 'vitest'
      import { ask } from '../../src/facade'
      test('another world', async () => {
        expect(ask()).toBe(1)
        vi.resetModules()
        const again = await import('../../src/facade')
        expect(again.ask).not.toBe(ask)
        expect(again.ask()).toBe(1)
        expect(ask()).toBe(2)
      })
    `,
  },
}

const stateless = {
  'src/errors.ts': 'export class NotFound extends Error {}',
  'src/cache.ts': 'let n = 0\nexport const next = () => ++n',
  'src/facade.ts':
    "import { next } from './cache'\nimport { NotFound } from './errors'\nexport const ask = () => next()\nexport const find = () => { throw new NotFound('x') }",
  'src/shop.ts':
    "export class Shop { static list = ['a']; open() { return 'open' } }\nexport const table = { a: [1] }",
  'src/opens-shop.ts': "import { Shop } from './shop'\nexport const open = () => new Shop().open()",
  'src/ping.ts':
    "import { pong } from './pong'\nimport { next } from './cache'\nexport const ping = (n: number): number => n === 0 ? next() : pong(n - 1)",
  'src/pong.ts': "import { ping } from './ping'\nexport const pong = (n: number): number => ping(n)",
  'src/animal.ts': 'export class Animal { static count = 0; constructor() { Animal.count++ } }',
  'src/cat.ts': "import { Animal } from './animal'\nexport class Cat extends Animal {}",
  'src/make-cat.ts': "import { Cat } from './cat'\nexport const makeCat = () => new Cat()",
  'src/api.ts': "export const get = () => 'real'",
  'src/loads.ts': "import * as api from './api'\nexport const load = () => api.get()",
  'src/mode.ts': 'export const mode = process.env.FACT_MODE',
  'src/reads-mode.ts': "import { mode } from './mode'\nexport const readMode = () => mode",
  'src/setup-mode.ts': "process.env.FACT_MODE = 'of the setup file'",
  'src/mockable.ts': "export const mockable = () => 'real'",
  'src/uses-shared.ts': "import { mockable } from './mockable'\nexport const answer = () => mockable()",
}

describeHosts('vitest', (host) => {
  for (const options of ['{}', "{ resetBetween: 'files' }"]) {
    describeFacts(host, `modules without state in files that share a worker, ${options}`, {
      facts: options === '{}' ? perTest(withoutState) : withoutState,
      files: stateless,
      options,
      test: "setupFiles: ['src/setup-mode.ts'], isolate: false, maxWorkers: 1",
      args: ['--sequence.shuffle.files'],
    })
  }

  for (const pool of ['forks', 'threads']) {
    describeFacts(host, `files that share a worker in ${pool}`, {
      facts,
      files,
      test: `setupFiles: ['src/setup.ts'], isolate: false, maxWorkers: 1, pool: '${pool}'`,
      args: ['--sequence.shuffle.files'],
    })
  }

  for (const environment of ['jsdom', 'happy-dom']) {
    describeFacts(host, `Testing Library in ${environment}, in files that share a worker`, {
      facts: {
        ...inThreeFiles('what was rendered is cleaned up after each test', rendering),
        ...inThreeFiles('also where a first-party module imports it', throughModule),
        ...inThreeFiles('also after a test that resets modules by itself', {
          test: `
            import { vi } from 'vitest'
            ${rendering}
            test('resets', () => { vi.resetModules() })
          `,
        }),
      },
      test: `environment: '${environment}', isolate: false, maxWorkers: 1, globals: true`,
      args: ['--sequence.shuffle.files'],
    })
  }

  describeFacts(host, 'resetPackages', {
    facts: {
      ...inThreeFiles('a package that is named is evaluated again for each file', {
        test: `
          import { expect, test } from 'vitest'
          import { state } from 'fact-commonjs'
          import { state as ofModule } from 'fact-module'
          import { state as notNamed } from 'fact-other'
          const seen = ((globalThis as any)[Symbol.for('fact-seen')] ??= new Set())
          test('its state is that of this file', () => {
            expect([state.used, ofModule.used]).toEqual([0, 0])
            expect(notNamed.used).toBe(seen.size)
            for (const one of [state, ofModule, notNamed]) one.used++
            seen.add(import.meta.filename)
          })
        `,
      }),
      ...inThreeFiles('a package that refuses is kept, though it is named', {
        test: `
          import { expect, test } from 'vitest'
          import { version } from 'fact-commonjs'
          import { createElement } from 'react'
          import { renderToString } from 'react-dom/server'
          test('it is one', () => { expect(renderToString(createElement('p', {}, version))).toBe('<p>1</p>') })
        `,
      }),
    },
    files: {
      'node_modules/fact-commonjs/package.json':
        '{ "name": "fact-commonjs", "version": "1.0.0", "main": "index.js" }',
      'node_modules/fact-commonjs/index.js':
        "exports.state = require('./lib/state').state\nexports.version = '1'",
      'node_modules/fact-commonjs/lib/state.js': 'exports.state = { used: 0 }',
      'node_modules/fact-module/package.json':
        '{ "name": "fact-module", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
      'node_modules/fact-module/index.js': "export { state } from './state.js'",
      'node_modules/fact-module/state.js': 'export const state = { used: 0 }',
      'node_modules/fact-other/package.json':
        '{ "name": "fact-other", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
      'node_modules/fact-other/index.js': 'export const state = { used: 0 }',
    },
    options: "{ resetPackages: ['fact-commonjs', 'fact-module', 'react'], restoreGlobals: false }",
    test: 'isolate: false, maxWorkers: 1',
  })

  describeFacts(host, 'resetPackages between tests', {
    facts: {
      'a package of ES modules, one of CommonJS, and what adds something to them': {
        files: {
          'cli.ts':
            "import { program } from 'fact-program'\nprogram.command('build')\nexport const commands = () => program.commands.map((one) => one.name())",
        },
        test: `
          import { program } from 'fact-program'
          import { state } from 'fact-commonjs'
          import { state as ofModule } from 'fact-module'
          import { expect, test } from 'vitest'
          import { commands } from './cli'
          test.each([1, 2, 3])('test %i', () => {
            expect([state.used, ofModule.used]).toEqual([0, 0])
            for (const one of [state, ofModule]) one.used++
            expect(commands()).toEqual(['build'])
            program.command('left')
          })
        `,
      },
    },
    files: {
      'node_modules/fact-commonjs/package.json':
        '{ "name": "fact-commonjs", "version": "1.0.0", "main": "index.js" }',
      'node_modules/fact-commonjs/index.js': "exports.state = require('./lib/state').state",
      'node_modules/fact-commonjs/lib/state.js': 'exports.state = { used: 0 }',
      'node_modules/fact-module/package.json':
        '{ "name": "fact-module", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
      'node_modules/fact-module/index.js': "export { state } from './state.js'",
      'node_modules/fact-module/state.js': 'export const state = { used: 0 }',
      'node_modules/fact-program/package.json':
        '{ "name": "fact-program", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
      'node_modules/fact-program/index.js':
        'const commands = []\nexport const program = { commands, command: (name) => { commands.push({ name: () => name }) } }',
    },
    options: `{ resetPackages: ['fact-commonjs', 'fact-module', 'fact-program'].map((match) => ({ match, between: 'tests' as const })) }`,
  })

  test('tests in the source of a module run though another file has imported it before', async () => {
    const importing = `
      import { expect, test } from 'vitest'
      import { add } from './middle'
      test.each([1, 2])('imports, %i', () => { expect(add(1, 1)).toBe(2) })
    `
    await passes(host, {
      'src/first.test.ts': importing,
      'src/middle.ts': `
        export const add = (a: number, b: number) => a + b
        if (import.meta.vitest) {
          const { expect, test } = import.meta.vitest
          test('adds', () => { expect(add(1, 2)).toBe(3) })
        }
      `,
      'src/second.test.ts': importing,
      'vitest.config.ts': configWith({
        test: `isolate: false, maxWorkers: 1, includeSource: ['src/middle.ts'],
          sequence: { sequencer: (await import('./in-order')).InOrder }`,
      }),
      'in-order.ts': inOrder,
    })
  })
})
