/** The helpers, for packages that Vitest leaves to Node's own loader. */
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/index.ts'
import { describeFacts, type Fact } from '../resets/support.ts'
import { packages } from './packages.ts'

const fact = (body: string): string => `
  import { importFresh, reloadInPlace, requireFresh, specOf, unload, withUnloaded } from 'fresh-modules'
  import { expect, test } from 'vitest'
  ${body}
`

const facts: Record<string, Fact> = {
  'importFresh gives a copy of an ES module package, and leaves the registered one alone': fact(`
    import pLimit from 'p-limit'
    test('p-limit', async () => {
      const [one, other] = [await importFresh('p-limit'), await importFresh('p-limit')]
      expect(new Set([pLimit, one.default, other.default]).size).toBe(3)
      expect((await import('p-limit')).default).toBe(pLimit)
      const limit = one.default(1)
      let running = 0
      const job = async () => { expect(++running).toBe(1); await null; running-- }
      await Promise.all([limit(job), limit(job), limit(job)])
    })
  `),
  'the CommonJS and the ES module build of graphql, each whole in itself': fact(`
    import * as cjs from 'graphql'
    import * as esm from 'graphql/index.mjs'
    for (const [name, registered] of [['graphql', cjs], ['graphql/index.mjs', esm]] as const) {
      test(name, async () => {
        const copy = await importFresh(name)
        expect(copy.GraphQLObjectType).not.toBe(registered.GraphQLObjectType)
        expect(copy.GraphQLString).not.toBe(registered.GraphQLString)
        for (const one of [copy, registered]) {
          const schema = one.buildSchema('type Query { a: Int }')
          expect(one.graphqlSync({ schema, source: '{ a }', rootValue: { a: 1 } }).data).toEqual({ a: 1 })
        }
      })
    }
  `),
  'state in an inner file is new too, and what is imported from another package is shared': fact(`
    import { state, increase } from 'stateful'
    test('stateful', async () => {
      increase()
      const copy = await importFresh('stateful')
      expect([state.count, copy.state.count]).toEqual([1, 0])
      expect(copy.state.shared).toBe(state.shared)
      expect((await copy.late()).state).toBe(copy.state)
      expect((await import('stateful')).state).toBe(state)
    })
    test('plain-cjs', async () => {
      const registered = await import('plain-cjs')
      const copy = await importFresh('plain-cjs')
      expect([registered.times, copy.times]).toEqual([1, 1])
      expect(copy.state).not.toBe(registered.state)
      expect(copy.default.state).toBe(copy.state)
    })
  `),
  'the function form, one scope for all that it imports': fact(`
    import { state } from 'stateful'
    test('typed', async () => {
      const copy = await importFresh(() => import('stateful'))
      expect(copy.state).not.toBe(state)
      const [a, b] = await importFresh(() => Promise.all([import('stateful'), import('plain-cjs')]))
      expect(a.state).not.toBe(copy.state)
      expect(b.state).not.toBe((await import('plain-cjs')).state)
    })
  `),
  'fresh: packages beneath a first-party target, and beneath a package': {
    files: {
      'user.ts': "import { state } from 'stateful'\nimport cjs from 'plain-cjs'\nexport { state, cjs }",
    },
    test: fact(`
      import * as user from './user'
      import { state } from 'stateful'
      test('fresh', async () => {
        const copy = await importFresh('./user', { fresh: ['stateful', 'plain-cjs'] })
        expect(copy.state).not.toBe(user.state)
        expect(copy.cjs).not.toBe(user.cjs)
        expect((await importFresh('./user')).state).toBe(user.state)
        const stateful = await importFresh('stateful', { fresh: ['neighbour'] })
        expect(stateful.state.shared).not.toBe(state.shared)
      })
    `),
  },
  'blocked: an import or a require of a package does not find it': fact(`
    test('blocked', async () => {
      expect((await importFresh('optional')).found).toBe(true)
      expect((await importFresh('optional', { blocked: ['neighbour'] })).found).toBe('ERR_MODULE_NOT_FOUND')
      expect((await importFresh('optional/cjs', { blocked: ['plain-cjs'] })).found).toBe('MODULE_NOT_FOUND')
      expect((await importFresh('optional/cjs')).found).toBe(true)
      await expect(importFresh('stateful', { blocked: ['stateful'] })).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    })
  `),
  'conditions: the file that is chosen, and what it finds in its own manifest': fact(`
    const conditions = ['react-server']
    test('sided', async () => {
      expect((await import('sided')).sides).toEqual(['client', 'inner client'])
      expect((await importFresh('sided', { conditions })).sides).toEqual(['server', 'inner server'])
      expect((await importFresh('sided')).sides).toEqual(['client', 'inner client'])
      // The server's file is shared, and what that requires is resolved as ever.
      expect((await importFresh('sided/cjs', { conditions })).sides).toEqual(['any', 'inner server', 'server', 'inner client'])
    })
  `),
  'a package of both formats: the one that the import gets': fact(`
    import { made, format } from 'dual'
    test('dual', async () => {
      const copy = await importFresh('dual')
      expect([format, copy.format]).toEqual(['esm', 'esm'])
      expect(copy.made).not.toBe(made)
    })
  `),
  'a CommonJS package is unloaded, set aside and reloaded in place': fact(`
    import * as registered from 'plain-cjs'
    import client from 'prom-client'
    test('withUnloaded', async () => {
      const before = await import('plain-cjs')
      await withUnloaded('plain-cjs', async () => {
        expect((await import('plain-cjs')).state).not.toBe(before.state)
      })
      expect((await import('plain-cjs')).state).toBe(before.state)
    })
    test('reloadInPlace', async () => {
      const { state, times } = registered.default
      expect(await reloadInPlace('plain-cjs')).toBe(registered)
      expect([registered.default.times, registered.default.state]).toEqual([times + 1, state])
      expect(registered.default.state).toBe(state)
    })
    test('unload', async () => {
      const before = await import('plain-cjs')
      expect((await unload('plain-cjs')).length).toBe(2)
      const after = await import('plain-cjs')
      expect(after.state).not.toBe(before.state)
      expect((await import('plain-cjs')).state).toBe(after.state)
    })
    test('prom-client', async () => {
      const { default: copy } = await importFresh('prom-client')
      new client.Counter({ name: 'c', help: 'h' })
      expect(new copy.Counter({ name: 'c', help: 'h' })).toBeDefined()
      expect([client.register.getMetricsAsArray().length, copy.register.getMetricsAsArray().length]).toEqual([1, 1])
    })
  `),
  'an ES module package cannot be unloaded or reloaded, but set aside': fact(`
    import { state } from 'stateful'
    test('refused', async () => {
      for (const [run, code] of [[unload, 'ERR_UNLOAD_REFUSED'], [reloadInPlace, 'ERR_RELOAD_REFUSED']] as const) {
        const failure = await run('stateful').catch((error) => error)
        expect(failure).toMatchObject({ code })
        expect(failure.message).toContain("Node's own loader never forgets an ES module")
      }
      await withUnloaded('stateful', async () => {
        expect((await import('stateful')).state).not.toBe(state)
      })
      expect((await import('stateful')).state).toBe(state)
    })
  `),
  'a failure is the very error, and the next call tries again': fact(`
    test('throws', async () => {
      for (const message of ['try 1', 'try 2']) {
        const failure = await importFresh('throws').catch((error) => error)
        expect(failure.message).toBe(message)
        expect(failure).toBe(globalThis.thrown)
      }
      expect((await importFresh('throws')).tries).toBe(3)
    })
  `),
  'links: pnpm keeps packages elsewhere, and a workspace package is first-party': fact(`
    import { state, made } from 'linked'
    import { state as ws } from '@app/ws'
    test('linked', async () => {
      const copy = await importFresh('linked')
      expect(copy.state).not.toBe(state)
      expect(copy.made).toBe(made)
      expect((await importFresh('linked', { fresh: ['linked'] }).catch((error) => error)).state).not.toBe(state)
    })
    test('@app/ws', async () => {
      const copy = await importFresh('@app/ws')
      expect(copy.state).not.toBe(ws)
      expect((await import('@app/ws')).state).toBe(ws)
    })
  `),
}

