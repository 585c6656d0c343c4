import type { ContractCase } from '../case.ts'

const page = {
  'page.js': `
    export const kind = typeof contractWindow === 'undefined' ? 'server' : contractWindow.name
    export const isThere = 'contractWindow' in globalThis
    export const now = () => typeof contractWindow
  `,
}

/** Installed where two kinds of environment get two files. */
const twofold = {
  'node_modules/twofold/package.json': JSON.stringify({
    name: 'twofold',
    version: '1.0.0',
    exports: {
      '.': { 'contract-server': './server.js', default: './client.js' },
      './inner': { 'contract-server': './inner-server.js', default: './inner-client.js' },
    },
  }),
  'node_modules/twofold/server.js': "exports.side = 'server'",
  'node_modules/twofold/client.js': "exports.side = 'client'",
  'node_modules/twofold/inner-server.js': "exports.side = 'inner server'",
  'node_modules/twofold/inner-client.js': "exports.side = 'inner client'",
}

const view = {
  ...twofold,
  'view.js': `
    import { side } from 'twofold'
    import { side as inner } from 'twofold/inner'
    import { below } from './below.js'
    export const sides = [side, inner]
    export const sideBelow = () => below()
    export const late = async () => (await import('twofold')).side
  `,
  'below.js': `
    import { side } from 'twofold'
    export const below = () => side
  `,
}

const server = `{ conditions: ['contract-server'] }`

export const surroundingsCases: readonly ContractCase[] = [
  {
    name: 'globals are set or taken away while the copy evaluates and put back afterwards',
    files: page,
    test: `
      globalThis.contractWindow = { name: 'outer' }
      const without = await importFresh('./page.js', { globals: { contractWindow: undefined } })
      const other = await importFresh('./page.js', { globals: { contractWindow: { name: 'inner' }, contractNew: 1 } })
      expect([without.kind, without.isThere, without.now()]).toEqual(['server', false, 'object'])
      expect([other.kind, other.isThere]).toEqual(['inner', true])
      expect([contractWindow.name, 'contractNew' in globalThis]).toEqual(['outer', false])
      expect((await import('./page.js')).kind).toBe('outer')
      delete globalThis.contractWindow
    `,
  },
  {
    name: 'globals are put back when the copy throws and for calls that wait for their turn',
    files: {
      ...page,
      'broken.js': "globalThis.contractWindow.name = 'touched'\nthrow new Error('broken on purpose')",
    },
    test: `
      globalThis.contractWindow = { name: 'outer' }
      const all = await Promise.allSettled([
        importFresh('./page.js', { globals: { contractWindow: { name: 'first' } } }),
        importFresh('./broken.js', { globals: { contractWindow: { name: 'second' } } }),
        importFresh(() => import('./page.js'), { globals: { contractWindow: { name: 'third' } } }),
      ])
      expect(all.map(({ value, reason }) => value?.kind ?? reason.message)).toEqual([
        'first', 'broken on purpose', 'third',
      ])
      expect(contractWindow.name).toBe('outer')
      delete globalThis.contractWindow
    `,
  },
  {
    name: 'conditions choose what fresh copies import, at once and later, and for nobody else',
    needs: ['conditions', 'packages'],
    files: view,
    test: `
      const plain = await import('./view.js')
      const fresh = await importFresh('./view.js', ${server})
      expect([fresh.sides, fresh.sideBelow(), await fresh.late()]).toEqual([['server', 'inner server'], 'client', 'server'])
      expect([plain.sides, plain.sideBelow(), await plain.late()]).toEqual([['client', 'inner client'], 'client', 'client'])
      expect((await importFresh('./view.js')).sides).toEqual(['client', 'inner client'])
    `,
  },
  {
    name: 'conditions reach as far as copies are fresh, by name or all of them',
    needs: ['conditions', 'packages'],
    files: view,
    test: `
      const named = await importFresh('./view.js', { ...${server}, fresh: ['./below.js'] })
      const all = await importFresh(() => import('./view.js'), { ...${server}, fresh: 'imports' })
      expect([named.sideBelow(), all.sideBelow(), all.sides]).toEqual(['server', 'server', ['server', 'inner server']])
      expect((await import('./below.js')).below()).toBe('client')
    `,
  },
  {
    name: 'conditions choose the file of a package that is fresh itself, and what that finds in its own manifest',
    needs: ['conditions', 'packages', 'commonjs'],
    files: {
      'node_modules/manifold/package.json': JSON.stringify({
        name: 'manifold',
        version: '1.0.0',
        exports: {
          '.': { 'contract-server': './server.js', default: './client.js' },
        },
        imports: { '#side': { 'contract-server': './inner-server.js', default: './inner-client.js' } },
      }),
      'node_modules/manifold/server.js': "exports.sides = ['server', require('#side'), require('mainonly')]",
      'node_modules/manifold/client.js': "exports.sides = ['client', require('#side'), require('mainonly')]",
      'node_modules/manifold/inner-server.js': "module.exports = 'inner server'",
      'node_modules/manifold/inner-client.js': "module.exports = 'inner client'",
      'node_modules/mainonly/package.json': '{ "name": "mainonly", "version": "1.0.0", "main": "./lib" }',
      'node_modules/mainonly/lib/index.js': "module.exports = 'main'",
    },
    test: `
      const fresh = await importFresh('manifold', ${server})
      expect(fresh.sides).toEqual(['server', 'inner server', 'main'])
      expect((await import('manifold')).sides).toEqual(['client', 'inner client', 'main'])
      expect((await importFresh('manifold')).sides).toEqual(['client', 'inner client', 'main'])
    `,
  },
  {
    name: 'a module that is not loaded yet and refuses reimport is not imported under conditions or globals',
    needs: ['conditions'],
    files: { 'only.js': '/** @fresh-modules no-reimport: one */\nexport const made = {}' },
    test: `
      for (const options of [${server}, { globals: { contractNew: 1 } }]) {
        expect((await caught(() => importFresh('./only.js', options))).code).toBe('ERR_REIMPORT_REFUSED')
      }
    `,
  },
]
