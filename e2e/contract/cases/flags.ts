import type { ContractCase } from '../case.ts'

const single =
  '/** @fresh-modules no-reimport: owns the pool */\nevents.push("single")\nexport const state = {}'
const flags = ['allowReload', 'allowReimport', 'allowUnload', 'allowParallelWorkers']
const listed = JSON.stringify(flags)

/** What refusing means for the helpers, and flags at run time. */
export const flagCases: readonly ContractCase[] = [
  {
    name: 'all four flags are true by default and say so',
    except: {
      'node-esm': "a module of Node's own ESM loader refuses reload and unload",
      'jest-esm': 'reload is refused where namespaces are immutable',
    },
    files: { 'plain.js': 'export const state = {}' },
    test: `
      const spec = await specOf('./plain.js')
      for (const flag of ${listed}) {
        expect(spec[flag]).toBe(true)
        expect(spec.provenance[flag]).toEqual({ source: 'default' })
      }
      expect(spec.id).toContain('plain.js')
      expect(specOf(await import('./plain.js')).id).toBe(spec.id)
    `,
  },
  {
    name: 'a loaded module that refuses reimport is refused before anything is evaluated, each time',
    files: { 'single.js': single, 'other.js': "events.push('other')" },
    test: `
      const plain = await import('./single.js')
      const before = registered()
      for (let round = 0; round < 2; round++) {
        const error = await caught(() => importFresh('./single.js', { fresh: ['./other.js'] }))
        expect(error.code).toBe('ERR_REIMPORT_REFUSED')
        expect(error.message).toContain('single.js')
        expect(error.message).toContain('owns the pool')
      }
      expect(events).toEqual(['single'])
      expect(registered()).toEqual(before)
      expect((await import('./single.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'a refusing module that is not loaded yet is imported as by a plain import',
    files: { 'single.js': single },
    test: `
      const first = await importFresh('./single.js')
      expect((await import('./single.js')).state).toBe(first.state)
      expect(await codeOf(() => importFresh('./single.js'))).toBe('ERR_REIMPORT_REFUSED')
      expect(events).toEqual(['single'])
    `,
  },
  {
    name: 'the first import of a refusing module is refused with blocked or env',
    files: { 'single.js': single },
    test: `
      expect(await codeOf(() => importFresh('./single.js', { blocked: ['absent'] }))).toBe('ERR_REIMPORT_REFUSED')
      expect(await codeOf(() => importFresh('./single.js', { env: { A: '1' } }))).toBe('ERR_REIMPORT_REFUSED')
      expect(events).toEqual([])
      expect(process.env.A).toBe(undefined)
    `,
  },
  {
    name: 'a refusing module that is only reached is shared and one listed in fresh is refused',
    files: { 'single.js': single, 'target.js': "export { state } from './single.js'\nevents.push('target')" },
    test: `
      const plain = await import('./single.js')
      expect((await importFresh('./target.js')).state).toBe(plain.state)
      expect((await importFresh('./target.js', { fresh: 'imports' })).state).toBe(plain.state)
      events.length = 0
      expect(await codeOf(() => importFresh('./target.js', { fresh: ['./single.js'] }))).toBe('ERR_REIMPORT_REFUSED')
      expect(events).toEqual([])
    `,
  },
  {
    name: 'a refusing module listed in fresh that is not loaded yet is loaded for all',
    files: { 'single.js': single, 'target.js': "export { state } from './single.js'" },
    test: `
      const fresh = await importFresh('./target.js', { fresh: ['./single.js'] })
      expect((await import('./single.js')).state).toBe(fresh.state)
      expect(events).toEqual(['single'])
    `,
  },
  {
    name: 'a symlink, a file URL or an absolute path does not get round a refusal',
    files: { 'single.js': single },
    test: `
      fs.symlinkSync(at('single.js'), at('link.js'))
      await import('./single.js')
      for (const target of ['./link.js', urlOf('single.js'), at('single.js')]) {
        expect(await codeOf(() => importFresh(target))).toBe('ERR_REIMPORT_REFUSED')
      }
      expect(events).toEqual(['single'])
    `,
  },
  {
    name: 'a query does not get round a refusal',
    except: {
      'jest-cjs': 'a specifier of require has no query',
      'node-cjs': 'a specifier of require has no query',
    },
    files: { 'single.js': single },
    test: `
      await import('./single.js')
      expect(await codeOf(() => importFresh('./single.js?again'))).toBe('ERR_REIMPORT_REFUSED')
      expect(events).toEqual(['single'])
    `,
  },
  {
    name: 'the importers of a refusing module are named, up to the test file',
    files: {
      'single.js': single,
      'inner.js': "export * from './single.js'",
      'outer.js': "export * from './inner.js'",
    },
    test: `
      await import('./outer.js')
      const error = await caught(() => importFresh('./single.js'))
      const [inner, outer, test] = ['inner.js', 'outer.js', 'case.test.js'].map((name) => error.message.indexOf(name))
      expect(inner > 0 && outer > inner && test > outer).toBe(true)
    `,
  },
  {
    name: 'a flag set at run time holds until the test ends',
    needs: ['test-ends'],
    files: { 'a.js': 'export const state = {}', 'b.js': 'export const state = {}' },
    test: {
      'set in a test': `
        await import('./a.js')
        const spec = await specOf('./a.js')
        spec.allowReimport = false
        expect((await specOf('./a.js')).allowReimport).toBe(false)
        expect(spec.provenance.allowReimport.source).toBe('runtime')
        await markNonReimportable('./b.js', 'holds a lock')
        expect((await specOf('./b.js')).provenance.allowReimport).toEqual({ source: 'runtime', reason: 'holds a lock' })
        expect(await codeOf(() => importFresh('./a.js'))).toBe('ERR_REIMPORT_REFUSED')
      `,
      'back in the next': `
        expect((await specOf('./a.js')).allowReimport).toBe(true)
        expect((await specOf('./b.js')).allowReimport).toBe(true)
        await importFresh('./a.js')
      `,
    },
  },
  {
    name: 'a flag set outside of tests holds for the whole file',
    needs: ['test-ends', 'top-level-await'],
    files: { 'a.js': 'export const state = {}' },
    top: "await import('./a.js')\nawait markNonReimportable('./a.js', 'for the file')",
    test: {
      'first test': "expect(await codeOf(() => importFresh('./a.js'))).toBe('ERR_REIMPORT_REFUSED')",
      'second test': `
        const error = await caught(() => importFresh('./a.js'))
        expect(error.code).toBe('ERR_REIMPORT_REFUSED')
        expect(error.message).toContain('for the file')
      `,
    },
  },
  {
    name: 'specOf takes a loaded module and its writes show at once',
    files: { 'a.js': 'export const state = {}' },
    test: `
      const plain = await import('./a.js')
      const spec = specOf(plain)
      spec.allowReimport = false
      expect((await specOf('./a.js')).allowReimport).toBe(false)
      expect(await codeOf(() => importFresh('./a.js'))).toBe('ERR_REIMPORT_REFUSED')
      spec.allowReimport = true
      const fresh = await importFresh('./a.js')
      expect(specOf(fresh).id).toBe(spec.id)
    `,
  },
  {
    name: 'markNonReimportable takes a loaded module and gives the reason in the error',
    files: { 'a.js': 'export const state = {}' },
    test: `
      const plain = await import('./a.js')
      await markNonReimportable(plain, 'its instances are compared')
      const error = await caught(() => importFresh('./a.js'))
      expect(error.code).toBe('ERR_REIMPORT_REFUSED')
      expect(error.message).toContain('its instances are compared')
      expect(error.message).toContain('runtime')
    `,
  },
  {
    name: 'a module marked before it is loaded is loaded once for all',
    files: { 'a.js': "events.push('a')\nexport const state = {}" },
    test: `
      await markNonReimportable('./a.js')
      const first = await importFresh('./a.js')
      expect((await import('./a.js')).state).toBe(first.state)
      expect(await codeOf(() => importFresh('./a.js'))).toBe('ERR_REIMPORT_REFUSED')
      expect(events).toEqual(['a'])
    `,
  },
  {
    name: 'after an allowed unload a refusing module may be imported again',
    needs: ['unload'],
    files: { 'single.js': single },
    test: `
      const first = await import('./single.js')
      await unload('./single.js')
      const second = await importFresh('./single.js')
      expect(second.state === first.state).toBe(false)
      expect((await import('./single.js')).state).toBe(second.state)
      expect(await codeOf(() => importFresh('./single.js'))).toBe('ERR_REIMPORT_REFUSED')
    `,
  },
  {
    name: 'the spec of what is not found fails with a not-found error',
    files: {},
    test: `
      expect(isNotFound(await caught(() => specOf('./absent.js')))).toBe(true)
      expect(isNotFound(await caught(() => withFlags('./absent.js', { allowReload: false }, () => {})))).toBe(true)
    `,
  },
  {
    name: 'withFlags puts the flags back after a result, a throw and a rejection',
    files: { 'a.js': 'export const state = {}' },
    test: `
      await import('./a.js')
      const mine = new Error('mine')
      const inside = async () => {
        expect((await specOf('./a.js')).allowReimport).toBe(false)
        return codeOf(() => importFresh('./a.js'))
      }
      expect(await withFlags('./a.js', { allowReimport: false }, inside)).toBe('ERR_REIMPORT_REFUSED')
      expect((await specOf('./a.js')).allowReimport).toBe(true)
      expect(await caught(() => withFlags('./a.js', { allowReimport: false }, () => { throw mine }))).toBe(mine)
      expect(await caught(() => withFlags('./a.js', { allowReimport: false }, async () => { throw mine }))).toBe(mine)
      expect((await specOf('./a.js')).allowReimport).toBe(true)
      await importFresh('./a.js')
    `,
  },
  {
    name: 'withFlags may allow for a stretch what a module refuses',
    files: { 'single.js': single },
    test: `
      const plain = await import('./single.js')
      const fresh = await withFlags('./single.js', { allowReimport: true }, () => importFresh('./single.js'))
      expect(fresh.state === plain.state).toBe(false)
      expect(await codeOf(() => importFresh('./single.js'))).toBe('ERR_REIMPORT_REFUSED')
    `,
  },
  {
    name: 'where stretches of withFlags overlap the stricter value holds',
    files: { 'a.js': 'export const state = {}' },
    test: `
      const plain = await import('./a.js')
      const { open, opened } = gate()
      const strict = withFlags(plain, { allowReimport: false }, () => opened)
      const lax = withFlags(plain, { allowReimport: true }, async () => {
        expect(specOf(plain).allowReimport).toBe(false)
        open()
        await strict
        expect(specOf(plain).allowReimport).toBe(true)
      })
      await lax
      expect(specOf(plain).provenance.allowReimport.source).toBe('default')
    `,
  },
  {
    name: 'withFlags takes several flags and leaves the others',
    needs: ['unload'],
    files: { 'a.js': 'export const state = {}' },
    test: `
      await import('./a.js')
      await withFlags('./a.js', { allowUnload: false, allowReimport: false }, async () => {
        expect(await codeOf(() => unload('./a.js'))).toBe('ERR_UNLOAD_REFUSED')
        expect(await codeOf(() => importFresh('./a.js'))).toBe('ERR_REIMPORT_REFUSED')
        expect((await specOf('./a.js')).allowParallelWorkers).toBe(true)
      })
      expect((await unload('./a.js')).length).toBe(1)
    `,
  },
]
