/** Packages for a project's `node_modules`, in the layouts that Vitest leaves to Node's loader; and one that it does not. */
import type { FileTree } from '../harness/index.ts'

export const packages: FileTree = {
  // State in an inner file, which the entry only hands on.
  'node_modules/stateful/package.json':
    '{ "name": "stateful", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/stateful/index.js': "export { state, increase, late } from './lib/state.js'",
  'node_modules/stateful/lib/state.js': `
    import { shared } from 'neighbour'
    export const state = { count: 0, shared }
    export const increase = () => ++state.count
    export const late = () => import('./late.js')
  `,
  'node_modules/stateful/lib/late.js': "export { state } from './state.js'",
  'node_modules/neighbour/package.json':
    '{ "name": "neighbour", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/neighbour/index.js': 'export const shared = {}',

  'node_modules/plain-cjs/package.json': '{ "name": "plain-cjs", "version": "1.0.0", "main": "./main.js" }',
  'node_modules/plain-cjs/main.js':
    "const { state } = require('./lib/state')\nexports.state = state\nexports.times = ++state.loads",
  'node_modules/plain-cjs/lib/state.js': 'exports.state = { loads: 0 }',

  'node_modules/dual/package.json':
    '{ "name": "dual", "version": "1.0.0", "exports": { "import": "./index.mjs", "require": "./index.cjs" } }',
  'node_modules/dual/index.mjs': "export const format = 'esm'\nexport const made = {}",
  'node_modules/dual/index.cjs': "exports.format = 'cjs'\nexports.made = {}",

  'node_modules/sided/package.json': JSON.stringify({
    name: 'sided',
    version: '1.0.0',
    exports: { '.': { 'react-server': './server.js', default: './client.mjs' }, './cjs': './cjs.js' },
    imports: { '#side': { 'react-server': './inner-server.js', default: './inner-client.js' } },
  }),
  'node_modules/sided/server.js': "exports.sides = ['server', require('#side')]",
  'node_modules/sided/client.mjs': "import side from '#side'\nexport const sides = ['client', side]",
  'node_modules/sided/cjs.js': "exports.sides = ['any', require('#side'), ...require('sided').sides]",
  'node_modules/sided/inner-server.js': "module.exports = 'inner server'",
  'node_modules/sided/inner-client.js': "module.exports = 'inner client'",

  'node_modules/optional/package.json':
    '{ "name": "optional", "version": "1.0.0", "type": "module", "exports": { ".": "./index.js", "./cjs": "./index.cjs" } }',
  'node_modules/optional/index.js':
    "export const found = await import('neighbour').then(() => true, (error) => error.code)",
  'node_modules/optional/index.cjs': `
    try { require('plain-cjs'); exports.found = true } catch (error) { exports.found = error.code }
  `,

  'node_modules/throws/package.json':
    '{ "name": "throws", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/throws/index.js': `
    globalThis.throwsTries = (globalThis.throwsTries ?? 0) + 1
    if (globalThis.throwsTries < 3) throw globalThis.thrown = new Error('try ' + globalThis.throwsTries)
    export const tries = globalThis.throwsTries
  `,

  // As pnpm lays them out, and as npm links a workspace: the links are made by the global setup.
  'node_modules/.pnpm/linked@1.0.0/node_modules/linked/package.json':
    '{ "name": "linked", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/.pnpm/linked@1.0.0/node_modules/linked/index.js':
    "export { state } from './state.js'\nexport { made } from 'linked-dep'",
  'node_modules/.pnpm/linked@1.0.0/node_modules/linked/state.js': 'export const state = {}',
  'node_modules/.pnpm/linked-dep@1.0.0/node_modules/linked-dep/package.json':
    '{ "name": "linked-dep", "version": "1.0.0", "main": "./index.js" }',
  'node_modules/.pnpm/linked-dep@1.0.0/node_modules/linked-dep/index.js': 'exports.made = {}',
  'packages/ws/package.json':
    '{ "name": "@app/ws", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'packages/ws/index.js': "export { state } from './state.js'",
  'packages/ws/state.js': 'export const state = {}',
  'links.ts': `
    import { mkdirSync, symlinkSync } from 'node:fs'
    import { join } from 'node:path'
    const modules = join(import.meta.dirname, 'node_modules')
    export default () => {
      mkdirSync(join(modules, '@app'), { recursive: true })
      symlinkSync('.pnpm/linked@1.0.0/node_modules/linked', join(modules, 'linked'))
      symlinkSync('../../linked-dep@1.0.0/node_modules/linked-dep', join(modules, '.pnpm/linked@1.0.0/node_modules/linked-dep'))
      symlinkSync('../../packages/ws', join(modules, '@app/ws'))
    }
  `,
}
