/** Between tests: what a test file imports statically is fresh in each, through any depth and form of re-exports. */
import { describeHosts } from '../harness/describe-hosts.ts'
import { describeFacts, type Fact } from './support.ts'

/** Modules that pass on what others export, in every form there is. */
const reExports = {
  'all.ts': "export * from '../../src/counter'",
  'all-of-all.ts': "export * from './all'",
  'namespace.ts': "export * as counter from './all-of-all'",
  'named.ts': "export { count as renamed, increase } from './all-of-all'\nexport { default } from './made'",
  'made.ts':
    "import { shared } from '../../src/shared'\nexport default class Made { static shared = shared; static made = 0 }",
  'imported.ts': "import { count } from './all'\nimport * as whole from './all'\nexport { count, whole }",
}

const deep = Object.fromEntries(
  Array.from({ length: 60 }, (_, n) => [
    `level-${n}.ts`,
    n === 59
      ? "export * from '../../src/counter'"
      : `export * from './level-${n + 1}'\nexport const level${n} = { dirty: false }`,
  ]),
)

const facts: Readonly<Record<string, Fact>> = {
  '200 tests in one file each find pristine static imports, then dirty them': {
    files: reExports,
    test: `
      import { expect, test } from 'vitest'
      import { count, increase, shared } from '../../src/counter'
      import * as viaStar from './all-of-all'
      import { counter } from './namespace'
      import Made, { increase as increaseNamed, renamed } from './named'
      import { count as imported, whole } from './imported'

      test.each(Array.from({ length: 200 }, (_, n) => n))('test %i', () => {
        expect([count, viaStar.count, counter.count, renamed, imported, whole.count]).toEqual([0, 0, 0, 0, 0, 0])
        expect([shared.total, Made.shared.total, Made.made]).toEqual([0, 0, 0])
        increase()
        increaseNamed()
        Made.made++
        expect([count, viaStar.count, counter.count, renamed, imported, whole.count]).toEqual([2, 2, 2, 2, 2, 2])
        expect(Made.shared).toBe(shared)
        expect([shared.total, Made.made]).toEqual([2, 1])
      })
    `,
  },
  'a graph that is sixty modules deep is fresh to its end': {
    files: deep,
    test: `
      import { expect, test } from 'vitest'
      import * as top from './level-0'
      test.each([1, 2, 3])('test %i', () => {
        const levels = Object.entries(top).filter(([name]) => name.startsWith('level'))
        expect(levels).toHaveLength(59)
        expect(levels.filter(([, level]) => (level as any).dirty)).toEqual([])
        expect(top.count).toBe(0)
        top.increase()
        for (const [, level] of levels) (level as any).dirty = true
      })
    `,
  },
  'a cycle is evaluated as the first time, and holds no old member': {
    files: {
      'a.ts':
        "import { b, ofA } from './b'\nexport const a = { name: 'a', touched: 0 }\nexport { b }\nexport const seenByB = () => ofA()",
      'b.ts':
        "import { a } from './a'\nexport const b = { name: 'b', touched: 0 }\nexport const ofA = () => a\nlet early: unknown\ntry { early = a } catch (error) { early = (error as Error).name }\nexport { early }",
    },
    test: `
      import { expect, test } from 'vitest'
      import { a, b, seenByB } from './a'
      import { b as direct, early } from './b'
      let first: { a: object; early: unknown }
      test('as collected', () => {
        first = { a, early }
        a.touched++
        b.touched++
      })
      test.each([1, 2, 3])('again %i', () => {
        expect([a.touched, b.touched]).toEqual([0, 0])
        expect(a).not.toBe(first.a)
        expect(seenByB()).toBe(a)
        expect(direct).toBe(b)
        expect(typeof early).toBe(typeof first.early)
        a.touched++
        b.touched++
      })
    `,
  },
  'top-level await settles before the test begins, in the order of imports': {
    files: {
      'slow.ts':
        "import { order } from './order'\nawait new Promise((resolve) => setTimeout(resolve, 5))\norder.push('slow')\nexport let ready = true\nexport const spoil = () => { ready = false }",
      'order.ts': 'export const order: string[] = []',
      'top.ts':
        "import { order } from './order'\nimport { ready } from './slow'\norder.push('top')\nexport const wasReady = ready\nexport { ready }",
    },
    test: `
      import { expect, test } from 'vitest'
      import { ready, wasReady } from './top'
      import { spoil } from './slow'
      import { order } from './order'
      test.each([1, 2, 3])('test %i', () => {
        expect(order).toEqual(['slow', 'top'])
        expect([ready, wasReady]).toEqual([true, true])
        spoil()
        expect(ready).toBe(false)
      })
    `,
  },
  'namespaces are the same objects for good, and classes of modules with state are new ones': {
    files: {
      'shape.ts':
        'export class Shape { static made = 0; constructor() { Shape.made++ } }\nexport const isShape = (value: unknown) => value instanceof Shape',
    },
    test: `
      import { expect, test } from 'vitest'
      import * as namespace from './shape'
      import { isShape, Shape } from './shape'
      const seen: unknown[] = []
      const classes: unknown[] = []
      let kept: unknown
      test('the first test makes one', () => {
        kept = new Shape()
        expect(isShape(kept)).toBe(true)
      })
      test.each([1, 2, 3])('test %i', async () => {
        seen.push(namespace, await import('./shape'))
        classes.push(Shape)
        expect(Shape.made).toBe(0)
        expect(isShape(new Shape())).toBe(true)
        // Made by a class that is no longer the exported one.
        expect(isShape(kept)).toBe(false)
      })
      test('afterwards', () => {
        expect(new Set(seen).size).toBe(1)
        expect(new Set(classes).size).toBe(3)
      })
    `,
  },
  'bindings stay live within a test': `
    import { expect, test } from 'vitest'
    import { count, increase } from '../../src/counter'
    test.each([1, 2])('test %i', async () => {
      expect(increase()).toBe(1)
      expect(count).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 1))
      expect(increase()).toBe(2)
      expect(count).toBe(2)
    })
  `,
  'modules that are only imported dynamically are dropped, and fresh when they are imported again': {
    files: {
      'lazy.ts': "export { count, increase } from '../../src/counter'\nexport const state = { value: 0 }",
    },
    test: `
      import { expect, test } from 'vitest'
      const seen = new Set<object>()
      test.each([1, 2, 3])('test %i', async () => {
        const lazy = await import('./lazy')
        expect(lazy.state.value).toBe(0)
        expect(lazy.count).toBe(0)
        lazy.state.value++
        lazy.increase()
        expect(await import('./lazy')).toBe(lazy)
        expect(seen.has(lazy)).toBe(false)
        seen.add(lazy)
      })
    `,
  },
  'a module that is imported statically and dynamically is one copy in each test': `
    import { expect, test } from 'vitest'
    import * as counter from '../../src/counter'
    test.each([1, 2, 3])('test %i', async () => {
      const dynamic = await import('../../src/counter')
      expect(dynamic).toBe(counter)
      expect(dynamic.increase()).toBe(1)
      expect(counter.count).toBe(1)
    })
  `,
  'what the test file itself holds is never reset': `
    import { expect, test } from 'vitest'
    import { increase } from '../../src/counter'
    let runs = 0
    const self = import.meta
    test.each([1, 2, 3])('test %i', (n) => {
      expect(++runs).toBe(n)
      expect(import.meta).toBe(self)
      increase()
    })
  `,
  'an export that depends on the environment is made again from the environment of then': {
    files: { 'mode.ts': "export const mode = process.env.FACT_MODE ?? 'none'" },
    test: `
      import { expect, test } from 'vitest'
      import { mode } from './mode'
      test('first', () => { expect(mode).toBe('none'); process.env.FACT_MODE = 'set' })
      test('second', () => { expect(mode).toBe('set'); delete process.env.FACT_MODE })
      test('third', () => { expect(mode).toBe('none') })
    `,
  },
  'a module that a test reloads by hand is reset before the next, and stays live': `
    import { reloadInPlace } from 'fresh-modules'
    import { expect, test } from 'vitest'
    import * as counter from '../../src/counter'
    import { count, increase } from '../../src/counter'
    test.each([1, 2, 3, 4])('test %i', async () => {
      expect([count, increase(), count]).toEqual([0, 1, 1])
      await reloadInPlace(counter)
      expect([count, increase(), count]).toEqual([0, 1, 1])
    })
  `,
  'json and assets keep their values': {
    files: {
      'data.json': '{ "list": [1] }',
      'text.txt': 'hello',
      'uses.ts': "import data from './data.json'\nimport text from './text.txt?raw'\nexport { data, text }",
    },
    test: `
      import { expect, test } from 'vitest'
      import { data, text } from './uses'
      test.each([1, 2])('test %i', () => {
        expect(data.list).toEqual([1])
        expect(text).toBe('hello')
        data.list.push(2)
      })
    `,
  },
  'an object of globals that exports are put on is told apart from exports': {
    files: { 'extensible.ts': 'export let value = 1\nexport const set = (next: number) => { value = next }' },
    test: `
      import { expect, test } from 'vitest'
      import * as extensible from './extensible'
      test('put there', () => {
        Object.defineProperty(extensible, 'extra', { value: 'mine', configurable: true })
        extensible.set(2)
      })
      test('stays, and exports are fresh', () => {
        expect((extensible as any).extra).toBe('mine')
        expect(extensible.value).toBe(1)
        expect(Object.keys(extensible).sort()).toEqual(['set', 'value'])
      })
    `,
  },
}

describeHosts('vitest', (host) => {
  describeFacts(host, 'in a worker of its own', { facts })
  describeFacts(host, 'with isolate: false, in random order', {
    facts,
    test: 'isolate: false, maxWorkers: 1',
    args: ['--sequence.shuffle.files'],
  })
})
