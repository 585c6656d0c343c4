import type { ContractCase } from '../case.ts'

const ring = {
  'a.js': `
    import { state as partner, seenOfA } from './b.js'
    events.push('a')
    export const state = {}
    export { partner, seenOfA }
    export const ofPartner = () => partner
  `,
  'b.js': `
    import * as a from './a.js'
    events.push('b')
    export const state = {}
    export const seenOfA = (() => { try { return a.state } catch { return undefined } })()
    export const ofPartner = () => a.state
  `,
}

export const cycleCases: readonly ContractCase[] = [
  {
    name: 'with one fresh member of a cycle the new one is linked to the registered partner',
    files: ring,
    test: `
      const a = await import('./a.js')
      const b = await import('./b.js')
      const fresh = await importFresh('./a.js')
      expect(fresh.state === a.state).toBe(false)
      expect(fresh.ofPartner()).toBe(b.state)
      expect(b.ofPartner()).toBe(a.state)
      expect(events).toEqual(['b', 'a', 'a'])
    `,
  },
  {
    name: 'with all members fresh the new cycle is closed and has no old member',
    files: ring,
    test: `
      const a = await import('./a.js')
      const b = await import('./b.js')
      events.length = 0
      const { newA, newB } = await importFresh(
        async () => ({ newA: await import('./a.js'), newB: await import('./b.js') }),
        { fresh: ['./b.js'] },
      )
      expect(newA.ofPartner()).toBe(newB.state)
      expect(newB.ofPartner()).toBe(newA.state)
      expect(newA.state === a.state).toBe(false)
      expect(newB.state === b.state).toBe(false)
      expect(a.ofPartner()).toBe(b.state)
      expect(b.ofPartner()).toBe(a.state)
      expect([...events].sort()).toEqual(['a', 'b'])
    `,
  },
  {
    name: 'each member of a fresh cycle runs once and sees partial exports first and full ones after',
    files: ring,
    test: `
      await import('./a.js')
      events.length = 0
      const fresh = await importFresh('./a.js', { fresh: 'imports' })
      expect(events).toEqual(['b', 'a'])
      expect(fresh.seenOfA).toBe(undefined)
      expect(fresh.partner).toBe(fresh.ofPartner())
    `,
  },
  {
    name: 'fresh cyclic graphs that load at the same time do not hang',
    files: ring,
    test: `
      const copies = await Promise.all([
        importFresh('./a.js', { fresh: ['./b.js'] }),
        importFresh('./b.js', { fresh: ['./a.js'] }),
        import('./a.js'),
        importFresh('./a.js', { fresh: 'imports' }),
        import('./b.js'),
        importFresh('./a.js'),
        importFresh('./b.js'),
      ])
      expect(new Set(copies.map(({ state }) => state)).size).toBe(7)
      expect(copies[2].ofPartner()).toBe(copies[4].state)
      expect(copies[4].ofPartner()).toBe(copies[2].state)
      expect(copies[5].ofPartner()).toBe(copies[4].state)
      expect(copies[6].ofPartner()).toBe(copies[2].state)
    `,
  },
  {
    name: 'a fresh cycle of three with top-level awaits settles',
    needs: ['top-level-await'],
    files: {
      'one.js':
        "import { two } from './two.js'\nawait null\nexport const one = () => 1\nexport const sum = () => one() + two()",
      'two.js': "import { three } from './three.js'\nawait null\nexport const two = () => 2 + three()",
      'three.js': "import { one } from './one.js'\nawait null\nexport const three = () => 3 * one()",
    },
    test: `
      const [first, second] = await Promise.all([
        importFresh('./one.js', { fresh: 'imports' }),
        importFresh('./one.js', { fresh: 'imports' }),
      ])
      expect([first.sum(), second.sum()]).toEqual([6, 6])
    `,
  },
  {
    name: 'a cycle that fails leaves no member behind and works once it is mended',
    files: {
      'a.js':
        "import { b } from './b.js'\nif (!globalThis.mended) throw new Error('broken')\nexport const a = () => 'a' + b",
      'b.js': "import * as a from './a.js'\nexport const b = 'b'\nexport const both = () => a.a()",
    },
    test: `
      const before = registered()
      expect((await caught(() => importFresh('./a.js', { fresh: ['./b.js'] }))).message).toContain('broken')
      expect(registered()).toEqual(before)
      globalThis.mended = true
      expect((await importFresh('./a.js', { fresh: ['./b.js'] })).a()).toBe('ab')
    `,
  },
  {
    name: 'a module that imports a fresh copy of what imports it does not hang',
    except: { 'node-esm': 'a plain import() of what imports the waiting module hangs in Node as well' },
    needs: ['top-level-await'],
    files: {
      'caller.js': `
        import { importFresh } from 'fresh-modules'
        export const early = 'early'
        export const { seen } = await importFresh('./target.js')
      `,
      'target.js': "import * as caller from './caller.js'\nexport const seen = () => caller.early",
    },
    test: `
      const { seen } = await import('./caller.js')
      expect(seen()).toBe('early')
    `,
  },
]
