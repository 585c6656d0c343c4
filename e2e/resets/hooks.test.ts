/** When a reset comes among the hooks of a test, of a suite and of others (docs/resets.md). */
import { expect } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { allPass, describeFacts, type Fact, type FactResult } from './support.ts'

const imports = `
  import { afterAll, afterEach, aroundAll, aroundEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
  import { count, increase, shared } from '../../src/counter'
  const dirty = () => { increase() }
  const pristine = () => expect([count, shared.total]).toEqual([0, 0])
`

/** All tests pass, and the file's summary tells this. */
const withNote = (note: string, resets?: number) => (result: FactResult) => {
  allPass(result)
  expect(result.summary?.notes).toEqual([note])
  if (resets !== undefined) expect(result.summary?.resets).toBe(resets)
}
const withResets = (resets: number) => (result: FactResult) => {
  allPass(result)
  expect(result.summary?.resets ?? 0).toBe(resets)
}

const shares = (whose: string, hook: string) =>
  `${whose} has ${hook}: it shares state, so it was reset once before, and not between its tests`

const facts: Readonly<Record<string, Fact>> = {
  'a reset comes before the beforeEach hooks, and afterEach sees the state of its test': {
    test: `${imports}
      let expected = 0
      beforeEach(() => { pristine(); dirty() })
      beforeEach(() => { expect(count).toBe(1); dirty() })
      afterEach(() => { expect(count).toBe(3) })
      describe('nested', () => {
        beforeEach(() => { expect(count).toBe(2); expected = 2 })
        test('one', () => { expect(count).toBe(expected); dirty() })
        test('two', () => { expect(count).toBe(expected); dirty() })
      })
      test('three', () => { expect(count).toBe(2); dirty() })
    `,
    check: withResets(2),
  },
  'cleanup that beforeEach returns, and onTestFinished, see the state of their test': `${imports}
    beforeEach(() => { pristine(); return () => { expect(count).toBe(2); dirty() } })
    test.each([1, 2])('test %i', () => { dirty(); dirty() })
    test('finished', ({ onTestFinished }) => { dirty(); dirty(); onTestFinished(() => { expect(count).toBe(3) }) })
    test('after it', () => { dirty(); dirty(); expect(count).toBe(2) })
  `,
  'a beforeAll of the test file shares state through the whole file': {
    test: `${imports}
      beforeAll(() => { pristine(); dirty() })
      test('one', () => { expect(count).toBe(1); dirty() })
      describe('nested', () => { test('two', () => { expect(count).toBe(2); dirty() }) })
      test('three', () => { expect(count).toBe(3) })
      afterAll(() => { expect(count).toBe(3) })
    `,
    check: withNote(shares('the test file', 'a beforeAll hook')),
  },
  'an aroundAll of the test file shares state as well': {
    test: `${imports}
      aroundAll(async (run) => { pristine(); dirty(); await run(); expect(count).toBe(3) })
      test.each([1, 2])('test %i', (n) => { expect(count).toBe(n); dirty() })
    `,
    check: withNote(shares('the test file', 'an aroundAll hook')),
  },
  'a beforeAll of a suite shares state within it, and resets once before it': {
    test: `${imports}
      test('before', () => { pristine(); dirty() })
      describe('suite', () => {
        beforeAll(() => { pristine(); dirty() })
        test('one', () => { expect(count).toBe(1); dirty() })
        describe('nested', () => {
          beforeAll(() => { expect(count).toBe(2); dirty() })
          test('two', () => { expect(count).toBe(3); dirty() })
        })
        test('three', () => { expect(count).toBe(4); dirty() })
        afterAll(() => { expect(count).toBe(5) })
      })
      test('after', () => { pristine(); dirty() })
      describe('without', () => { test('four', () => { pristine() }) })
    `,
    check: withNote(shares('the suite "suite"', 'a beforeAll hook'), 3),
  },
  'an aroundAll of a suite shares state within it': {
    test: `${imports}
      test('before', () => { pristine(); dirty() })
      describe('suite', () => {
        aroundAll(async (run) => { pristine(); dirty(); await run() })
        test.each([1, 2])('test %i', (n) => { expect(count).toBe(n); dirty() })
      })
      test('after', pristine)
    `,
    check: withNote(shares('the suite "suite"', 'an aroundAll hook'), 2),
  },
  'a nested beforeAll leaves the tests of the outer suite fresh': `${imports}
    describe('outer', () => {
      test('one', () => { pristine(); dirty() })
      describe('inner', () => {
        beforeAll(() => { pristine(); dirty() })
        test.each([1, 2])('inner %i', (n) => { expect(count).toBe(n); dirty() })
      })
      test('two', () => { pristine(); dirty() })
    })
  `,
  'an aroundEach is about one state: a reset comes before it': `${imports}
    aroundEach(async (run) => { pristine(); dirty(); await run(); expect(count).toBe(2) })
    test.each([1, 2, 3])('test %i', () => { expect(count).toBe(1); dirty() })
    describe('nested', () => {
      aroundEach(async (run) => { expect(count).toBe(1); await run(); expect(count).toBe(2) })
      let tries = 0
      test('retried', { retry: 2 }, () => { expect(count).toBe(1); dirty(); if (++tries < 3) throw new Error('again') })
      test('after it', () => { expect(count).toBe(1); dirty() })
    })
  `,
  'an aroundEach of a suite alone is about one state too': `${imports}
    test('before', () => { pristine(); dirty() })
    describe('suite', () => {
      aroundEach(async (run) => { pristine(); dirty(); await run(); expect(count).toBe(2) })
      test('repeated', { repeats: 2 }, () => { expect(count).toBe(1); dirty() })
    })
    test('after', () => { pristine(); dirty() })
  `,
  'a fixture of a file shares state through the file': {
    test: `${imports}
      const it = test.extend<{ file: { used: number } }>({
        file: [async ({}, use) => { dirty(); await use({ used: count }) }, { scope: 'file' }],
      })
      it('one', ({ file }) => { expect([file.used, count]).toEqual([1, 1]); dirty() })
      it('two', ({ file }) => { expect([file.used, count]).toEqual([1, 2]) })
    `,
    check: withNote(shares('the test file', 'a file-scoped fixture')),
  },
  'a fixture of a test is made again, on a fresh state': `${imports}
    const it = test.extend<{ made: number }>({ made: async ({}, use) => { pristine(); dirty(); await use(count) } })
    it('one', ({ made }) => { expect([made, count]).toEqual([1, 1]); dirty() })
    it('two', ({ made }) => { expect([made, count]).toEqual([1, 1]); dirty() })
  `,
  "hooks of setup files are nobody's own: they make no suite share state": {
    test: `${imports}
      test.each([1, 2])('test %i', () => {
        expect((globalThis as any).setupHooks).toBeGreaterThan(0)
        pristine()
        dirty()
      })
    `,
    check: withResets(1),
  },
  'a helper that a test file calls registers hooks of the test file': {
    files: {
      'helper.ts':
        "import { beforeAll } from 'vitest'\nexport const connect = (run: () => void) => { beforeAll(run) }",
    },
    test: `${imports}
      import { connect } from './helper'
      connect(() => { dirty() })
      test.each([1, 2])('test %i', (n) => { expect(count).toBe(n); dirty() })
    `,
    check: withNote(shares('the test file', 'a beforeAll hook')),
  },
  'a module that registers hooks stays the one that they work on, while what it imports is reset': {
    files: {
      'connection.ts': `
        import { afterEach, beforeEach } from 'vitest'
        import { count } from '../../src/counter'
        export let connection: { found: number } | undefined
        beforeEach(() => { connection = { found: count } })
        afterEach(() => { connection = undefined })
      `,
      'called.ts': `
        import { beforeEach } from 'vitest'
        export let calls = 0
        const register = (run: () => void) => beforeEach(run)
        export const useCalls = () => register(() => { calls++ })
      `,
    },
    test: `${imports}
      import { connection } from './connection'
      import { calls, useCalls } from './called'
      test.each([1, 2])('at the top %i', () => { expect(connection).toEqual({ found: 0 }); dirty() })
      describe('in a suite', () => {
        useCalls()
        test.each([1, 2])('test %i', (n) => { expect(calls).toBe(n); expect(connection).toEqual({ found: 0 }); pristine(); dirty() })
      })
    `,
    check: (result) => {
      allPass(result)
      const reasons = result.summary?.kept.map(({ id, reason }) => `${id.replace(/.*\//, '')}: ${reason}`)
      expect(reasons).toContain('called.ts: it has registered test hooks')
      expect(reasons).toContain('connection.ts: it has registered test hooks')
    },
  },
  'each retry is a test': {
    test: `${imports}
      let tries = 0
      test('retried', { retry: 3 }, () => { pristine(); dirty(); expect(++tries).toBe(3) })
      test('after', () => { pristine() })
    `,
    check: withResets(3),
  },
  'each repetition is a test': {
    test: `${imports}
      test('repeated', { repeats: 3 }, () => { pristine(); dirty() })
      test('after', () => { pristine() })
    `,
    check: withResets(4),
  },
  'test.fails, test.skip and todo': {
    test: `${imports}
      test.fails('fails as it should', () => { pristine(); dirty(); throw new Error('as it should') })
      test.skip('skipped', () => { dirty() })
      test.todo('to do')
      test('skips itself', ({ skip }) => { pristine(); dirty(); skip() })
      describe.skip('skipped suite', () => { beforeAll(dirty); test('never', dirty) })
      test.skipIf(true)('skipped if', dirty)
      test('last', pristine)
    `,
    check: (result) => {
      allPass(result)
      expect(result.summary).toMatchObject({ resets: 2, notes: [] })
    },
  },
  'test.each and test.for in nested describes': `${imports}
    describe.each(['a', 'b'])('suite %s', () => {
      describe('nested', () => {
        test.each([1, 2])('each %i', () => { pristine(); dirty() })
        test.for([1, 2])('for %i', () => { pristine(); dirty() })
      })
    })
  `,
  'a group of concurrent tests has one reset before it, retries included': {
    test: `${imports}
      const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
      let tries = 0
      test('before', () => { pristine(); dirty() })
      test.concurrent('one', async () => { dirty(); await wait(30); expect(count).toBeGreaterThanOrEqual(2) })
      test.concurrent('two', async () => { dirty(); await wait(30); expect(count).toBeGreaterThanOrEqual(2) })
      test.concurrent('retried', { retry: 2 }, async () => {
        await wait(5)
        expect(count).toBeGreaterThanOrEqual(2)
        expect(++tries).toBe(2)
      })
      test('after', () => { pristine(); dirty() })
      test.concurrent('alone', async () => { pristine(); dirty() })
      test('last', pristine)
    `,
    check: withResets(4),
  },
  'concurrent suites are one group': {
    test: `${imports}
      const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
      const seen: number[] = []
      test('before', () => { pristine(); dirty() })
      describe.concurrent('first', () => {
        test('one', async () => { dirty(); await wait(20); seen.push(count) })
        test('two', async () => { dirty(); await wait(20); seen.push(count) })
      })
      describe.concurrent('second', () => {
        test('three', async () => { dirty(); await wait(20); seen.push(count) })
      })
      test('after', () => { expect(seen).toEqual([3, 3, 3]); pristine() })
    `,
    check: withResets(2),
  },
  'a sequential suite inside a concurrent one belongs to the group': {
    test: `${imports}
      const seen: number[] = []
      test('before', () => { pristine(); dirty() })
      describe.concurrent('group', () => {
        describe('in turn', { concurrent: false }, () => {
          test('one', async () => { dirty(); seen.push(count) })
          test('two', async () => { dirty(); seen.push(count) })
        })
        test('meanwhile', async () => { await new Promise((resolve) => setTimeout(resolve, 20)); dirty() })
      })
      test('after', () => { expect(seen).toEqual([1, 2]); pristine() })
    `,
    check: withResets(2),
  },
  'a beforeAll in a concurrent suite does not reset beneath the others': `${imports}
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    describe.concurrent('group', () => {
      test('long', async () => { dirty(); await wait(60); expect(count).toBeGreaterThan(0) })
      describe('with a hook', () => {
        beforeAll(async () => { await wait(10); dirty() })
        test('one', async () => { await wait(5); expect(count).toBeGreaterThan(0) })
        test('two', async () => { await wait(5); expect(count).toBeGreaterThan(0) })
      })
    })
    test('after', pristine)
  `,
  'a test that fails leaves nothing for the next': {
    test: `${imports}
      test('fails', () => { pristine(); dirty(); throw new Error('on purpose') })
      test('next', () => { pristine() })
    `,
    check: ({ tests }) => {
      expect(tests.map(({ name, status }) => [name, status])).toEqual([
        ['fails', 'failed'],
        ['next', 'passed'],
      ])
    },
  },
  'hooks that fail leave nothing for the next': {
    test: `${imports}
      describe('one', () => {
        beforeEach(() => { dirty(); throw new Error('on purpose') })
        test('fails', () => {})
      })
      describe('two', () => {
        beforeAll(() => { pristine(); dirty(); throw new Error('on purpose') })
        test('not run', () => {})
      })
      test('next', () => { pristine(); dirty() })
      test('and next', pristine)
    `,
    check: ({ tests }) => {
      const passed = tests.filter(({ status }) => status === 'passed').map(({ name }) => name)
      expect(passed, JSON.stringify(tests)).toEqual(['next', 'and next'])
    },
  },
}

