import type { ContractCase } from '../case.ts'

const target = {
  'dep.js': "events.push('dep')\nexport const value = 'real'",
  'target.js': "export { value } from './dep.js'\nevents.push('target')",
}

const optional = {
  'optional.js': "export const value = 'real'",
  'target.js': `
    export const load = () => import('./optional.js').then(({ value }) => value, (error) => {
      if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error.code)) throw error
      return 'fallback'
    })
  `,
}

export const blockedCases: readonly ContractCase[] = [
  {
    name: 'an import of what is blocked fails as if it were not installed and names it and its importer',
    files: target,
    test: `
      await import('./target.js')
      events.length = 0
      const before = registered()
      const error = await caught(() => importFresh('./target.js', { blocked: ['./dep.js'] }))
      expect(isNotFound(error)).toBe(true)
      expect(error.message).toContain('dep.js')
      expect(error.message).toContain('target.js')
      expect(events).toEqual([])
      expect(registered()).toEqual(before)
      expect((await importFresh('./target.js')).value).toBe('real')
    `,
  },
  {
    name: 'a guarded optional import takes its fallback although the module is loaded',
    files: optional,
    test: `
      const plain = await import('./target.js')
      expect(await plain.load()).toBe('real')
      const fresh = await importFresh('./target.js', { blocked: ['./optional.js'] })
      expect(await fresh.load()).toBe('fallback')
    `,
  },
  {
    name: 'an optional import at the top level takes its fallback',
    needs: ['top-level-await'],
    files: {
      'optional.js': "export const value = 'real'",
      'target.js': `
        let found
        try {
          found = (await import('./optional.js')).value
        } catch (error) {
          found = error.code
        }
        export { found }
      `,
    },
    test: `
      expect((await importFresh('./target.js')).found).toBe('real')
      expect((await importFresh('./target.js', { blocked: ['./optional.js'] })).found).toBe('ERR_MODULE_NOT_FOUND')
    `,
  },
  {
    name: 'a late import of a fresh copy is still blocked after the call has returned',
    files: optional,
    test: `
      const blocked = await importFresh('./target.js', { blocked: ['./optional.js'] })
      const free = await importFresh('./target.js')
      await settled()
      expect(await blocked.load()).toBe('fallback')
      expect(await free.load()).toBe('real')
      expect(await blocked.load()).toBe('fallback')
    `,
  },
  {
    name: 'nothing outside of the call is blocked while it runs or after it',
    files: {
      ...optional,
      'slow.js': `
        export { load } from './target.js'
        events.push('slow')
      `,
    },
    test: `
      const plain = await import('./target.js')
      const pending = importFresh('./slow.js', { blocked: ['./optional.js'], fresh: ['./target.js'] })
      const other = importFresh('./target.js')
      expect(await plain.load()).toBe('real')
      expect((await import('./optional.js')).value).toBe('real')
      expect(await (await pending).load()).toBe('fallback')
      expect(await (await other).load()).toBe('real')
      expect(await plain.load()).toBe('real')
      expect((await importFresh('./optional.js')).value).toBe('real')
    `,
  },
  {
    name: 'a blocked package blocks its subpaths and not a package with a longer name',
    needs: ['packages'],
    files: {
      'node_modules/opt/package.json': '{ "name": "opt", "type": "module" }',
      'node_modules/opt/index.js': "export const value = 'opt'",
      'node_modules/opt/sub.js': "export const value = 'opt/sub'",
      'node_modules/optx/package.json': '{ "name": "optx", "type": "module" }',
      'node_modules/optx/index.js': "export const value = 'optx'",
      'target.js': `
        const value = (module) => module.value
        const missing = () => 'missing'
        export const load = () => Promise.all([
          import('opt').then(value, missing),
          import('opt/sub.js').then(value, missing),
          import('optx').then(value, missing),
        ])
      `,
    },
    test: `
      const plain = await import('./target.js')
      expect(await plain.load()).toEqual(['opt', 'opt/sub', 'optx'])
      const fresh = await importFresh('./target.js', { blocked: ['opt'] })
      expect(await fresh.load()).toEqual(['missing', 'missing', 'optx'])
      const partly = await importFresh('./target.js', { blocked: ['opt/sub.js'] })
      expect(await partly.load()).toEqual(['opt', 'missing', 'optx'])
    `,
  },
  {
    name: 'a blocked builtin is one name with and without node:',
    files: {
      'target.js': `
        const there = () => 'there'
        const missing = (error) => error.code.endsWith('MODULE_NOT_FOUND') ? 'missing' : error
        export const load = () => Promise.all([
          import('os').then(there, missing),
          import('node:os').then(there, missing),
          import('node:path').then(there, missing),
        ])
      `,
    },
    test: `
      for (const name of ['os', 'node:os']) {
        const fresh = await importFresh('./target.js', { blocked: [name] })
        expect(await fresh.load()).toEqual(['missing', 'missing', 'there'])
      }
      expect(await (await importFresh('./target.js')).load()).toEqual(['there', 'there', 'there'])
    `,
  },
  {
    name: 'blocking what does not exist is no error',
    files: target,
    test: `
      const fresh = await importFresh('./target.js', { blocked: ['./absent.js', 'absent-package', '@absent/package'] })
      expect(fresh.value).toBe('real')
    `,
  },
  {
    name: 'a blocked target is not found',
    files: target,
    test: `
      const error = await caught(() => importFresh('./target.js', { blocked: ['./target.js'] }))
      expect(isNotFound(error)).toBe(true)
      expect(error.message).toContain('target.js')
      expect(events).toEqual([])
    `,
  },
  {
    name: 'a module is blocked by whatever path an import writes it',
    files: {
      'lib/dep.js': "export const value = 'real'",
      'lib/target.js': "export const load = () => import('./dep.js').then(() => 'there', () => 'missing')",
      'target.js':
        "export const load = () => import('./lib/../lib/dep.js').then(() => 'there', () => 'missing')",
    },
    test: `
      for (const name of ['./lib/dep.js', at('lib/dep.js'), urlOf('lib/dep.js')]) {
        expect(await (await importFresh('./target.js', { blocked: [name] })).load()).toBe('missing')
        expect(await (await importFresh('./lib/target.js', { blocked: [name] })).load()).toBe('missing')
      }
    `,
  },
  {
    name: 'a relative name is blocked for the importers that reach that file and for no other file of that name',
    files: {
      'dep.js': "export const value = 'root'",
      'sub/dep.js': "export const value = 'sub'",
      'sub/target.js':
        "export const load = () => import('./dep.js').then(({ value }) => value, () => 'missing')",
    },
    test: `
      expect(await (await importFresh('./sub/target.js', { blocked: ['./dep.js'] })).load()).toBe('sub')
      expect(await (await importFresh('./sub/target.js', { blocked: ['./sub/dep.js'] })).load()).toBe('missing')
    `,
  },
  {
    name: 'what is blocked is blocked for every fresh module of the call',
    files: {
      ...target,
      'outer.js':
        "export const load = () => import('./target.js').then(({ value }) => value, () => 'missing')",
    },
    test: `
      await import('./outer.js')
      const fresh = await importFresh('./outer.js', { fresh: 'imports', blocked: ['./dep.js'] })
      expect(await fresh.load()).toBe('missing')
    `,
  },
  {
    name: 'import.meta.resolve of a fresh copy does not find what is blocked',
    needs: ['import-meta-resolve'],
    files: {
      'optional.js': 'export {}',
      'target.js': `
        export const resolve = () => {
          try {
            return typeof import.meta.resolve('./optional.js')
          } catch (error) {
            return error.code
          }
        }
      `,
    },
    test: `
      const blocked = await importFresh('./target.js', { blocked: ['./optional.js'] })
      expect(blocked.resolve()).toBe('ERR_MODULE_NOT_FOUND')
      expect((await importFresh('./target.js')).resolve()).toBe('string')
      expect((await import('./target.js')).resolve()).toBe('string')
    `,
  },
  {
    name: 'a shared module keeps what is blocked and a warning suggests fresh',
    files: {
      'dep.js': "export const value = 'real'",
      'shared.js': "export { value } from './dep.js'",
      'target.js': "export { value } from './shared.js'",
    },
    test: `
      let fresh
      const warnings = await withWarnings(async () => {
        fresh = await importFresh('./target.js', { blocked: ['./dep.js'] })
      })
      expect(fresh.value).toBe('real')
      expect(warnings.length).toBe(1)
      expect(warnings[0]).toContain('./dep.js')
      expect(warnings[0]).toContain('fresh')
    `,
  },
  {
    name: 'no warning is given where the scope has asked for what is blocked',
    files: optional,
    test: `
      const warnings = await withWarnings(async () => {
        const fresh = await importFresh('./target.js', { blocked: ['./optional.js'] })
        expect(await fresh.load()).toBe('fallback')
        await importFresh('./target.js', { blocked: ['./optional.js', 'no-such-package'] })
      })
      expect(warnings).toEqual([])
    `,
  },
  {
    name: 'a blocked name that is misspelt is warned of, one that something asks for is not',
    files: {
      'node_modules/blockable/package.json': '{ "name": "blockable", "main": "./main.js" }',
      'node_modules/blockable/main.js': 'exports.value = 1',
      'package.json': '{ "name": "app", "private": true, "type": "module" }',
      'dep.js': "export const value = 'real'",
      'target.js':
        "export { value } from './dep.js'\nexport const load = () => import('./generated.js').catch(() => 'none')",
    },
    test: `
      const warnings = await withWarnings(async () => {
        expect((await importFresh('./target.js', { blocked: ['./depp.js', 'blokable'] })).value).toBe('real')
        await importFresh(() => import('./target.js'), { blocked: ['./dip.js'] })
        await importFresh('./target.js', { blocked: ['not-installed-anywhere'] })
        await caught(() => importFresh('./target.js', { blocked: ['./dep.js'] }))
      })
      const hides = (name, meant) => '[fresh-modules] importFresh: "' + name + '" in blocked hides nothing: nothing has asked for it' +
        '; did you mean "' + meant + '"?'
      const told = warnings.map((text) => text.replace(/ it is not found from "[^"]*", and/, ''))
      expect(told).toEqual([hides('./depp.js', './dep.js'), hides('blokable', 'blockable'), hides('./dip.js', './dep.js')])
    `,
  },
]
