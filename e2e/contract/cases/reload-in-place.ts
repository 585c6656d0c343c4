import type { ContractCase } from '../case.ts'

const needs = ['reload'] as const

const versioned = `
events.push('target')
globalThis.version = (globalThis.version ?? 0) + 1
export let value = globalThis.version
export const set = (next) => { value = next }
export default { value }
`

const sameExportsObject =
  'compiled to CommonJS, the old evaluation assigns to the exports object that the new one has taken over'

export const reloadCases: readonly ContractCase[] = [
  {
    name: 'reloadInPlace gives the same namespace object with new values',
    needs,
    files: { 'target.js': versioned },
    test: `
      const plain = await import('./target.js')
      const { value, default: old } = plain
      const reloaded = await reloadInPlace('./target.js')
      expect(reloaded).toBe(plain)
      expect(plain.value).toBe(2)
      expect(plain.default === old).toBe(false)
      expect(value).toBe(1)
      expect(await import('./target.js')).toBe(plain)
      expect(await reloadInPlace(plain)).toBe(plain)
      expect(plain.value).toBe(3)
    `,
  },
  {
    name: 'static imports and importers see the new values, later assignments as well',
    needs,
    files: {
      'target.js': versioned.replace("events.push('target')", ''),
      'importer.js': "import { value } from './target.js'\nexport const read = () => value",
      'star.js': "export * from './target.js'",
      'named.js': "export { value as renamed } from './target.js'",
      'space.js': "import * as target from './target.js'\nexport { target }",
    },
    top: "import { set, value } from './target.js'\nimport { value as starred } from './star.js'",
    test: `
      const importer = await import('./importer.js')
      const named = await import('./named.js')
      const { target } = await import('./space.js')
      const seen = () => [value, starred, importer.read(), named.renamed, target.value]
      expect(seen()).toEqual([1, 1, 1, 1, 1])
      await reloadInPlace('./target.js')
      expect(seen()).toEqual([2, 2, 2, 2, 2])
      set(7)
      expect(seen()).toEqual([7, 7, 7, 7, 7])
    `,
  },
  {
    name: 'functions of the old evaluation no longer reach the exports',
    needs,
    except: { 'jest-cjs': sameExportsObject, 'node-cjs': sameExportsObject },
    files: { 'target.js': versioned.replace("events.push('target')", '') },
    top: "import { set, value } from './target.js'",
    test: `
      const oldSet = set
      await reloadInPlace('./target.js')
      oldSet(8)
      expect(value).toBe(2)
    `,
  },
  {
    name: 'only the target is evaluated and not what it imports',
    needs,
    files: {
      'dep.js': "events.push('dep')\nexport const state = {}",
      'target.js': "export { state } from './dep.js'\nevents.push('target')",
      'importer.js': "export * from './target.js'\nevents.push('importer')",
    },
    test: `
      await import('./importer.js')
      const { state } = await import('./dep.js')
      events.length = 0
      const target = await reloadInPlace('./target.js')
      expect(events).toEqual(['target'])
      expect(target.state).toBe(state)
    `,
  },
  {
    name: 'exports that are gone are gone, new ones are there and what others put there stays',
    needs,
    files: { 'target.js': "export const stays = 'old'\nexport const goes = 'old'" },
    test: `
      const plain = await import('./target.js')
      plain.foreign = 'mine'
      write('target.js', "export const stays = 'new'\\nexport const comes = 'new, and longer than before'")
      await reloadInPlace('./target.js')
      expect(plain.stays).toBe('new')
      expect(plain.comes).toBe('new, and longer than before')
      expect('goes' in plain).toBe(false)
      expect(plain.foreign).toBe('mine')
    `,
  },
  {
    name: 'a reload that throws halfway leaves every export as it was',
    needs,
    files: {
      'target.js': `
        globalThis.version = (globalThis.version ?? 0) + 1
        export const first = globalThis.version
        if (globalThis.isBroken) throw globalThis.thrown
        export const second = globalThis.version
        export default () => second
      `,
    },
    test: `
      const plain = await import('./target.js')
      const before = { ...plain }
      globalThis.isBroken = true
      globalThis.thrown = new Error('halfway')
      expect(await caught(() => reloadInPlace('./target.js'))).toBe(globalThis.thrown)
      expect({ ...plain }).toEqual(before)
      expect([plain.first, plain.second, plain.default()]).toEqual([1, 1, 1])
      expect(await import('./target.js')).toBe(plain)
      globalThis.thrown = undefined
      const again = await failure(() => reloadInPlace('./target.js'))
      expect(again.thrown).toBe(undefined)
      expect([plain.first, plain.second]).toEqual([1, 1])
      globalThis.isBroken = false
      await reloadInPlace('./target.js')
      expect([plain.first, plain.second, plain.default()]).toEqual([4, 4, 4])
    `,
  },
  {
    name: 'a reload that fails by a syntax error or a missing import leaves every export as it was',
    needs,
    files: { 'target.js': "export const value = 'old'" },
    test: `
      const plain = await import('./target.js')
      write('target.js', 'export const value = = broken')
      await caught(() => reloadInPlace('./target.js'))
      expect(plain.value).toBe('old')
      await caught(() => reloadInPlace('./target.js'))
      write('target.js', "import './absent.js'\\nexport const value = 'never seen'")
      await caught(() => reloadInPlace('./target.js'))
      expect(plain.value).toBe('old')
      expect(await import('./target.js')).toBe(plain)
      write('target.js', "export const value = 'mended'")
      await reloadInPlace('./target.js')
      expect(plain.value).toBe('mended')
    `,
  },
  {
    name: 'exports of one module are replaced in one step when its body has finished',
    needs: ['reload', 'top-level-await'],
    files: {
      'target.js': `
        globalThis.version = (globalThis.version ?? 0) + 1
        export const first = globalThis.version
        await globalThis.wait
        export const second = globalThis.version
      `,
    },
    test: `
      const plain = await import('./target.js')
      const { open, opened } = gate()
      globalThis.wait = opened
      const reloading = reloadInPlace('./target.js')
      await settled()
      expect([plain.first, plain.second]).toEqual([1, 1])
      open()
      await reloading
      expect([plain.first, plain.second]).toEqual([2, 2])
    `,
  },
  {
    name: 'what is no module is a bad option',
    needs,
    files: {},
    test: `
      for (const target of [null, undefined, 5, '', true, {}, [], () => {}]) {
        expect(await codeOf(() => reloadInPlace(target))).toBe('ERR_BAD_OPTION')
      }
    `,
  },
  {
    name: 'a copy that is not the registered one is stale',
    needs: ['reload', 'unload'],
    files: { 'target.js': versioned },
    test: `
      const plain = await import('./target.js')
      const fresh = await importFresh('./target.js')
      expect(await codeOf(() => reloadInPlace(fresh))).toBe('ERR_STALE_MODULE')
      await unload('./target.js')
      expect(await codeOf(() => reloadInPlace(plain))).toBe('ERR_STALE_MODULE')
      const again = await import('./target.js')
      const error = await caught(() => reloadInPlace(plain))
      expect(error.code).toBe('ERR_STALE_MODULE')
      expect(error.message).toContain('target.js')
      expect(events.length).toBe(3)
      expect(await reloadInPlace(again)).toBe(again)
    `,
  },
  {
    name: 'a reload within its own reload gives the same object and no recursion',
    needs: ['reload', 'top-level-await'],
    files: {
      'target.js': `
        import { reloadInPlace } from 'fresh-modules'
        events.push('target')
        export const own = globalThis.recurse ? await reloadInPlace('./target.js') : undefined
      `,
    },
    test: `
      const plain = await import('./target.js')
      globalThis.recurse = true
      await reloadInPlace('./target.js')
      expect(plain.own).toBe(plain)
      expect(events).toEqual(['target', 'target'])
    `,
  },
  {
    name: 'overlapping reloads of a module run one after the other',
    needs,
    files: { 'target.js': versioned },
    test: `
      const plain = await import('./target.js')
      const both = await Promise.all([reloadInPlace('./target.js'), reloadInPlace(plain)])
      expect(both).toEqual([plain, plain])
      expect(plain.value).toBe(3)
    `,
  },
  {
    name: 'onUnload of the old copy runs before the new body',
    needs,
    files: {
      'target.js': `
        import { onUnload } from 'fresh-modules'
        globalThis.version = (globalThis.version ?? 0) + 1
        const own = globalThis.version
        events.push('body ' + own)
        onUnload(import.meta, async () => { await null; events.push('disposed ' + own) })
      `,
    },
    test: `
      await import('./target.js')
      await reloadInPlace('./target.js')
      await reloadInPlace('./target.js')
      expect(events).toEqual(['body 1', 'disposed 1', 'body 2', 'disposed 2', 'body 3'])
    `,
  },
  {
    name: 'the error of a failed reload says that callbacks had already run',
    needs,
    files: {
      'target.js': `
        import { onUnload } from 'fresh-modules'
        onUnload(import.meta, () => {})
        if (globalThis.isBroken) throw new Error('the port is taken')
      `,
    },
    test: `
      await import('./target.js')
      globalThis.isBroken = true
      const error = await caught(() => reloadInPlace('./target.js'))
      expect(error.message).toContain('the port is taken')
      expect(error.message).toContain('onUnload')
    `,
  },
  {
    name: 'reloading what is not loaded imports it',
    needs,
    files: { 'target.js': versioned },
    test: `
      const loaded = await reloadInPlace('./target.js')
      expect(loaded.value).toBe(1)
      expect(await import('./target.js')).toBe(loaded)
      expect(events).toEqual(['target'])
    `,
  },
  {
    name: 'the test file is never reloaded',
    needs,
    files: {},
    test: `
      const error = await caught(() => reloadInPlace('./case.test.js'))
      expect(error.code).toBe('ERR_RELOAD_REFUSED')
    `,
  },
  {
    name: 'a module that refuses reload is not evaluated again',
    needs,
    files: {
      'target.js':
        "/** @fresh-modules no-reload: has handed out its handle */\nevents.push('target')\nexport const state = {}",
    },
    test: `
      const plain = await import('./target.js')
      const { state } = plain
      for (const target of ['./target.js', plain]) {
        const error = await caught(() => reloadInPlace(target))
        expect(error.code).toBe('ERR_RELOAD_REFUSED')
        expect(error.message).toContain('has handed out its handle')
      }
      expect(plain.state).toBe(state)
      expect(events).toEqual(['target'])
    `,
  },
  {
    name: 'a member of a cycle is reloaded alone and its partner sees the new values',
    needs,
    files: {
      'a.js': "import { b } from './b.js'\nexport const state = {}\nexport const partner = () => b",
      'b.js': "import * as a from './a.js'\nexport const b = {}\nexport const partner = () => a.state",
    },
    test: `
      const a = await import('./a.js')
      const b = await import('./b.js')
      const { state } = a
      await reloadInPlace('./a.js')
      expect(a.state === state).toBe(false)
      expect(b.partner()).toBe(a.state)
      expect(a.partner()).toBe(b.b)
    `,
  },
]