/** Two files in one worker: packages are kept between them, also once a helper has asked for one. */
const kept = fact(`
  import { state } from 'plain-cjs'
  globalThis.keptState ??= state
  test('the same copy in each file', async () => {
    expect(state).toBe(globalThis.keptState)
    expect((await importFresh('plain-cjs')).state).not.toBe(state)
    expect((await import('plain-cjs')).state).toBe(state)
  })
`)

const inVmPool = fact(`
  import { state } from 'stateful'
  test('refused', async () => {
    expect(state.count).toBe(0)
    for (const name of ['stateful', 'plain-cjs']) {
      const failure = await importFresh(name).catch((error) => error)
      expect(failure).toMatchObject({ code: 'ERR_NOT_FRESH' })
      expect(failure.message).toContain("server: { deps: { inline: ['" + name + "'] } }")
    }
  })
`)

/** Node has hooks into its ES module loader from 22.15 on. */
const withoutHooks: Record<string, Fact> = {
  'CommonJS packages work on Node 20, ES modules say which Node is needed': fact(`
    import { state } from 'stateful'
    import cjs from 'plain-cjs'
    test('CommonJS', async () => {
      const copy = await importFresh('plain-cjs')
      expect([copy.times, copy.state === cjs.state]).toEqual([1, false])
      expect((await importFresh('optional/cjs', { blocked: ['plain-cjs'] })).found).toBe('MODULE_NOT_FOUND')
      await expect(unload('plain-cjs')).rejects.toMatchObject({ code: 'ERR_UNLOAD_REFUSED' })
    })
    test('conditions', async () => {
      const failure = await importFresh('plain-cjs', { conditions: ['react-server'] }).catch((error) => error)
      expect(failure).toMatchObject({ code: 'ERR_NOT_FRESH' })
      expect(failure.message).toContain('Run on Node 22.15')
    })
    test('ES modules', async () => {
      expect(state.count).toBe(0)
      const failure = await importFresh('stateful').catch((error) => error)
      expect(failure).toMatchObject({ code: 'ERR_NOT_FRESH' })
      expect(failure.message).toContain('Run on Node 22.15')
    })
  `),
}

describeHosts('vitest', (host) => {
  for (const pool of ['forks', 'threads']) {
    describeFacts(host, `pool ${pool}`, {
      facts: chosenNode() < 22 ? withoutHooks : facts,
      files: packages,
      test: `pool: '${pool}', globalSetup: ['./links.ts']`,
      options: "{ knownSingletons: false, resetBetween: 'never' }",
    })
  }

  describeFacts(host, 'files that share a worker', {
    facts: { 'a package is kept after the first file': kept, 'and is the same in the second': kept },
    files: packages,
    test: "globalSetup: ['./links.ts'], isolate: false, maxWorkers: 1",
    options: '{ restoreGlobals: false }',
  })

  for (const pool of ['vmThreads', 'vmForks']) {
    describeFacts(host, `pool ${pool}`, {
      facts: { 'Vitest runs packages itself: the error says what to configure': inVmPool },
      files: packages,
      test: `pool: '${pool}', globalSetup: ['./links.ts']`,
    })
  }
})
