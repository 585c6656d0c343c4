import type { ContractCase } from '../case.ts'

const graph = {
  'dep.js': "export const state = { bytes: new Array(100).fill('dep') }",
  'target.js': "export { state } from './dep.js'\nexport const own = { bytes: new Array(100).fill('own') }",
}

const engineLeaks =
  "Node's ESM loader keeps every instance of a module: the engine's leak, which we cannot mend"
const hostLeaks =
  "Jest imports it by a new vm.SourceTextModule each time, which V8's compilation cache keeps: no fresh copy is among them"
const except = { 'node-esm': engineLeaks } as const
const timeout = 120_000
const MB = '1024 * 1024'

/** Many calls leave nothing behind: copies can be collected, and our own maps are as they were. */
export const heapCases: readonly ContractCase[] = [
  {
    name: 'ten thousand importFresh calls leave the heap flat',
    except,
    timeout,
    files: graph,
    test: `
      await import('./target.js')
      expect(await growth(10_000, () => importFresh('./target.js'))).toBeLessThan(${MB})
    `,
  },
  {
    name: 'thousands of importFresh calls with every option leave the heap flat',
    except,
    timeout,
    files: graph,
    test: `
      await import('./target.js')
      const run = async () => {
        await importFresh('./target.js', { fresh: ['./dep.js'], blocked: ['absent'], env: { CONTRACT_MODE: 'x' } })
        await importFresh(() => import('./target.js'))
        await caught(() => importFresh('./absent.js', { blocked: ['./target.js'] }))
      }
      expect(await growth(2_000, run)).toBeLessThan(${MB})
    `,
  },
  {
    name: 'thousands of failing calls leave the heap flat',
    except,
    timeout,
    files: { 'broken.js': "throw new Error('broken')" },
    test: `
      expect(await growth(1_000, () => caught(() => importFresh('./broken.js')))).toBeLessThan(${MB})
    `,
  },
  {
    name: 'ten thousand reloads in place leave the heap flat',
    needs: ['reload'],
    timeout,
    files: graph,
    test: `
      await import('./target.js')
      expect(await growth(10_000, () => reloadInPlace('./target.js'))).toBeLessThan(${MB})
    `,
  },
  {
    name: 'thousands of unload and withUnloaded calls leave the heap flat',
    needs: ['unload'],
    except: { 'jest-esm': hostLeaks },
    timeout,
    files: graph,
    test: `
      await import('./target.js')
      const run = async () => {
        await unload('./target.js')
        await import('./target.js')
        await withUnloaded('./target.js', () => import('./target.js'))
      }
      expect(await growth(2_000, run)).toBeLessThan(${MB})
    `,
  },
  {
    name: 'a fresh copy that nobody holds is collected',
    except,
    files: graph,
    test: `
      await import('./target.js')
      const make = async () => new WeakRef((await importFresh('./target.js', { fresh: ['./dep.js'] })).own)
      const copies = []
      for (let call = 0; call < 20; call++) copies.push(await make())
      await heapInUse()
      expect(copies.filter((copy) => copy.deref()).length).toBeLessThan(2)
    `,
  },
]
