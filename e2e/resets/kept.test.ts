/** What resets keep, and what becomes of what it imports. */
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { allPass, describeFacts, type Fact, type FactResult } from './support.ts'

/** `file`: in the fact's own folder, or from the project's root. */
const keptBecause = (file: string, reason: RegExp) => (result: FactResult) => {
  allPass(result)
  const own = file.startsWith('/') ? file : join(dirname(result.tests[0]?.file ?? ''), file)
  const kept = result.summary?.kept.find(({ id }) => id.endsWith(own))
  expect(kept?.reason, JSON.stringify(result.summary)).toMatch(reason)
}

const pair = {
  'owner.ts':
    "import { held } from './held'\nexport let opened = 0\nexport const open = () => { opened++; held.used++ }\nexport { held }",
  'held.ts': 'export const held = { used: 0 }',
}

const owner = `
  import { expect, test } from 'vitest'
  import { held, open, opened } from './owner'
  import * as direct from './held'
  test.each([1, 2, 3])('test %i', (n) => {
    expect(opened).toBe(n - 1)
    // What a kept module imports is reloaded in place: everybody sees the same.
    expect(held).toBe(direct.held)
    expect(held.used).toBe(0)
    open()
    expect(held.used).toBe(1)
  })
`

const client = {
  'client.ts':
    "import { shared } from '../../src/shared'\nexport const client = { connected: false, connect() { this.connected = true; shared.total++ } }",
}

const facts: Readonly<Record<string, Fact>> = {
  'a module whose docblock refuses is kept; what it imports is reloaded in place': {
    files: {
      ...pair,
      'owner.ts': `/** @fresh-modules no-reload, no-reimport: owns a port */\n${pair['owner.ts']}`,
    },
    test: owner,
    check: keptBecause('owner.ts', /allow(Reload|Reimport) is false, set by module.*owns a port/),
  },
  'a module that a rule refuses for is kept': {
    files: { ...pair, 'owner.ts': `export const ruled = true\n${pair['owner.ts']}` },
    test: owner,
    check: keptBecause('owner.ts', /is false, set by config.*by a rule/),
  },
  "a module that the project's package.json refuses for is kept": {
    files: {
      'package.json':
        '{ "name": "own", "type": "module", "freshModules": { "./owner.ts": { "allowReload": false, "reason": "by its package" } } }',
      ...pair,
    },
    test: owner,
    check: keptBecause('owner.ts', /is false, set by package.json.*by its package/),
  },
  'a module that says so of itself is kept': {
    files: {
      ...pair,
      'owner.ts': `import { declareSpec } from 'fresh-modules'\ndeclareSpec(import.meta, { allowUnload: false, reason: 'by itself' })\n${pair['owner.ts']}`,
    },
    test: owner,
    check: keptBecause('owner.ts', /allowUnload is false, set by module.*by itself/),
  },
  'what a kept module imports dynamically is reloaded in place as well': {
    files: {
      'owner.ts':
        "/** @fresh-modules no-reload, no-unload: a registry */\nexport const plugins: any[] = []\nexport const add = async () => { plugins.push(await import('./plugin')) }",
      'plugin.ts': 'export let used = 0\nexport const use = () => { used++ }',
    },
    test: `
      import { expect, test } from 'vitest'
      import { add, plugins } from './owner'
      test('added', async () => { await add(); plugins[0].use(); expect(plugins[0].used).toBe(1) })
      test('agrees', async () => {
        expect(plugins).toHaveLength(1)
        expect(plugins[0].used).toBe(0)
        expect(await import('./plugin')).toBe(plugins[0])
      })
    `,
  },
  'what a setup file loaded is kept': {
    files: {},
    test: `
      import { expect, test } from 'vitest'
      import { server } from '../../src/server'
      test.each([1, 2, 3])('test %i', async (n) => {
        expect(server.listening).toBe(true)
        expect(server.requests).toBe(n - 1)
        expect(await server.ask('/users')).toBe('mock of /users')
      })
    `,
    check: keptBecause('/src/server.ts', /a setup file loaded it/),
  },
  'a client that beforeAll connects stays connected for each test of the suite, and the summary says so': {
    files: client,
    test: `
      import { beforeAll, describe, expect, test } from 'vitest'
      import { client } from './client'
      import { shared } from '../../src/shared'
      describe('with a client', () => {
        beforeAll(async () => { await null; client.connect() })
        test.each([1, 2])('test %i', () => { expect(client.connected).toBe(true); expect(shared.total).toBe(1) })
      })
      describe('without', () => {
        test('fresh', () => { expect(client.connected).toBe(false); expect(shared.total).toBe(0) })
      })
    `,
    check: (result) => {
      allPass(result)
      expect(result.summary?.notes).toEqual([
        'the suite "with a client" has a beforeAll hook: it shares state, so it was reset once before, and not between its tests',
      ])
    },
  },
  'objects that a beforeAll builds from a class are instances of it in each test': {
    files: {
      'shape.ts':
        'export class Shape { constructor(readonly sides: number) {} }\nexport const isShape = (value: unknown) => value instanceof Shape',
    },
    test: `
      import { beforeAll, expect, test } from 'vitest'
      import { isShape, Shape } from './shape'
      let square: Shape
      beforeAll(() => { square = new Shape(4) })
      test.each([1, 2])('test %i', () => { expect(square).toBeInstanceOf(Shape); expect(isShape(square)).toBe(true) })
    `,
  },
  'a metric of prom-client survives two tests': {
    files: {},
    test: `
      import { expect, test } from 'vitest'
      import { register } from 'prom-client'
      import { requests } from '../../src/metrics'
      import { count, increase } from '../../src/counter'
      test.each([1, 2])('test %i', async () => {
        requests.inc()
        expect(register.getSingleMetric('fact_requests')).toBe(requests)
        expect(count).toBe(0)
        increase()
      })
    `,
    check: keptBecause('/src/metrics.ts', /prom-client/),
  },
  'it has survived in the next file too': `
    import { expect, test } from 'vitest'
    import { register } from 'prom-client'
    import { requests } from '../../src/metrics'
    test('another file', () => {
      requests.inc()
      expect(register.getSingleMetric('fact_requests')).toBe(requests)
    })
  `,
  'a model of mongoose survives two tests': {
    files: {},
    test: `
      import mongoose from 'mongoose'
      import { expect, test } from 'vitest'
      import { User } from '../../src/user'
      test.each([1, 2])('test %i', () => {
        expect(mongoose.model('FactUser')).toBe(User)
        expect(new User({ name: 'Ada' }).name).toBe('Ada')
      })
    `,
    check: keptBecause('/src/user.ts', /mongoose/),
  },
  'the model has survived in the next file too': `
    import mongoose from 'mongoose'
    import { expect, test } from 'vitest'
    import { User } from '../../src/user'
    test.each([1, 2])('test %i', () => { expect(mongoose.model('FactUser')).toBe(User) })
  `,
  'a rule with reset: true resets a module that registers': {
    files: {
      'ruled-reset.ts':
        "import { Counter, register } from 'prom-client'\nregister.removeSingleMetric('fact_reset')\nexport const own = new Counter({ name: 'fact_reset', help: 'h' })",
    },
    test: `
      import { expect, test } from 'vitest'
      import { own } from './ruled-reset'
      const seen = new Set<unknown>()
      test.each([1, 2, 3])('test %i', () => { expect(seen.has(own)).toBe(false); seen.add(own) })
    `,
  },
  'a module that registers and has an onUnload is reset': {
    files: {
      'disposing.ts':
        "import { Counter, register } from 'prom-client'\nimport { onUnload } from 'fresh-modules'\nexport const own = new Counter({ name: 'fact_disposing', help: 'h' })\nonUnload(import.meta, () => register.removeSingleMetric('fact_disposing'))",
    },
    test: `
      import { expect, test } from 'vitest'
      import { own } from './disposing'
      const seen = new Set<unknown>()
      test.each([1, 2, 3])('test %i', () => { expect(seen.has(own)).toBe(false); seen.add(own) })
    `,
  },
  'a module that is still being evaluated is left alone': {
    files: {
      'slow.ts': 'export let done = false\nawait globalThis.factGate\ndone = true',
    },
    test: `
      import { expect, test } from 'vitest'
      let open: () => void
      ;(globalThis as any).factGate = new Promise<void>((resolve) => { open = resolve })
      let loading: Promise<any>
      test('starts', () => { loading = import('./slow') })
      test('still loading', async () => {
        open()
        const slow = await loading
        expect(slow.done).toBe(true)
        expect(await import('./slow')).toBe(slow)
      })
      test('then it is reset like others', async () => {
        expect(await import('./slow')).not.toBe(await loading)
      })
    `,
  },
}

