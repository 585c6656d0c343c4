import type { ContractCase } from '../case.ts'

const state = 'export const state = {}'

/** Where flags come from; later ones win. */
export const specSourceCases: readonly ContractCase[] = [
  {
    name: 'a docblock sets the flags that its words name, with a reason',
    files: {
      'words.js': `/** @fresh-modules no-reload, no-reimport no-unload: keeps a socket */\n${state}`,
      'worker.js': `// @fresh-modules single-worker: owns port 5432\n${state}`,
      'late.js': `${state}\n/** @fresh-modules no-reimport */`,
    },
    test: `
      const spec = await specOf('./words.js')
      for (const flag of ['allowReload', 'allowReimport', 'allowUnload']) {
        expect(spec[flag]).toBe(false)
        expect(spec.provenance[flag].source).toBe('module')
        expect(spec.provenance[flag].reason).toBe('keeps a socket')
        expect(spec.provenance[flag].where).toContain('words.js')
      }
      expect(spec.allowParallelWorkers).toBe(true)
      const worker = await specOf('./worker.js')
      expect(worker.allowParallelWorkers).toBe(false)
      expect(worker.provenance.allowParallelWorkers.reason).toBe('owns port 5432')
      expect(worker.allowReimport).toBe(true)
      expect((await specOf('./late.js')).allowReimport).toBe(true)
    `,
  },
  {
    name: 'an unknown word in a docblock is a bad option that lists the known ones',
    files: { 'unknown.js': `/** @fresh-modules no-reimports */\n${state}` },
    test: `
      for (const ask of [() => specOf('./unknown.js'), () => importFresh('./unknown.js')]) {
        const error = await caught(ask)
        expect(error.code).toBe('ERR_BAD_OPTION')
        for (const word of ['no-reimports', 'no-reload', 'no-reimport', 'no-unload', 'single-worker', 'unknown.js']) {
          expect(error.message).toContain(word)
        }
      }
    `,
  },
  {
    name: 'a package.json sets flags for a whole package',
    needs: ['packages'],
    files: {
      'node_modules/declares/package.json': JSON.stringify({
        name: 'declares',
        type: 'module',
        freshModules: { allowReimport: false, reason: 'registers itself' },
      }),
      'node_modules/declares/index.js': "export { state as sub } from './sub.js'\nexport const state = {}",
      'node_modules/declares/sub.js': state,
    },
    test: `
      const plain = await import('declares')
      const error = await caught(() => importFresh('declares'))
      expect(error.code).toBe('ERR_REIMPORT_REFUSED')
      expect(error.message).toContain('registers itself')
      expect(error.message).toContain('package.json')
      const spec = await specOf('declares/sub.js')
      expect(spec.package).toBe('declares')
      expect(spec.allowReimport).toBe(false)
      expect(spec.provenance.allowReimport.source).toBe('package.json')
      expect((await import('declares')).state).toBe(plain.state)
    `,
  },
  {
    name: 'a package.json sets flags for single files',
    files: {
      'package.json': JSON.stringify({
        name: 'per-file',
        type: 'module',
        freshModules: { './lib/registry.js': { allowReimport: false, reason: 'one registry' } },
      }),
      'lib/registry.js': state,
      'lib/other.js': state,
    },
    test: `
      const spec = await specOf('./lib/registry.js')
      expect(spec.allowReimport).toBe(false)
      expect(spec.provenance.allowReimport.reason).toBe('one registry')
      expect(spec.provenance.allowReimport.source).toBe('package.json')
      expect((await specOf('./lib/other.js')).allowReimport).toBe(true)
    `,
  },
  {
    name: 'only known keys are read from a package.json and anything else is reported',
    except: { 'node-esm': 'its loader refuses unload, whatever a package.json says' },
    files: {
      'odd/package.json': JSON.stringify({
        name: 'odd-keys',
        type: 'module',
        freshModules: { allowReimport: false, allowReimports: false, allowUnload: 'no' },
      }),
      'odd/a.js': state,
    },
    test: `
      let spec
      const warnings = await withWarnings(async () => {
        spec = await specOf('./odd/a.js')
        await specOf('./odd/a.js')
      })
      expect([spec.allowReimport, spec.allowUnload]).toEqual([false, spec.provenance.allowUnload.source !== 'package.json'])
      expect(warnings.join().includes('allowReimports')).toBe(true)
      expect(warnings.join().includes('allowUnload')).toBe(true)
      expect(new Set(warnings).size).toBe(warnings.length)
    `,
  },
  {
    name: 'rules of the config match by path, glob, RegExp and list',
    options: {
      specs: [
        { match: './db.js', allowReimport: false, reason: 'by path' },
        { match: 'src/**/registry.js', allowReimport: false, reason: 'by glob' },
        { match: /contract-by-regexp\.js$/, allowReimport: false, reason: 'by RegExp' },
        { match: ['./one.js', './two.js'], allowUnload: false, reason: 'by list' },
      ],
    },
    files: {
      'db.js': state,
      'src/deep/er/registry.js': state,
      'src/deep/er/other.js': state,
      'contract-by-regexp.js': state,
      'one.js': state,
      'two.js': state,
    },
    test: `
      const reasonOf = async (file, flag = 'allowReimport') => {
        const spec = await specOf(file)
        return spec[flag] ? undefined : [spec.provenance[flag].source, spec.provenance[flag].reason]
      }
      expect(await reasonOf('./db.js')).toEqual(['config', 'by path'])
      expect(await reasonOf('./src/deep/er/registry.js')).toEqual(['config', 'by glob'])
      expect(await reasonOf('./contract-by-regexp.js')).toEqual(['config', 'by RegExp'])
      expect(await reasonOf('./one.js', 'allowUnload')).toEqual(['config', 'by list'])
      expect(await reasonOf('./two.js', 'allowUnload')).toEqual(['config', 'by list'])
      expect(await reasonOf('./src/deep/er/other.js')).toBe(undefined)
      expect((await specOf('./db.js')).provenance.allowReimport.where).toContain('db.js')
    `,
  },
  {
    name: 'rules of the config match packages by name with all their modules',
    needs: ['packages'],
    options: { specs: [{ match: 'ruled-package', allowReimport: false, reason: 'by package' }] },
    files: {
      'node_modules/ruled-package/package.json': '{ "name": "ruled-package", "type": "module" }',
      'node_modules/ruled-package/index.js': state,
      'node_modules/ruled-package/sub.js': state,
      'node_modules/ruled-package-more/package.json': '{ "name": "ruled-package-more", "type": "module" }',
      'node_modules/ruled-package-more/index.js': state,
    },
    test: `
      await import('ruled-package')
      expect(await codeOf(() => importFresh('ruled-package'))).toBe('ERR_REIMPORT_REFUSED')
      expect((await specOf('ruled-package/sub.js')).provenance.allowReimport.reason).toBe('by package')
      expect((await specOf('ruled-package-more')).allowReimport).toBe(true)
    `,
  },
  {
    name: 'later rules of the config win',
    options: {
      specs: [
        { match: 'lib/*.js', allowReimport: false, reason: 'all of them' },
        { match: 'lib/b*.js', allowReimport: true, reason: 'but these' },
      ],
    },
    files: { 'lib/a.js': state, 'lib/b.js': state },
    test: `
      expect((await specOf('./lib/a.js')).allowReimport).toBe(false)
      const b = await specOf('./lib/b.js')
      expect(b.allowReimport).toBe(true)
      expect(b.provenance.allowReimport).toMatchObject({ source: 'config', reason: 'but these' })
    `,
  },
  {
    name: 'the module wins over a glob of the config and a rule that names it exactly wins over the module',
    options: {
      specs: [
        { match: '*globbed.js', allowReimport: true },
        { match: './named.js', allowReimport: true, reason: 'we know better' },
        { match: './named-too.js', allowUnload: true },
      ],
    },
    files: {
      'globbed.js': `/** @fresh-modules no-reimport: mine */\n${state}`,
      'named.js': `/** @fresh-modules no-reimport: mine */\n${state}`,
      'named-too.js': `/** @fresh-modules no-reimport: mine */\n${state}`,
    },
    test: `
      const globbed = await specOf('./globbed.js')
      expect(globbed.allowReimport).toBe(false)
      expect(globbed.provenance.allowReimport.reason).toBe('mine')
      const named = await specOf('./named.js')
      expect(named.allowReimport).toBe(true)
      expect(named.provenance.allowReimport).toMatchObject({ source: 'config', reason: 'we know better' })
      expect((await specOf('./named-too.js')).allowReimport).toBe(false)
    `,
  },
  {
    name: 'a module may declare flags of itself while it is evaluated',
    files: {
      'declares.js': `
        import { declareSpec } from 'fresh-modules'
        declareSpec(import.meta, { allowReimport: false, reason: 'registered a metric' })
        events.push('declares')
        ${state}
      `,
    },
    test: `
      expect((await specOf('./declares.js')).allowReimport).toBe(true)
      const plain = await import('./declares.js')
      const spec = await specOf('./declares.js')
      expect(spec.allowReimport).toBe(false)
      expect(spec.provenance.allowReimport).toMatchObject({ source: 'module', reason: 'registered a metric' })
      const error = await caught(() => importFresh('./declares.js'))
      expect(error.code).toBe('ERR_REIMPORT_REFUSED')
      expect(error.message).toContain('registered a metric')
      expect(events).toEqual(['declares'])
      expect((await import('./declares.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'declareSpec with allowParallelWorkers comes too late and shows the docblock',
    files: {
      'declares.js': `
        import { declareSpec } from 'fresh-modules'
        declareSpec(import.meta, { allowParallelWorkers: false })
      `,
    },
    test: `
      const error = await caught(() => import('./declares.js'))
      expect(error.code).toBe('ERR_BAD_OPTION')
      expect(error.message).toContain('@fresh-modules single-worker')
    `,
  },
  {
    name: 'builtins refuse reload, reimport and unload by their loader',
    files: {},
    test: `
      for (const name of ['fs', 'node:fs']) {
        const spec = await specOf(name)
        for (const flag of ['allowReload', 'allowReimport', 'allowUnload']) {
          expect(spec[flag]).toBe(false)
          expect(spec.provenance[flag].source).toBe('loader')
        }
      }
      expect((await specOf('fs')).id).toBe((await specOf('node:fs')).id)
    `,
  },
  {
    name: 'a known singleton refuses reimport and says what one sees today',
    needs: ['packages'],
    files: {
      'node_modules/react/package.json': '{ "name": "react", "version": "19.0.0", "type": "module" }',
      'node_modules/react/index.js': state,
    },
    test: `
      const spec = await specOf('react')
      expect(spec.allowReimport).toBe(false)
      expect(spec.provenance.allowReimport.source).toBe('known-singleton')
      expect(spec.allowUnload || spec.provenance.allowUnload.source === 'loader').toBe(true)
      await import('react')
      const error = await caught(() => importFresh('react'))
      expect(error.code).toBe('ERR_REIMPORT_REFUSED')
      expect(error.message).toContain('react')
    `,
  },
  {
    name: 'flags at run time win over every other source',
    options: { specs: [{ match: './both.js', allowReimport: false, reason: 'config' }] },
    files: { 'both.js': `/** @fresh-modules no-reimport: module */\n${state}` },
    test: `
      await import('./both.js')
      const spec = await specOf('./both.js')
      expect(spec.provenance.allowReimport.reason).toBe('module')
      spec.allowReimport = true
      expect(spec.provenance.allowReimport.source).toBe('runtime')
      await importFresh('./both.js')
    `,
  },
]
