/** Resets that fail, callbacks of `onUnload`, and what is still running. */
import { expect } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { FileTree } from '../harness/index.ts'
import { allPass, describeFacts, type Fact, messagesOf, statuses } from './support.ts'

const element: FileTree = {
  'element.ts':
    "export class FactElement extends HTMLElement {}\ncustomElements.define('fact-element', FactElement)",
}
const elementTest = `
  import { expect, test } from 'vitest'
  import { FactElement } from './element'
  import { count, increase } from '../../src/counter'
  test.each([1, 2, 3])('test %i', () => {
    expect(document.createElement('fact-element')).toBeInstanceOf(FactElement)
    expect(count).toBe(0)
    increase()
  })
`

/** Facts for an environment with a document. */
const elements: Readonly<Record<string, Fact>> = {
  'a module that defines an element is kept, since the registry of elements stays': {
    files: element,
    test: elementTest,
    check: (result) => {
      allPass(result)
      expect(result.summary?.kept.map(({ reason }) => reason)).toEqual([
        expect.stringMatching(/element\.ts:2 changes customElements, which stays: customElements\.define\(/),
      ])
    },
  },
}

const insisting: Readonly<Record<string, Fact>> = {
  'an element that is defined twice fails the test with its own error and the ready line': {
    files: element,
    test: elementTest,
    check: (result) => {
      expect(statuses(result), result.run.output).toEqual({
        'test 1': 'passed',
        'test 2': 'failed',
        'test 3': 'failed',
      })
      for (const name of ['test 2', 'test 3']) {
        const message = messagesOf(result, name)
        expect(message).toMatch(/already|been (used|defined)|fact-element/)
        expect(message).toMatch(/match: '.*element\.ts', reset: false, reason: '/)
      }
    },
  },
}

/** With onResetFailure: 'throw'. */
const strict: Readonly<Record<string, Fact>> = {
  'a module that throws only when it is evaluated a second time fails that test, and the next tries again': {
    files: {
      'fragile.ts': `
        if ((globalThis as any).factFails) throw new Error('not twice')
        export let value = 0
        export const add = () => ++value
      `,
      'above.ts': "import { value } from './fragile'\nexport const above = { value }",
    },
    test: `
      import { afterEach, expect, test } from 'vitest'
      import { above } from './above'
      import { add, value } from './fragile'
      let first: unknown
      afterEach(({ task }) => { if (task.name === 'two') (globalThis as any).factFails = false })
      test('one', () => { first = above; add(); (globalThis as any).factFails = true })
      test('two', () => { throw new Error('not reached') })
      test('three', () => { expect([value, above]).toEqual([0, { value: 0 }]); expect(above).not.toBe(first); add() })
      test('four', () => { expect(value).toBe(0) })
    `,
    check: (result) => {
      expect(statuses(result)).toEqual({ one: 'passed', two: 'failed', three: 'passed', four: 'passed' })
      const message = messagesOf(result, 'two')
      expect(message).toContain('not twice')
      expect(message).toContain('fragile.ts')
      expect(message).toContain('reset: false')
      expect(message).not.toContain('not reached')
    },
  },
  'after a failure everything is as it was before the reset': {
    files: {
      'breaks.ts':
        "if ((globalThis as any).factBreaks) throw new Error('breaks')\nexport let value = 0\nexport const set = (next: number) => { value = next }",
    },
    test: `
      import { afterEach, expect, test } from 'vitest'
      import { set, value } from './breaks'
      let held: unknown
      test('one', () => { held = set; set(5); (globalThis as any).factBreaks = true })
      afterEach(({ task }) => {
        if (task.name === 'two') {
          expect([value, set]).toEqual([5, held])
          set(6)
          expect(value).toBe(6)
          ;(globalThis as any).factBreaks = false
          ;(globalThis as any).factChecked = true
        }
      })
      test('two', () => {})
      test('three', () => { expect((globalThis as any).factChecked).toBe(true); expect(value).toBe(0) })
    `,
    check: (result) => {
      expect(statuses(result), result.run.output).toEqual({ one: 'passed', two: 'failed', three: 'passed' })
    },
  },
  "a module that cannot be found any more fails the test with the host's error": {
    files: {
      'optional.ts':
        "import { existsSync } from 'node:fs'\nexport const found = (globalThis as any).factMissing ? await import(/* @vite-ignore */ './missing' + '.ts') : existsSync('.')",
    },
    test: `
      import { expect, test } from 'vitest'
      import { found } from './optional'
      test('one', () => { expect(found).toBe(true); (globalThis as any).factMissing = true })
      test('two', () => {})
      test('mends', () => {})
      `,
    check: (result) => {
      expect(statuses(result)).toMatchObject({ one: 'passed', two: 'failed' })
      expect(messagesOf(result, 'two')).toMatch(/missing/)
    },
  },
}

const facts: Readonly<Record<string, Fact>> = {
  'a module that throws when it is evaluated a second time is kept from then on, and all others are reset': {
    files: {
      'fragile.ts': `
        if ((globalThis as any).factFails) throw new Error('not twice')
        export let value = 0
        export const add = () => ++value
      `,
      'above.ts': "import { value } from './fragile'\nexport const seen = () => value",
    },
    test: `
      import { expect, test } from 'vitest'
      import { seen } from './above'
      import { add } from './fragile'
      import { count, increase } from '../../src/counter'
      test.each([1, 2, 3])('test %i', (n) => {
        expect(count).toBe(0)
        increase()
        expect(add()).toBe(n)
        expect(seen()).toBe(n)
        ;(globalThis as any).factFails = true
      })
      test('once more', () => { ;(globalThis as any).factFails = undefined })
    `,
    check: (result) => {
      allPass(result)
      expect(result.summary?.notes.join()).toMatch(
        /fragile\.ts.* is kept: Error: not twice.*fragile\.ts', reset: false/,
      )
    },
  },
  "onUnload runs at each reset, importers first, a module's own in reverse": {
    files: {
      'log.ts': 'export const log = ((globalThis as any).factLog ??= []) as string[]',
      'below.ts':
        "import { onUnload } from 'fresh-modules'\nimport { log } from './log'\nonUnload(import.meta, async () => { await null; log.push('below') })\nexport const below = 1",
      'top.ts':
        "import { onUnload } from 'fresh-modules'\nimport { below } from './below'\nimport { log } from './log'\nonUnload(import.meta, () => { log.push('top 1') })\nonUnload(import.meta, () => { log.push('top 2') })\nexport const top = below",
      'lazy.ts':
        "import { onUnload } from 'fresh-modules'\nimport { log } from './log'\nonUnload(import.meta, () => { log.push('lazy') })",
    },
    test: `
      import { expect, test } from 'vitest'
      import { top } from './top'
      const log = () => (globalThis as any).factLog.splice(0)
      test('one', async () => { expect(top).toBe(1); expect(log()).toEqual([]); await import('./lazy') })
      test('two', () => { const told = log(); expect(told.filter((one) => one !== 'lazy')).toEqual(['top 2', 'top 1', 'below']); expect(told).toContain('lazy') })
      test('three', () => { expect(log()).toEqual(['top 2', 'top 1', 'below']) })
    `,
  },
  'an onUnload callback that throws fails the test, and stops no other': {
    files: {
      'one.ts':
        "import { onUnload } from 'fresh-modules'\nimport './two'\nonUnload(import.meta, () => { if ((globalThis as any).factThrows) throw new Error('cannot close') })\nexport let value = 0\nexport const set = () => { value++ }",
      'two.ts':
        "import { onUnload } from 'fresh-modules'\nonUnload(import.meta, () => { (globalThis as any).factClosed = ((globalThis as any).factClosed ?? 0) + 1 })",
    },
    test: `
      import { expect, test } from 'vitest'
      import { set, value } from './one'
      test('one', () => { set(); (globalThis as any).factThrows = true })
      test('two', () => {})
      test('three', () => { expect(value).toBe(0) })
    `,
    check: (result) => {
      expect(statuses(result)['two']).toBe('failed')
      expect(messagesOf(result, 'two')).toContain('cannot close')
    },
  },
  'work that a test has left running goes on in its own copy': {
    files: {
      'worker.ts':
        "import * as store from './store'\nexport const work = async (gate: Promise<void>) => { const before = store.values; await gate; before.push('done'); return before }",
      'store.ts': 'export let values: string[] = []\nexport const forget = () => { values = [] }',
    },
    test: `
      import { expect, test } from 'vitest'
      import { work } from './worker'
      import { values } from './store'
      let open: () => void
      let left: Promise<string[]>
      test('leaves work', () => { left = work(new Promise((resolve) => { open = resolve })) })
      test('is not touched by it', async () => {
        open()
        const old = await left
        expect(old).toEqual(['done'])
        expect(values).toEqual([])
        expect(old).not.toBe(values)
      })
    `,
  },
  'fake timers that a test has left on stop no reset': {
    files: {
      'waits.ts':
        'export let value = 0\nexport const set = () => { value++ }\nawait new Promise<void>((resolve) => queueMicrotask(resolve))',
    },
    test: `
      import { afterAll, expect, test, vi } from 'vitest'
      import { set, value } from './waits'
      import { count, increase } from '../../src/counter'
      test.each([1, 2, 3])('test %i', () => {
        vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'performance'] })
        expect([value, count]).toEqual([0, 0])
        set()
        increase()
      })
      test('all faked', () => { vi.useFakeTimers(); increase() })
      test('still', () => { expect(count).toBe(0); vi.useRealTimers() })
    `,
  },
  'a module that waits for a timer which a test has faked fails the test in time, and the next tries again': {
    files: {
      'slow.ts':
        'await new Promise((resolve) => setTimeout(resolve, 1))\nexport let value = 0\nexport const set = () => ++value',
      'over.ts':
        "import { value } from './slow'\nexport const over = { value }\nexport const read = () => value",
    },
    test: `
      import { afterEach, expect, test, vi } from 'vitest'
      import { over, read } from './over'
      import { set, value } from './slow'
      import { count, increase } from '../../src/counter'
      let first: unknown
      test('one', () => { first = over; vi.useFakeTimers(); set() })
      afterEach(({ task }) => {
        if (task.name !== 'two') return
        expect([value, read(), over]).toEqual([1, 1, first])
        expect(set()).toBe(2)
        expect(read()).toBe(2)
        ;(globalThis as any).factChecked = true
        vi.useRealTimers()
      })
      test('two', { timeout: 300 }, () => { throw new Error('not reached') })
      test('three', () => {
        expect((globalThis as any).factChecked).toBe(true)
        expect([value, read(), count]).toEqual([0, 0, 0])
        expect(over).not.toBe(first)
        set()
        increase()
      })
      test('four', () => { expect([value, read(), count]).toEqual([0, 0, 0]) })
    `,
    check: (result) => {
      expect(statuses(result), result.run.output).toEqual({
        one: 'passed',
        two: 'failed',
        three: 'passed',
        four: 'passed',
      })
      const message = messagesOf(result, 'two')
      expect(message).toMatch(
        /Failed to reset modules: ".*slow\.ts" has not finished evaluating within 300 ms/,
      )
      expect(message).toMatch(/match: '.*slow\.ts', allowReload: false, reason: '/)
      expect(message).not.toContain('not reached')
    },
  },
  'an onUnload callback that never settles fails the test in time, and evaluates nothing later on': {
    files: {
      'closes.ts': `
        import { onUnload } from 'fresh-modules'
        const gate = new Promise<void>((resolve) => { (globalThis as any).factOpen = resolve })
        onUnload(import.meta, () => gate)
        export let value = 0
        export const set = () => { value++ }
      `,
    },
    test: `
      import { afterEach, expect, test } from 'vitest'
      import { set, value } from './closes'
      let held: unknown
      test('one', () => { held = set; set() })
      afterEach(async ({ task }) => {
        if (task.name !== 'two') return
        ;(globalThis as any).factOpen()
        await new Promise((resolve) => setTimeout(resolve, 20))
        expect([value, set]).toEqual([1, held])
      })
      test('two', { timeout: 300 }, () => { throw new Error('not reached') })
      test('three', () => { expect(value).toBe(0); expect(set).not.toBe(held) })
    `,
    check: (result) => {
      expect(statuses(result), result.run.output).toEqual({ one: 'passed', two: 'failed', three: 'passed' })
      expect(messagesOf(result, 'two')).toContain('an onUnload callback has not settled within 300 ms')
      expect(messagesOf(result, 'two')).not.toContain('not reached')
    },
  },
}

describeHosts('vitest', (host) => {
  describeFacts(host, 'failures', { facts })
  describeFacts(host, 'failures that fail the test', {
    facts: strict,
    options: "{ onResetFailure: 'throw' }",
  })
  for (const environment of ['jsdom', 'happy-dom']) {
    const test = `environment: '${environment}'`
    describeFacts(host, `elements in ${environment}`, { facts: elements, test })
    describeFacts(host, `elements in ${environment}, for one who insists`, {
      facts: insisting,
      test,
      options: "{ onResetFailure: 'throw', specs: [{ match: '**/element.ts', reset: true }] }",
    })
    describeFacts(host, `elements in ${environment}, with the line applied`, {
      test,
      options: "{ specs: [{ match: '**/element.ts', reset: false, reason: 'cannot be evaluated twice' }] }",
      facts: {
        'all tests pass': {
          files: element,
          test: elementTest,
          check: (result) => {
            allPass(result)
            expect(result.summary?.kept.map(({ reason }) => reason)).toEqual(['a rule says reset: false'])
          },
        },
      },
    })
  }
})