const files = {
  'src/metrics.ts':
    "import { Counter } from 'prom-client'\nexport const requests = new Counter({ name: 'fact_requests', help: 'h' })",
  'src/user.ts':
    "import mongoose from 'mongoose'\nexport const User = mongoose.model('FactUser', new mongoose.Schema({ name: String }))",
  'src/server.ts': `
    import { createServer, get } from 'node:http'
    const own = createServer((request, response) => { server.requests++; response.end('mock of ' + request.url) })
    export const server = {
      requests: 0,
      get listening() { return own.listening },
      start: () => new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve)),
      stop: () => new Promise((resolve) => own.close(resolve)),
      ask: (path: string) => new Promise<string>((resolve, reject) => {
        get({ port: (own.address() as any).port, host: '127.0.0.1', path, agent: false }, (response) => {
          let text = ''
          response.on('data', (part) => { text += part }).on('end', () => resolve(text))
        }).on('error', reject)
      }),
    }
  `,
  'src/setup.ts': `
    import { afterAll, beforeAll } from 'vitest'
    import { server } from './server'
    beforeAll(() => server.start())
    afterAll(() => server.stop())
  `,
}

const options = `{ specs: [
  { match: 'facts/a-module-that-a-rule-*/owner.ts', allowReload: false, allowReimport: false, reason: 'by a rule' },
  { match: '**/ruled-reset.ts', reset: true },
] }`

describeHosts('vitest', (host) => {
  const test = "setupFiles: ['src/setup.ts']"
  describeFacts(host, 'in a worker of its own', { facts, files, options, test })
  describeFacts(host, 'in a shared worker, in random order', {
    facts,
    files,
    options,
    test: `${test}, isolate: false, maxWorkers: 1`,
    args: ['--sequence.shuffle.files'],
  })
})
