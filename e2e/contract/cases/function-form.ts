import type { ContractCase } from '../case.ts'
import { counter } from './sources.ts'

/** `importFresh(() => import('./config'))`. */
export const functionFormCases: readonly ContractCase[] = [
  {
    name: 'the import of a function is a fresh copy',
    files: { 'counter.js': counter },
    test: `
      const plain = await import('./counter.js')
      const before = registered()
      const fresh = await importFresh(() => import('./counter.js'))
      fresh.increment()
      expect([plain.state.count, fresh.state.count]).toEqual([0, 1])
      expect((await import('./counter.js')).state).toBe(plain.state)
      expect(registered()).toEqual(before)
    `,
  },
  {
    name: "the function's own result is returned",
    files: { 'config.js': "export default { mode: 'test' }" },
    test: `
      const mode = await importFresh(() => import('./config.js').then((config) => config.default.mode))
      expect(mode).toBe('test')
      const pair = await importFresh(async () => [(await import('./config.js')).default, 'more'])
      expect(pair).toEqual([{ mode: 'test' }, 'more'])
    `,
  },
  {
    name: 'several imports of one function share a scope',
    files: {
      'dep.js': "events.push('dep')\nexport const state = {}",
      'target.js': "export { state } from './dep.js'\nevents.push('target')",
    },
    test: `
      const plain = await import('./dep.js')
      const [dep, target] = await importFresh(async () => {
        const dep = await import('./dep.js')
        const target = await import('./target.js')
        return [dep, target]
      })
      expect(target.state).toBe(dep.state)
      expect(dep.state === plain.state).toBe(false)
      expect(events).toEqual(['dep', 'dep', 'target'])
    `,
  },
  {
    name: 'imports that one function starts at once are targets',
    files: { 'a.js': 'export const state = {}', 'b.js': 'export const state = {}' },
    test: `
      const plain = await Promise.all([import('./a.js'), import('./b.js')])
      const fresh = await importFresh(() => Promise.all([import('./a.js'), import('./b.js')]))
      expect(fresh[0].state === plain[0].state).toBe(false)
      expect(fresh[1].state === plain[1].state).toBe(false)
    `,
  },
  {
    name: 'an import after an await of the function is a target',
    files: { 'counter.js': counter },
    test: `
      const plain = await import('./counter.js')
      const fresh = await importFresh(async () => {
        await settled()
        return import('./counter.js')
      })
      expect(fresh.state === plain.state).toBe(false)
    `,
  },
  {
    name: 'a function that imports nothing is a bad option',
    files: {},
    test: `
      for (const run of [() => 5, async () => {}, () => undefined]) {
        const error = await caught(() => importFresh(run))
        expect(error.code).toBe('ERR_BAD_OPTION')
        expect(error instanceof TypeError).toBe(true)
      }
    `,
  },
  {
    name: 'a function may stand in another file than the call',
    files: {
      'sub/value.js': "events.push('value')\nexport const state = {}",
      'sub/pick.js': "export const pick = () => import('./value.js')",
    },
    test: `
      const { pick } = await import('./sub/pick.js')
      const plain = await pick()
      const fresh = await importFresh(pick)
      expect(fresh.state === plain.state).toBe(false)
      expect((await pick()).state).toBe(plain.state)
      expect(events).toEqual(['value', 'value'])
    `,
  },
  {
    name: 'imports that other files do while the function runs are registered as usual',
    files: {
      'counter.js': counter,
      'dep.js': 'export const state = {}',
      'helper.js': "export const loadDep = () => import('./dep.js')",
    },
    test: `
      const { loadDep } = await import('./helper.js')
      const plain = await import('./dep.js')
      await importFresh(async () => {
        expect((await loadDep()).state).toBe(plain.state)
        return import('./counter.js')
      })
    `,
  },
  {
    name: 'an import of the same file outside of the pending function gets the registered copy',
    files: { 'counter.js': counter },
    test: `
      const first = await import('./counter.js')
      const { open, opened } = gate()
      const pending = importFresh(async () => {
        await opened
        return import('./counter.js')
      })
      expect((await import('./counter.js')).state).toBe(first.state)
      open()
      expect((await pending).state === first.state).toBe(false)
      expect((await import('./counter.js')).state).toBe(first.state)
    `,
  },
  {
    name: 'what the function throws reaches the caller',
    files: { 'counter.js': counter, 'broken.js': "throw (globalThis.thrown = new Error('broken'))" },
    test: `
      const mine = new Error('mine')
      expect(await caught(() => importFresh(() => { throw mine }))).toBe(mine)
      expect(await caught(() => importFresh(async () => { await import('./counter.js'); throw mine }))).toBe(mine)
      const error = await caught(() => importFresh(() => import('./broken.js')))
      expect(error).toBe(globalThis.thrown)
      const plain = await import('./counter.js')
      expect((await importFresh(() => import('./counter.js'))).state === plain.state).toBe(false)
    `,
  },
  {
    name: 'the options hold for the imports of a function',
    files: {
      'dep.js': 'export const state = {}',
      'target.js': `
        export { state } from './dep.js'
        export const mode = process.env.CONTRACT_MODE
        export const optional = () => import('./optional.js').then(() => 'there', () => 'missing')
      `,
      'optional.js': 'export {}',
    },
    test: `
      const plain = await import('./target.js')
      const fresh = await importFresh(() => import('./target.js'), {
        fresh: ['./dep.js'],
        blocked: ['./optional.js'],
        env: { CONTRACT_MODE: 'inside' },
      })
      expect(fresh.state === plain.state).toBe(false)
      expect(fresh.mode).toBe('inside')
      expect(await fresh.optional()).toBe('missing')
      expect(await plain.optional()).toBe('there')
      expect(process.env.CONTRACT_MODE).toBe(undefined)
    `,
  },
  {
    name: 'an import of a function that is blocked is not found',
    files: { 'target.js': "events.push('target')" },
    test: `
      const error = await caught(() => importFresh(() => import('./target.js'), { blocked: ['./target.js'] }))
      expect(isNotFound(error)).toBe(true)
      expect(events).toEqual([])
    `,
  },
  {
    name: 'an import of a function that refuses reimport and is loaded fails',
    files: {
      'single.js':
        "/** @fresh-modules no-reimport: one only */\nevents.push('single')\nexport const state = {}",
    },
    test: `
      const first = await importFresh(() => import('./single.js'))
      expect((await import('./single.js')).state).toBe(first.state)
      const error = await caught(() => importFresh(() => import('./single.js')))
      expect(error.code).toBe('ERR_REIMPORT_REFUSED')
      expect(error.message).toContain('one only')
      expect(events).toEqual(['single'])
    `,
  },
  {
    name: 'a function may import fresh within another',
    files: { 'counter.js': counter },
    test: `
      const plain = await import('./counter.js')
      const [outer, inner] = await importFresh(async () => [
        await import('./counter.js'),
        await importFresh(() => import('./counter.js')),
      ])
      expect(outer.state === inner.state).toBe(false)
      expect(outer.state === plain.state).toBe(false)
      expect(inner.state === plain.state).toBe(false)
    `,
  },
  {
    name: 'functions that overlap do not see each other',
    files: { 'counter.js': counter },
    test: `
      const copies = await Promise.all([
        importFresh(() => import('./counter.js')),
        importFresh(async () => { await settled(); return import('./counter.js') }),
        import('./counter.js'),
      ])
      expect(new Set(copies.map(({ state }) => state)).size).toBe(3)
      expect((await import('./counter.js')).state).toBe(copies[2].state)
    `,
  },
]
