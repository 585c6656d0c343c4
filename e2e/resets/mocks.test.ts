/** Mocks and spies of the framework, and resets between tests. */
import { test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, passes } from '../vitest/support.ts'
import { inOrder } from '../vitest-globals/projects.ts'
import { describeFacts, type Fact } from './support.ts'

const service = {
  'config.ts': "export const load = () => 'real'\nexport const limit = 3",
  'service.ts':
    "import { limit, load } from './config'\nexport let calls = 0\nexport const ask = () => { calls++; return load() + limit }",
}

const facts: Readonly<Record<string, Fact>> = {
  'static imports of a file with vi.mock are fresh in each test': {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      import { count, increase } from '../../src/counter'
      import * as namespace from './service'
      import { ask, calls } from './service'
      vi.mock('./config', () => ({ load: () => 'mocked', limit: 1 }))
      test.each([1, 2, 3])('test %i', () => {
        expect([count, calls, namespace.calls]).toEqual([0, 0, 0])
        increase()
        expect(ask()).toBe('mocked1')
        expect([count, calls, namespace.calls]).toEqual([1, 1, 1])
      })
    `,
  },
  'a factory of vi.mock runs once, and its mock is kept with what it was told': {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      import { load } from './config'
      import { ask } from './service'
      const made = vi.hoisted(() => ({ times: 0 }))
      vi.mock('./config', () => { made.times++; return { load: vi.fn(() => 'mocked'), limit: 1 } })
      const first = load
      test('one', () => { expect(ask()).toBe('mocked1'); vi.mocked(load).mockReturnValue('told') })
      test('two', () => {
        expect(load).toBe(first)
        expect(ask()).toBe('told1')
        expect(made.times).toBe(1)
      })
    `,
  },
  'a factory that asks for the original has it with fresh modules beneath': {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      import { ask } from './service'
      import { limit } from './config'
      vi.mock('./config', async (original) => ({ ...(await original<object>()), load: () => 'mocked' }))
      test.each([1, 2])('test %i', () => { expect(ask()).toBe('mocked3'); expect(limit).toBe(3) })
    `,
  },
  'automocks are kept': {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      import { load } from './config'
      import { ask } from './service'
      vi.mock('./config')
      const first = load
      test.each([1, 2])('test %i', (n) => {
        expect(load).toBe(first)
        vi.mocked(load).mockReturnValue('auto' + n)
        expect(ask()).toBe('auto' + n + '3')
      })
    `,
  },
  'automocks that spy are kept': {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      import { load } from './config'
      import { ask } from './service'
      vi.mock('./config', { spy: true })
      const first = load
      test.each([1, 2])('test %i', () => {
        expect(ask()).toBe('real3')
        expect(vi.isMockFunction(load)).toBe(true)
        expect(load).toBe(first)
      })
    `,
  },
  'files in __mocks__ are modules like others': {
    files: {
      ...service,
      '__mocks__/config.ts':
        "export const state = { asked: 0 }\nexport const load = () => { state.asked++; return 'manual' }\nexport const limit = 2",
    },
    test: `
      import { expect, test, vi } from 'vitest'
      import * as config from './config'
      import { ask } from './service'
      vi.mock('./config')
      test.each([1, 2])('test %i', (n) => {
        expect([n, ask()]).toEqual([n, 'manual2'])
        expect((config as any).state.asked).toBe(1)
      })
    `,
  },
  "vi.doMock in one test is the next one's too, as without resets, until vi.doUnmock": {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      test('one', async () => {
        expect((await import('./service')).ask()).toBe('real3')
      })
      test('two', async () => {
        vi.doMock('./config', () => ({ load: () => 'mocked', limit: 1 }))
        // Fresh by the reset before this test: no vi.resetModules() is needed.
        expect((await import('./service')).ask()).toBe('mocked1')
      })
      test('three', async () => {
        expect((await import('./service')).ask()).toBe('mocked1')
        vi.doUnmock('./config')
      })
      test('four', async () => { expect((await import('./service')).ask()).toBe('real3') })
    `,
  },
  'vi.doMock reaches static imports at the next reset': {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      import { ask } from './service'
      test('one', () => { expect(ask()).toBe('real3'); vi.doMock('./config', () => ({ load: () => 'mocked', limit: 1 })) })
      test('two', () => { expect(ask()).toBe('mocked1'); vi.doUnmock('./config') })
      test('three', () => { expect(ask()).toBe('real3') })
    `,
  },
  'spies on exports are restored before the exports are replaced': {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      import * as config from './config'
      import { ask } from './service'
      const real = config.load
      test('spied', () => {
        vi.spyOn(config, 'load').mockReturnValue('spied')
        expect(ask()).toBe('spied3')
      })
      test('real again, and fresh', () => {
        expect(ask()).toBe('real3')
        expect(vi.isMockFunction(config.load)).toBe(false)
        expect(config.load).not.toBe(real)
        vi.spyOn(config, 'load').mockReturnValue('again')
        expect(ask()).toBe('again3')
      })
      test('and real', () => { vi.restoreAllMocks(); expect(ask()).toBe('real3') })
    `,
  },
  'a spy that a reset has restored never brings the old export back': {
    files: service,
    test: `
      import { beforeEach, expect, test, vi } from 'vitest'
      import * as config from './config'
      import { ask } from './service'
      const first = config.load
      beforeEach(() => { vi.restoreAllMocks() })
      test.each([1, 2, 3])('test %i', (n) => {
        expect(config.load === first).toBe(n === 1)
        expect(ask()).toBe('real3')
        vi.spyOn(config, 'load').mockReturnValue('spied')
        expect(ask()).toBe('spied3')
      })
    `,
  },
  'spies that beforeEach makes work in each test': {
    files: service,
    test: `
      import { afterEach, beforeEach, expect, test, vi } from 'vitest'
      import * as config from './config'
      import { ask } from './service'
      beforeEach(() => { vi.spyOn(config, 'load').mockReturnValue('spied') })
      afterEach(() => { vi.restoreAllMocks() })
      test.each([1, 2, 3])('test %i', () => {
        expect(ask()).toBe('spied3')
        expect(config.load).toHaveBeenCalledTimes(1)
      })
    `,
  },
  'what a test file has taken out of a top-level await import() stays, since nothing could replace it there':
    {
      files: service,
      test: `
      import { expect, test, vi } from 'vitest'
      import { count, increase } from '../../src/counter'
      vi.mock('./config', () => ({ load: vi.fn(() => 'mocked'), limit: 1 }))
      const { ask } = await import('./service')
      const { load } = await import('./config')
      test.each([1, 2, 3])('test %i', async (n) => {
        expect(ask()).toBe('mocked1')
        expect(load).toHaveBeenCalled()
        const again = await import('./service')
        expect(again.ask).toBe(ask)
        expect(again.calls).toBe(n)
        expect(increase()).toBe(1)
        expect(count).toBe(1)
      })
    `,
    },
  'stubbed globals and environments are as the test file left them': {
    files: {
      'env.ts': 'export const mode = process.env.FACT_STUB\nexport const made = globalThis.factGlobal',
    },
    test: `
      import { expect, test, vi } from 'vitest'
      import { made, mode } from './env'
      test('one', () => { vi.stubEnv('FACT_STUB', 'stub'); vi.stubGlobal('factGlobal', 1); expect(mode).toBe(undefined) })
      test('two', () => { expect([mode, made]).toEqual(['stub', 1]); vi.unstubAllEnvs(); vi.unstubAllGlobals() })
      test('three', () => { expect([mode, made]).toEqual([undefined, undefined]) })
    `,
  },
}

