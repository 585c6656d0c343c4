import type { ContractCase } from '../case.ts'

const disposing = `
import { onUnload } from 'fresh-modules'
globalThis.made = (globalThis.made ?? 0) + 1
const own = globalThis.made
export const state = {}
onUnload(import.meta, () => { globalThis.log?.push('disposed ' + own) })
`
const log = 'globalThis.log = []\nglobalThis.made = 0'

export const hookCases: readonly ContractCase[] = [
  {
    name: 'a fresh copy that called onUnload is disposed of when the test that made it ends',
    needs: ['test-ends'],
    files: { 'target.js': disposing },
    top: log,
    test: {
      'made in a test': `
        await importFresh('./target.js')
        await importFresh('./target.js')
        expect(globalThis.log).toEqual([])
      `,
      'disposed of after it, newest first': "expect(globalThis.log).toEqual(['disposed 2', 'disposed 1'])",
      'and once only': 'expect(globalThis.log.length).toBe(2)',
    },
  },
  {
    name: 'the registered copy is not disposed of when a test ends',
    needs: ['test-ends'],
    files: { 'target.js': disposing },
    top: log,
    test: {
      'loaded in a test': "await import('./target.js')",
      'still there in the next': `
        expect(globalThis.log).toEqual([])
        await import('./target.js')
        expect(globalThis.made).toBe(1)
      `,
    },
  },
  {
    name: 'a copy that unload has disposed of is not disposed of again when the test ends',
    needs: ['test-ends'],
    files: { 'target.js': disposing },
    top: log,
    test: {
      'unloaded in a test': `
        await unload(await importFresh('./target.js'))
        expect(globalThis.log).toEqual(['disposed 1'])
      `,
      'nothing more came': "expect(globalThis.log).toEqual(['disposed 1'])",
    },
  },
  {
    name: 'a fresh copy made outside of tests lives through all tests of the file',
    needs: ['test-ends', 'top-level-await'],
    files: { 'target.js': disposing },
    top: `${log}\nawait importFresh('./target.js')`,
    test: {
      'first test': 'expect(globalThis.log).toEqual([])',
      'second test': 'expect(globalThis.log).toEqual([])',
    },
  },
  {
    name: 'modules in fresh that called onUnload are disposed of as well',
    needs: ['test-ends'],
    files: { 'dep.js': disposing, 'target.js': "export { state } from './dep.js'" },
    top: log,
    test: {
      'made in a test': "await importFresh('./target.js', { fresh: ['./dep.js'] })",
      'disposed of after it': "expect(globalThis.log).toEqual(['disposed 1'])",
    },
  },
  {
    name: 'onUnload of what is no module of its own is a bad option',
    files: {},
    test: `
      for (const module of [null, undefined, {}, 5, 'text']) {
        expect(await codeOf(() => onUnload(module, () => {}))).toBe('ERR_BAD_OPTION')
      }
    `,
  },
  {
    name: 'onImport is told of the first evaluation and of fresh copies',
    files: { 'target.js': 'export const state = {}' },
    test: `
      const seen = []
      await onImport('./target.js', (exports, info) => seen.push([exports.state, info]))
      const plain = await import('./target.js')
      await import('./target.js')
      const fresh = await importFresh('./target.js')
      expect(seen.map(([, info]) => info)).toEqual([
        { reloaded: false, fresh: false },
        { reloaded: false, fresh: true },
      ])
      expect(seen[0][0]).toBe(plain.state)
      expect(seen[1][0]).toBe(fresh.state)
    `,
  },
  {
    name: 'onImport is told of reloads',
    needs: ['reload'],
    files: { 'target.js': 'export const state = {}' },
    test: `
      const plain = await import('./target.js')
      const seen = []
      await onImport('./target.js', (exports, info) => seen.push([exports, info]))
      await reloadInPlace('./target.js')
      expect(seen.length).toBe(1)
      expect(seen[0][0]).toBe(plain)
      expect(seen[0][1]).toEqual({ reloaded: true, fresh: false })
    `,
  },
  {
    name: 'onImport is told of what a fresh graph evaluates and of nothing that fails',
    files: {
      'dep.js': 'export const state = {}',
      'target.js': "export { state } from './dep.js'\nif (globalThis.isBroken) throw new Error('broken')",
    },
    test: `
      await import('./target.js')
      const seen = []
      await onImport('./dep.js', () => seen.push('dep'))
      await onImport('./target.js', () => seen.push('target'))
      await importFresh('./target.js', { fresh: ['./dep.js'] })
      expect(seen).toEqual(['dep', 'target'])
      globalThis.isBroken = true
      await caught(() => importFresh('./target.js'))
      expect(seen).toEqual(['dep', 'target'])
    `,
  },
  {
    name: 'onImport tells a shared module that a fresh copy loads first from a fresh one',
    files: { 'dep.js': 'export const state = {}', 'target.js': "export { state } from './dep.js'" },
    test: `
      const seen = []
      await onImport('./dep.js', (exports, info) => seen.push(info))
      await importFresh('./target.js')
      expect(seen).toEqual([{ reloaded: false, fresh: false }])
    `,
  },
  {
    name: 'each test disposes of its own fresh copies',
    needs: ['test-ends'],
    files: { 'target.js': disposing },
    top: log,
    test: {
      'first test': "await importFresh('./target.js')",
      'second test': `
        expect(globalThis.log).toEqual(['disposed 1'])
        await importFresh('./target.js')
      `,
      'third test': "expect(globalThis.log).toEqual(['disposed 1', 'disposed 2'])",
    },
  },
  {
    name: 'the undo of onImport removes that hook and no other',
    files: { 'target.js': 'export const state = {}' },
    test: `
      const seen = []
      const hook = () => seen.push('called')
      const undo = await onImport('./target.js', hook)
      await onImport('./target.js', hook)
      await importFresh('./target.js')
      expect(seen.length).toBe(2)
      undo()
      undo()
      await importFresh('./target.js')
      expect(seen.length).toBe(3)
    `,
  },
  {
    name: 'a hook set in a test is gone in the next',
    needs: ['test-ends'],
    files: { 'target.js': 'export const state = {}' },
    top: 'const seen = []',
    test: {
      'set in a test': `
        await onImport('./target.js', () => seen.push('called'))
        await importFresh('./target.js')
        expect(seen.length).toBe(1)
      `,
      'gone in the next': `
        await importFresh('./target.js')
        expect(seen.length).toBe(1)
      `,
    },
  },
]