const setup = {
  'src/setup.ts': `
    import { afterEach, beforeAll, beforeEach } from 'vitest'
    const seen = globalThis as { setupHooks?: number }
    beforeAll(() => { seen.setupHooks = 1 })
    beforeEach(() => { seen.setupHooks = (seen.setupHooks ?? 0) + 1 })
    afterEach(() => {})
  `,
}

describeHosts('vitest', (host) => {
  const test = "setupFiles: ['src/setup.ts']"
  describeFacts(host, 'hooks', { facts, files: setup, test })

  describeFacts(host, 'concurrent tests one at a time', {
    test: 'maxConcurrency: 1',
    facts: {
      'a group has one reset, though its tests run one after the other': {
        test: `${imports}
          const seen: number[] = []
          let tries = 0
          test('before', () => { pristine(); dirty() })
          test.concurrent('one', async () => { dirty(); seen.push(count) })
          test.concurrent('two', { retry: 1 }, async () => { dirty(); seen.push(count); expect(++tries).toBe(2) })
          test.concurrent('three', async () => { dirty(); seen.push(count) })
          test('after', () => { expect(seen).toEqual([1, 2, 3, 4]); pristine() })
        `,
        check: withResets(2),
      },
    },
  })

  describeFacts(host, 'sequence.concurrent', {
    test: 'sequence: { concurrent: true }',
    facts: {
      'a file of concurrent tests shares its first state': {
        test: `${imports}
          const wait = () => new Promise((resolve) => setTimeout(resolve, 20))
          test('one', async ({ expect }) => { dirty(); await wait(); expect(count).toBe(2) })
          test('two', async ({ expect }) => { dirty(); await wait(); expect(count).toBe(2) })
        `,
        check: withResets(0),
      },
    },
  })

  describeFacts(host, 'in random order', {
    test: 'sequence: { shuffle: true, seed: 7 }',
    facts: {
      'every test is fresh, suites with a beforeAll shared': `${imports}
        test.each([1, 2, 3, 4])('test %i', () => { pristine(); dirty() })
        describe('shared', () => {
          let runs = 0
          beforeAll(() => { pristine(); dirty() })
          test.each([1, 2, 3])('shared %i', () => { expect(count).toBe(++runs); dirty() })
        })
        describe('others', () => { test.each([1, 2])('other %i', () => { pristine(); dirty() }) })
      `,
    },
  })
})
