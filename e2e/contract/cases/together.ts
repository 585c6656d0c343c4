import type { ContractCase } from '../case.ts'
import { counter } from './sources.ts'

const slow = {
  'dep.js': 'export const state = {}',
  'target.js': `
    import { state as dep } from './dep.js'
    events.push('target')
    export const state = {}
    export { dep }
    export const late = async () => (await import('./dep.js')).state
  `,
}

/** Calls that overlap, and calls within calls. */
export const togetherCases: readonly ContractCase[] = [
  {
    name: 'overlapping calls of one target give separate and complete copies',
    files: slow,
    test: `
      const plain = await import('./target.js')
      const copies = await Promise.all(Array.from({ length: 10 }, () => importFresh('./target.js')))
      expect(new Set(copies.map(({ state }) => state)).size).toBe(10)
      for (const copy of copies) {
        expect(copy.state === plain.state).toBe(false)
        expect(copy.dep).toBe(plain.dep)
      }
      expect(events.length).toBe(11)
    `,
  },
  {
    name: 'overlapping calls with different options do not see each other',
    files: slow,
    test: `
      const plain = await import('./target.js')
      const [fresh, blocked, shared] = await Promise.all([
        importFresh('./target.js', { fresh: ['./dep.js'] }),
        caught(() => importFresh('./target.js', { blocked: ['./dep.js'] })),
        importFresh('./target.js'),
      ])
      expect(fresh.dep === plain.dep).toBe(false)
      expect(isNotFound(blocked)).toBe(true)
      expect(shared.dep).toBe(plain.dep)
      expect(await fresh.late()).toBe(fresh.dep)
      expect(await shared.late()).toBe(plain.dep)
      expect(await plain.late()).toBe(plain.dep)
    `,
  },
  {
    name: 'a plain import between overlapping calls gives the registered copy',
    files: slow,
    test: `
      const first = importFresh('./target.js')
      const plain = import('./target.js')
      const second = importFresh('./target.js')
      const copies = await Promise.all([first, plain, second])
      expect(new Set(copies.map(({ state }) => state)).size).toBe(3)
      expect((await import('./target.js')).state).toBe(copies[1].state)
      expect(new Set(copies.map(({ dep }) => dep)).size).toBe(1)
    `,
  },
  {
    name: 'a failing call does not disturb another',
    files: {
      ...slow,
      'broken.js': "import './dep.js'\nthrow new Error('broken')",
    },
    test: `
      const [failed, good, missing, plain] = await Promise.all([
        caught(() => importFresh('./broken.js')),
        importFresh('./target.js'),
        caught(() => importFresh('./absent.js')),
        import('./target.js'),
      ])
      expect(failed.message).toContain('broken')
      expect(isNotFound(missing)).toBe(true)
      expect(good.dep).toBe(plain.dep)
      expect(good.state === plain.state).toBe(false)
    `,
  },
  {
    name: 'calls that fail together leave no unhandled rejection',
    files: { 'broken.js': "throw new Error('broken')" },
    test: `
      const unhandled = []
      const listen = (reason) => unhandled.push(reason)
      process.on('unhandledRejection', listen)
      try {
        await Promise.all([
          caught(() => importFresh('./broken.js')),
          caught(() => importFresh('./broken.js', { env: { CONTRACT_MODE: 'inner' } })),
          caught(() => importFresh(() => import('./broken.js'))),
          caught(() => importFresh('./absent.js')),
          caught(() => withUnloaded('./broken.js', () => import('./broken.js'))),
        ])
        await settled()
      } finally {
        process.off('unhandledRejection', listen)
      }
      expect(unhandled).toEqual([])
    `,
  },
  {
    name: 'a late import of a fresh copy is answered in its scope and gives one copy each time',
    files: slow,
    test: `
      const plain = await import('./target.js')
      const fresh = await importFresh('./target.js', { fresh: ['./dep.js'] })
      await settled()
      expect(await fresh.late()).toBe(fresh.dep)
      expect(await fresh.late()).toBe(fresh.dep)
      expect(await plain.late()).toBe(plain.dep)
    `,
  },
  {
    name: 'a module of the fresh set that is first imported late is fresh and evaluated once',
    files: {
      'late.js': "events.push('late')\nexport const state = {}",
      'lazy.js': "export const load = async () => (await import('./late.js')).state",
    },
    test: `
      const plain = await import('./lazy.js')
      const registeredState = await plain.load()
      const fresh = await importFresh('./lazy.js', { fresh: 'imports' })
      const [one, two] = await Promise.all([fresh.load(), fresh.load()])
      expect(one).toBe(two)
      expect(one === registeredState).toBe(false)
      expect(await plain.load()).toBe(registeredState)
      expect(events).toEqual(['late', 'late'])
    `,
  },
  {
    name: 'a shared module that a fresh copy imports late is loaded for all',
    files: {
      'late.js': "events.push('late')\nexport const state = {}",
      'lazy.js': "export const load = async () => (await import('./late.js')).state",
    },
    test: `
      const fresh = await importFresh('./lazy.js')
      const state = await fresh.load()
      expect((await import('./late.js')).state).toBe(state)
      expect(events).toEqual(['late'])
    `,
  },
  {
    name: 'a late import that fails fails alone and the next works',
    files: {
      'late.js': "if (globalThis.isBroken) throw new Error('late failure')\nexport const value = 'good'",
      'lazy.js': "export const load = async () => (await import('./late.js')).value",
    },
    test: `
      const fresh = await importFresh('./lazy.js', { fresh: 'imports' })
      globalThis.isBroken = true
      expect((await caught(() => fresh.load())).message).toContain('late failure')
      globalThis.isBroken = false
      expect(await fresh.load()).toBe('good')
    `,
  },
  {
    name: 'a module may import fresh while it is being imported fresh',
    needs: ['top-level-await'],
    files: {
      'counter.js': counter,
      'outer.js': `
        import { importFresh } from 'fresh-modules'
        import { state } from './counter.js'
        export const own = await importFresh('./counter.js')
        export { state }
      `,
    },
    test: `
      const plain = await import('./counter.js')
      const first = await importFresh('./outer.js')
      const second = await importFresh('./outer.js', { fresh: ['./counter.js'] })
      expect(first.state).toBe(plain.state)
      expect(first.own.state === plain.state).toBe(false)
      expect(second.state === plain.state).toBe(false)
      expect(second.own.state === second.state).toBe(false)
      expect(second.own.state === plain.state).toBe(false)
    `,
  },
  {
    name: 'a fresh copy may import fresh after its call has returned',
    files: {
      'counter.js': counter,
      'outer.js': `
        import { importFresh } from 'fresh-modules'
        export const make = () => importFresh('./counter.js')
        export const makeByFunction = () => importFresh(() => import('./counter.js'))
      `,
    },
    test: `
      const plain = await import('./counter.js')
      const outer = await importFresh('./outer.js')
      const copies = [await outer.make(), await outer.make(), await outer.makeByFunction(), plain]
      expect(new Set(copies.map(({ state }) => state)).size).toBe(4)
    `,
  },
  {
    name: 'importFresh within withUnloaded shares what was imported in there',
    needs: ['unload'],
    files: slow,
    test: `
      const plain = await import('./target.js')
      await withUnloaded('./dep.js', async () => {
        const inside = await import('./dep.js')
        const fresh = await importFresh('./target.js')
        expect(fresh.dep).toBe(inside.state)
      })
      expect((await importFresh('./target.js')).dep).toBe(plain.dep)
    `,
  },
  {
    name: 'a fresh copy keeps what it holds when the shared module is unloaded',
    needs: ['unload'],
    files: slow,
    test: `
      const fresh = await importFresh('./target.js')
      await unload('./dep.js')
      const again = await import('./dep.js')
      expect(fresh.dep === again.state).toBe(false)
      expect((await importFresh('./target.js')).dep).toBe(again.state)
    `,
  },
]
