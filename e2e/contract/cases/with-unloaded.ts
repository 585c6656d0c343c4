import type { ContractCase } from '../case.ts'
import { counter } from './sources.ts'

const needs = ['unload'] as const
const files = { 'counter.js': counter, 'importer.js': "export { state } from './counter.js'" }

export const withUnloadedCases: readonly ContractCase[] = [
  {
    name: 'inside of withUnloaded an import gives a new copy and afterwards the very same is back',
    needs,
    files,
    test: `
      const plain = await import('./counter.js')
      let inside
      const result = await withUnloaded('./counter.js', async () => {
        inside = await import('./counter.js')
        expect((await import('./counter.js')).state).toBe(inside.state)
        return 'result'
      })
      expect(result).toBe('result')
      expect(inside.state === plain.state).toBe(false)
      expect((await import('./counter.js')).state).toBe(plain.state)
      expect(events).toEqual(['counter', 'counter'])
    `,
  },
  {
    name: 'what was absent before withUnloaded is absent after it',
    needs,
    files,
    test: `
      const before = registered()
      const inside = await withUnloaded('./counter.js', () => import('./counter.js'))
      expect(registered()).toEqual(before)
      expect((await import('./counter.js')).state === inside.state).toBe(false)
    `,
  },
  {
    name: 'the same is back after a throw, a rejection and a reset of the modules in between',
    needs,
    files,
    test: `
      const plain = await import('./counter.js')
      const mine = new Error('mine')
      expect(await caught(() => withUnloaded('./counter.js', () => { throw mine }))).toBe(mine)
      expect((await import('./counter.js')).state).toBe(plain.state)
      expect(await caught(() => withUnloaded('./counter.js', async () => {
        await import('./counter.js')
        throw mine
      }))).toBe(mine)
      expect((await import('./counter.js')).state).toBe(plain.state)
      await withUnloaded('./counter.js', async () => {
        await import('./counter.js')
        await unload('./counter.js')
        await import('./counter.js')
      })
      expect((await import('./counter.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'an asynchronous body is over when it has settled, not at its first await',
    needs,
    files,
    test: `
      const plain = await import('./counter.js')
      await withUnloaded('./counter.js', async () => {
        await settled()
        expect((await import('./counter.js')).state === plain.state).toBe(false)
      })
      expect((await import('./counter.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'a synchronous body is run without what is unloaded',
    needs,
    files,
    test: `
      const plain = await import('./counter.js')
      const ids = await withUnloaded('./counter.js', () => registered())
      expect(ids.includes((await specOf('./counter.js')).id)).toBe(false)
      expect((await import('./counter.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'several targets are set aside together with their children',
    needs,
    files: {
      'lib/index.js': "export { state as part } from './part.js'",
      'lib/part.js': 'export const state = {}',
      'counter.js': counter,
    },
    test: `
      const lib = await import('./lib/index.js')
      const plain = await import('./counter.js')
      await withUnloaded(new Set(['./lib/index.js', './counter.js']), async () => {
        expect((await import('./lib/index.js')).part === lib.part).toBe(false)
        expect((await import('./counter.js')).state === plain.state).toBe(false)
      })
      expect((await import('./lib/part.js')).state).toBe(lib.part)
      expect((await import('./counter.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'a module first loaded by the body stays unless it holds a copy made in there',
    needs,
    files: {
      ...files,
      'other.js': 'export const state = {}',
      'far.js': "export { state } from './importer.js'",
    },
    test: `
      const plain = await import('./counter.js')
      let inside
      await withUnloaded('./counter.js', async () => {
        inside = { other: await import('./other.js'), far: await import('./far.js') }
      })
      expect((await import('./other.js')).state).toBe(inside.other.state)
      expect((await import('./importer.js')).state).toBe(plain.state)
      expect((await import('./far.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'an importer that was loaded before keeps its copy and stays',
    needs,
    files,
    test: `
      const importer = await import('./importer.js')
      await withUnloaded('./counter.js', async () => {
        expect((await import('./importer.js')).state).toBe(importer.state)
        expect((await import('./counter.js')).state === importer.state).toBe(false)
      })
      expect((await import('./importer.js')).state).toBe(importer.state)
    `,
  },
  {
    name: 'nested calls bring back the innermost first',
    needs,
    files,
    test: `
      const plain = await import('./counter.js')
      await withUnloaded('./counter.js', async () => {
        const outer = await import('./counter.js')
        await withUnloaded('./counter.js', async () => {
          const inner = await import('./counter.js')
          expect(inner.state === outer.state).toBe(false)
        })
        expect((await import('./counter.js')).state).toBe(outer.state)
      })
      expect((await import('./counter.js')).state).toBe(plain.state)
      expect(events.length).toBe(3)
    `,
  },
  {
    name: 'overlapping calls that share a module run one after the other',
    needs,
    files,
    test: `
      const plain = await import('./counter.js')
      events.length = 0
      const { open, opened } = gate()
      const first = withUnloaded('./counter.js', async () => {
        events.push('first in')
        await opened
        const copy = await import('./counter.js')
        events.push('first out')
        return copy
      })
      const second = withUnloaded('./counter.js', async () => {
        events.push('second in')
        return import('./counter.js')
      })
      await settled()
      open()
      const copies = [await first, await second]
      const firstIn = events.indexOf('first in')
      expect(events.slice(firstIn, firstIn + 3)).toEqual(['first in', 'counter', 'first out'])
      expect(events.length).toBe(5)
      expect(copies[0].state === copies[1].state).toBe(false)
      expect((await import('./counter.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'overlapping calls of different modules do not wait for each other',
    needs,
    files: { ...files, 'other.js': 'export const state = {}' },
    test: `
      const { open, opened } = gate()
      const first = withUnloaded('./counter.js', () => opened)
      await withUnloaded('./other.js', () => open())
      await first
    `,
  },
  {
    name: 'what is set aside is not disposed of and the copies made inside are',
    needs,
    files: {
      'target.js': `
        import { onUnload } from 'fresh-modules'
        globalThis.made = (globalThis.made ?? 0) + 1
        const number = globalThis.made
        export const state = {}
        onUnload(import.meta, () => { events.push('disposed ' + number) })
      `,
    },
    test: `
      await import('./target.js')
      await withUnloaded('./target.js', () => {})
      expect(events).toEqual([])
      await withUnloaded('./target.js', () => import('./target.js'))
      expect(events).toEqual(['disposed 2'])
      await unload('./target.js')
      expect(events).toEqual(['disposed 2', 'disposed 1'])
    `,
  },
  {
    name: 'a target that refuses reimport is refused and a refusing child stays registered',
    needs,
    files: {
      'single.js': '/** @fresh-modules no-reimport: one pool */\nexport const state = {}',
      'lib/index.js': "export { state } from './single.js'\nexport const own = {}",
      'lib/single.js': '/** @fresh-modules no-reimport */\nexport const state = {}',
    },
    test: `
      const plain = await import('./single.js')
      const error = await caught(() => withUnloaded('./single.js', () => { events.push('ran') }))
      expect(error.code).toBe('ERR_REIMPORT_REFUSED')
      expect(error.message).toContain('one pool')
      expect(events).toEqual([])
      expect((await import('./single.js')).state).toBe(plain.state)
      const lib = await import('./lib/index.js')
      await withUnloaded('./lib/index.js', async () => {
        const inside = await import('./lib/index.js')
        expect(inside.own === lib.own).toBe(false)
        expect(inside.state).toBe(lib.state)
      })
    `,
  },
  {
    name: 'withUnloaded does not need allowUnload',
    needs,
    files: { 'kept.js': '/** @fresh-modules no-unload */\nexport const state = {}' },
    test: `
      const plain = await import('./kept.js')
      await withUnloaded('./kept.js', async () => {
        expect((await import('./kept.js')).state === plain.state).toBe(false)
      })
      expect((await import('./kept.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'withUnloaded calls that would wait for each other for good fail at once and the others go on',
    needs,
    files: { ...files, 'other.js': 'export const state = {}' },
    test: `
      const [counter, other] = [await import('./counter.js'), await import('./other.js')]
      let both
      const bothRun = new Promise((resolve) => { both = resolve })
      let running = 0
      const crossed = (outer, inner) => withUnloaded(outer, async () => {
        if (++running === 2) both()
        await bothRun
        return withUnloaded(inner, () => 'ran')
      })
      const settled = await Promise.allSettled([
        crossed('./counter.js', './other.js'),
        crossed('./other.js', './counter.js'),
      ])
      expect(settled.map(({ value, reason }) => value ?? reason.code).sort()).toEqual(['ERR_NOT_FRESH', 'ran'])
      expect((await import('./counter.js')).state).toBe(counter.state)
      expect((await import('./other.js')).state).toBe(other.state)
    `,
  },
  {
    name: 'what is set aside still counts as loaded',
    needs,
    files,
    test: `
      await import('./counter.js')
      await withUnloaded('./counter.js', async () => {
        await markNonReimportable('./counter.js', 'from now on')
        expect(await codeOf(() => importFresh('./counter.js'))).toBe('ERR_REIMPORT_REFUSED')
      })
    `,
  },
]