/** With what the framework itself undoes before each test. */
const restoring: Readonly<Record<string, Fact>> = {
  'spies on first-party exports': {
    files: service,
    test: `
      import { expect, test, vi } from 'vitest'
      import * as config from './config'
      import { ask } from './service'
      const spied = vi.spyOn(config, 'load').mockReturnValue('spied at the top')
      test.each([1, 2, 3])('test %i', () => {
        expect(ask()).toBe('real3')
        vi.spyOn(config, 'load').mockReturnValue('spied')
        expect(ask()).toBe('spied3')
        expect(config.load).toHaveBeenCalledTimes(1)
        expect(config.load).not.toBe(spied)
      })
    `,
  },
  'spies that a module makes while it is evaluated are made after the framework has restored': {
    files: {
      'target.ts': 'export const target = { value: () => 1 }',
      'spying.ts':
        "import { vi } from 'vitest'\nimport { target } from './target'\nexport const spy = vi.spyOn(target, 'value').mockReturnValue(2)",
    },
    test: `
      import { expect, test } from 'vitest'
      import { target } from './target'
      import './spying'
      test('the first has what the file was collected with, restored', () => { expect(target.value()).toBe(1) })
      test.each([1, 2])('test %i', () => { expect(target.value()).toBe(2) })
    `,
  },
}

describeHosts('vitest', (host) => {
  describeFacts(host, 'mocks between tests', { facts })
  describeFacts(host, 'mocks in a shared worker', {
    facts,
    test: 'isolate: false, maxWorkers: 1',
    args: ['--sequence.shuffle.files'],
  })
  describeFacts(host, 'with restoreMocks', { facts: restoring, test: 'restoreMocks: true' })
  describeFacts(host, 'with mockReset', {
    test: 'mockReset: true',
    facts: {
      "mocks are reset to their factory's implementation": {
        files: service,
        test: `
          import { expect, test, vi } from 'vitest'
          import { load } from './config'
          import { ask } from './service'
          vi.mock('./config', () => ({ load: vi.fn(() => 'mocked'), limit: 1 }))
          test.each([1, 2])('test %i', () => {
            expect(ask()).toBe('mocked1')
            expect(load).toHaveBeenCalledTimes(1)
            vi.mocked(load).mockReturnValue('told')
          })
        `,
      },
      'a spy on an export': {
        files: service,
        test: `
          import { expect, test, vi } from 'vitest'
          import * as config from './config'
          import { ask } from './service'
          test.each([1, 2])('test %i', () => {
            expect(ask()).toBe('real3')
            vi.spyOn(config, 'load').mockReturnValue('spied')
            expect(ask()).toBe('spied3')
          })
        `,
      },
    },
  })

  test('a file of a shared worker has its own mock of a module that the file before it has mocked otherwise', async () => {
    const file = (mock: string, answer: string) => `
      import { expect, test, vi } from 'vitest'
      import { ask } from './service'
      ${mock}
      test('its own', () => { expect(ask()).toBe(${answer}) })
    `
    const [byFactory, automatic] = [
      "vi.mock('./config', () => ({ load: () => 'made', limit: 1 }))",
      "vi.mock('./config')",
    ]
    await passes(host, {
      ...service,
      'a.test.ts': file(byFactory, "'made1'"),
      'b.test.ts': file(automatic, 'Number.NaN'),
      'c.test.ts': file(byFactory, "'made1'"),
      'd.test.ts': file('', "'real3'"),
      'e.test.ts': file(automatic, 'Number.NaN'),
      'vitest.config.ts': configWith({
        top: inOrder,
        test: 'isolate: false, maxWorkers: 1, sequence: { sequencer: InOrder }',
      }),
    })
  })
})
