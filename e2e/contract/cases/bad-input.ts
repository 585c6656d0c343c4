import type { ContractCase } from '../case.ts'

const target = { 'target.js': "events.push('target')\nexport const state = {}" }

/** Bad input is one clear error, before any side effect. */
export const badInputCases: readonly ContractCase[] = [
  {
    name: 'a target that is no specifier is a bad option',
    files: target,
    test: `
      for (const bad of [undefined, null, '', 5, {}, [], true]) {
        for (const call of [importFresh, requireFresh, specOf, markNonReimportable, unload]) {
          if (call === specOf || call === unload || call === markNonReimportable) if (typeof bad === 'object' && bad) continue
          const error = await caught(async () => call(bad))
          expect(error.code).toBe('ERR_BAD_OPTION')
          expect(error instanceof TypeError).toBe(true)
        }
        expect(await codeOf(() => withUnloaded(bad, () => {}))).toBe('ERR_BAD_OPTION')
        expect(await codeOf(() => onImport(bad, () => {}))).toBe('ERR_BAD_OPTION')
      }
    `,
  },
  {
    name: 'an unknown option is named with the known ones',
    files: target,
    test: `
      const error = await caught(() => importFresh('./target.js', { block: ['fs'] }))
      expect(error.code).toBe('ERR_BAD_OPTION')
      for (const word of ['block', 'fresh', 'blocked', 'env', 'globals', 'conditions', 'from']) expect(error.message).toContain(word)
      expect(await codeOf(() => unload('./target.js', { fresh: [] }))).toBe('ERR_BAD_OPTION')
      expect(await codeOf(() => reloadInPlace('./target.js', { env: {} }))).toBe('ERR_BAD_OPTION')
      expect(await codeOf(() => specOf('./target.js', { blocked: [] }))).toBe('ERR_BAD_OPTION')
      expect(await codeOf(() => withUnloaded('./target.js', () => {}, { fresh: [] }))).toBe('ERR_BAD_OPTION')
      expect(await codeOf(() => onImport('./target.js', () => {}, { fresh: [] }))).toBe('ERR_BAD_OPTION')
      expect(events).toEqual([])
    `,
  },
  {
    name: 'options of the wrong type are bad options',
    files: target,
    test: `
      const wrong = [
        null, 5, 'text', [],
        { fresh: './dep.js' }, { fresh: 5 }, { fresh: [5] }, { fresh: [''] }, { fresh: null },
        { blocked: './dep.js' }, { blocked: {} }, { blocked: [null] },
        { env: 'A=1' }, { env: null }, { env: { A: 1 } }, { env: [] },
        { globals: null }, { globals: ['window'] }, { conditions: 'react-server' }, { conditions: [1] },
        { from: 5 }, { from: '' }, { from: {} },
      ]
      for (const options of wrong) {
        expect(await codeOf(() => importFresh('./target.js', options))).toBe('ERR_BAD_OPTION')
        expect(await codeOf(() => importFresh(() => import('./target.js'), options))).toBe('ERR_BAD_OPTION')
      }
      expect(events).toEqual([])
    `,
  },
  {
    name: 'one name in fresh and in blocked is a bad option',
    files: target,
    test: `
      const error = await caught(() => importFresh('./target.js', { fresh: ['fs', './a.js'], blocked: ['./a.js'] }))
      expect(error.code).toBe('ERR_BAD_OPTION')
      expect(error.message).toContain('./a.js')
      expect(events).toEqual([])
    `,
  },
  {
    name: 'so is one module in fresh and in blocked under two names, in both forms',
    files: { ...target, 'a.js': 'export const a = 1' },
    test: `
      for (const target of ['./target.js', () => import('./target.js')]) {
        const error = await caught(() => importFresh(target, { fresh: ['./a.js'], blocked: ['././a.js'] }))
        expect(error.code).toBe('ERR_BAD_OPTION')
        expect(error.message).toContain('./a.js')
      }
      expect(events).toEqual([])
    `,
  },
  {
    name: 'bad input of a call with env leaves the environment alone',
    files: target,
    test: `
      delete process.env.CONTRACT_MODE
      await caught(() => importFresh('./target.js', { env: { CONTRACT_MODE: 'inner', OTHER: 5 } }))
      await caught(() => importFresh('./absent.js', { env: { CONTRACT_MODE: 'inner' } }))
      expect('CONTRACT_MODE' in process.env).toBe(false)
    `,
  },
  {
    name: 'what is to be run has to be a function',
    files: target,
    test: `
      for (const bad of [undefined, null, 'text', {}]) {
        expect(await codeOf(() => withUnloaded('./target.js', bad))).toBe('ERR_BAD_OPTION')
        expect(await codeOf(() => withFlags('./target.js', { allowReload: false }, bad))).toBe('ERR_BAD_OPTION')
        expect(await codeOf(() => onImport('./target.js', bad))).toBe('ERR_BAD_OPTION')
      }
      expect(await codeOf(() => withUnloaded([], () => {}))).toBe('ERR_BAD_OPTION')
    `,
  },
  {
    name: 'unknown flags and values that are not boolean are bad options',
    files: target,
    test: `
      await import('./target.js')
      const error = await caught(() => withFlags('./target.js', { allowReimports: false }, () => {}))
      expect(error.code).toBe('ERR_BAD_OPTION')
      for (const flag of ['allowReload', 'allowReimport', 'allowUnload', 'allowParallelWorkers']) {
        expect(error.message).toContain(flag)
      }
      expect(await codeOf(() => withFlags('./target.js', { allowReload: 'no' }, () => {}))).toBe('ERR_BAD_OPTION')
      const spec = await specOf('./target.js')
      expect(await codeOf(() => { spec.allowReload = 'no' })).toBe('ERR_BAD_OPTION')
      expect(await codeOf(() => { spec.allowUnload = undefined })).toBe('ERR_BAD_OPTION')
      expect((await caught(() => { spec.allowReimports = false })) instanceof TypeError).toBe(true)
      expect(await codeOf(() => markNonReimportable('./target.js', 5))).toBe('ERR_BAD_OPTION')
    `,
  },
  {
    name: 'an object that is no module is a bad option',
    files: target,
    test: `
      for (const call of [specOf, unload, markNonReimportable]) {
        expect(await codeOf(async () => call({}))).toBe('ERR_BAD_OPTION')
        expect(await codeOf(async () => call(() => {}))).toBe('ERR_BAD_OPTION')
      }
      expect(await codeOf(() => withFlags({}, { allowReload: false }, () => {}))).toBe('ERR_BAD_OPTION')
      expect(await codeOf(async () => declareSpec({}, { allowReload: false }))).toBe('ERR_BAD_OPTION')
      expect(await codeOf(async () => declareSpec(null, { allowReload: false }))).toBe('ERR_BAD_OPTION')
    `,
  },
]
