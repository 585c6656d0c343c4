/** Loaders of other people that take over more than hooks do: compilers in `require`, and Yarn's Plug'n'Play. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import {
  chosenNode,
  type FileTree,
  type Project,
  packagesDir,
  packPackages,
  project,
} from '../harness/index.ts'
import { cleanEnv, runProcess } from '../harness/processes.ts'

const compilers = () =>
  packagesDir('node-compilers', {
    '@swc-node/register': '^1.11.1',
    '@swc/core': '^1.16.22',
    'esbuild-register': '^3.6.0',
    esbuild: '^0.28.2',
    typescript: '^6.0.3',
  })

/** An enum, which Node's own type stripping refuses: it must be the tool that compiles. */
const typed = (ending: string): FileTree => ({
  'value.ts':
    'export interface Value { n: number }\nexport enum Kind { A = "a" }\nexport const state: Value = { n: 0 }',
  'dep.ts': 'export const dep: object = {}',
  'target.ts': `
    import { Kind, state, type Value } from './value${ending}'
    import { dep } from './dep${ending}'
    export const value: Value = state
    export const kind: Kind = Kind.A
    export { dep }
  `,
  'a.test.ts': `
    import assert from 'node:assert'
    import test from 'node:test'
    import { importFresh, requireFresh } from 'fresh-modules'
    import * as plain from './target${ending}'
    test('TypeScript', async () => {
      for (let n = 0; n < 4; n++) {
        const fresh: typeof plain = await importFresh('./target${ending}', { fresh: ['./value${ending}', './dep${ending}'] })
        assert.notStrictEqual(fresh.value, plain.value)
        assert.notStrictEqual(fresh.dep, plain.dep)
        assert.strictEqual(fresh.kind, 'a')
        const shared: typeof plain = await importFresh('./target${ending}')
        assert.strictEqual(shared.value, plain.value)
        assert.notStrictEqual(requireFresh<typeof plain>('./dep${ending}').dep, plain.dep)
        await assert.rejects(importFresh('./target${ending}', { blocked: ['./dep${ending}'] }), { code: /MODULE_NOT_FOUND/ })
        await assert.rejects(importFresh('./absent'), /absent/)
      }
    })
  `,
})

const tsconfig = (options: object) => JSON.stringify({ compilerOptions: { ...options, target: 'es2022' } })

/** Yarn has a setting of its own for what npm has been told. */
async function npmRegistry(): Promise<string> {
  const env = cleanEnv(process.execPath)
  const asked = await runProcess('npm', ['config', 'get', 'registry'], {
    cwd: tmpdir(),
    env,
    timeout: 30_000,
  })
  return asked.stdout.trim()
}

async function installByYarn(app: Project): Promise<void> {
  const yarn = join(await packagesDir('node-yarn', { '@yarnpkg/cli-dist': '^4.18.1' }), 'node_modules')
  const installed = await app.node([join(yarn, '@yarnpkg/cli-dist/bin/yarn.js'), 'install'], {
    nodeBin: process.execPath,
    env: {
      YARN_NODE_LINKER: 'pnp',
      YARN_NPM_REGISTRY_SERVER: await npmRegistry(),
      YARN_UNSAFE_HTTP_WHITELIST: '*',
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      YARN_GLOBAL_FOLDER: join(app.dir, '.yarn/global'),
      YARN_ENABLE_TELEMETRY: 'false',
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    },
  })
  expect(installed.exitCode, installed.stdout + installed.stderr).toBe(0)
}

const pnp = ['--require', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs']

describeHosts('node', (host) => {
  test.each([
    ['@swc-node/register', 'index.js'],
    ['esbuild-register', 'register.js'],
  ])(
    '%s compiles copies too, and names without an ending are found as its imports are',
    async (tool, file) => {
      const register = join(await compilers(), 'node_modules', tool, file)
      const app = await project(host.name, {
        ...typed(''),
        'package.json': '{"name":"app","type":"commonjs"}',
        'tsconfig.json': tsconfig({ module: 'commonjs', esModuleInterop: true }),
      })
      const result = await app.run(['--test', 'a.test.ts'], { nodeArgs: ['--require', register] })
      expect(result, result.output).toMatchObject({ failed: 0, passed: 1 })
    },
  )

  test.skipIf(chosenNode() < 22)('@swc-node/register as hooks of ES modules', async () => {
    const app = await project(host.name, {
      ...typed('.ts'),
      'package.json': '{"name":"app","type":"module"}',
      'tsconfig.json': tsconfig({ module: 'nodenext', moduleResolution: 'nodenext' }),
    })
    // It looks for itself from the working directory.
    mkdirSync(join(app.dir, 'node_modules'))
    symlinkSync(join(await compilers(), 'node_modules/@swc-node'), join(app.dir, 'node_modules/@swc-node'))
    const result = await app.run(['--test'], { nodeArgs: ['--import', '@swc-node/register/esm-register'] })
    expect(result, result.output).toMatchObject({ failed: 0, passed: 1 })
  })

  describe("Yarn's Plug'n'Play, with all packages in archives", () => {
    const head = `
      import assert from 'node:assert'
      import { createRequire } from 'node:module'
      import test from 'node:test'
      import { importFresh, requireFresh, specOf, unload } from 'fresh-modules'
      const require = createRequire(import.meta.url)
    `
    const commonJs = `${head}
      test('CommonJS', async () => {
        const registered = require('./target.cjs')
        assert.match(require.resolve('ms'), /\\.zip/)
        const copy = requireFresh('./target.cjs')
        assert.notStrictEqual(copy.state, registered.state)
        assert.strictEqual(copy.ms, registered.ms)
        for (let n = 0; n < 4; n++) {
          assert.notStrictEqual(requireFresh('./target.cjs', { fresh: ['ms'] }).ms, registered.ms)
          assert.notStrictEqual(requireFresh('ms'), registered.ms)
        }
        assert.strictEqual(requireFresh('ms')('1s'), 1000)
        assert.strictEqual((await specOf('ms')).package, 'ms')
        assert.throws(() => requireFresh('./target.cjs', { blocked: ['ms'] }), { code: 'MODULE_NOT_FOUND' })
      })
    `
    const esm = `${head}
      import * as limit from 'p-limit'
      import * as plain from './target.mjs'
      test('ES modules', async () => {
        assert.match(import.meta.resolve('p-limit'), /\\.zip/)
        const copy = await importFresh('./target.mjs', { fresh: ['./dep.mjs'] })
        assert.notStrictEqual(copy.state, plain.state)
        assert.strictEqual(copy.limit, plain.limit)
        const fresh = await importFresh('p-limit')
        assert.notStrictEqual(fresh.default, limit.default)
        assert.strictEqual(await fresh.default(1)(() => 5), 5)
        assert.notStrictEqual((await importFresh('./target.mjs', { fresh: ['p-limit'] })).limit, plain.limit)
        await assert.rejects(importFresh('./target.mjs', { blocked: ['p-limit'] }), { code: 'ERR_MODULE_NOT_FOUND' })
        const before = require('./target.cjs').ms
        await unload('ms')
        assert.notStrictEqual(require('ms'), before)
      })
    `

    test('copies of files and of packages', async () => {
      const { tarballs } = await packPackages()
      const app = await project(host.name, {
        'package.json': JSON.stringify({
          name: 'app',
          private: true,
          type: 'module',
          dependencies: {
            'fresh-modules': `file:${tarballs['fresh-modules']}`,
            'p-limit': '^7.3.0',
            ms: '^2.1.3',
          },
        }),
        'yarn.lock': '',
        'dep.mjs': 'export const state = {}',
        'target.mjs': "export { state } from './dep.mjs'\nexport { default as limit } from 'p-limit'",
        'target.cjs': "exports.ms = require('ms')\nexports.state = {}",
        'commonjs.test.mjs': commonJs,
        ...(chosenNode() < 22 ? {} : { 'esm.test.mjs': esm }),
      })
      await installByYarn(app)
      for (const nodeArgs of [pnp, [...pnp, '--import', 'fresh-modules/register']]) {
        const result = await app.run(['--test'], { nodeArgs })
        expect(result, result.output).toMatchObject({ failed: 0, passed: chosenNode() < 22 ? 1 : 2 })
      }
    })

    test('a package that two sets of peers have made two of is in two places', async () => {
      const { tarballs } = await packPackages()
      const core = `file:${tarballs['fresh-modules']}`
      const member = (name: string, ms: string): FileTree => ({
        [`packages/${name}/package.json`]: JSON.stringify({
          name,
          version: '1.0.0',
          dependencies: { reg: 'workspace:*', ms },
        }),
        [`packages/${name}/index.js`]: "exports.reg = require('reg')",
      })
      const manifest = (across: string) =>
        JSON.stringify({
          name: 'app',
          private: true,
          workspaces: ['packages/*'],
          dependencies: { 'fresh-modules': core, one: 'workspace:*', two: 'workspace:*' },
          freshModules: { specs: [{ match: 'reg', allowReimport: false, across, reason: 'one registry' }] },
        })
      const app = await project(host.name, {
        'package.json': manifest('places'),
        'yarn.lock': '',
        ...member('one', '2.0.0'),
        ...member('two', '2.1.3'),
        'packages/reg/package.json':
          '{ "name": "reg", "version": "1.0.0", "peerDependencies": { "ms": "*" } }',
        'packages/reg/index.js': 'exports.registry = {}',
        'main.cjs': "console.log(require.resolve('one') && require('one').reg === require('two').reg)",
      })
      await installByYarn(app)
      const nodeArgs = [...pnp.slice(0, 2), '--import', 'fresh-modules/register', 'main.cjs']
      const refused = await app.node(nodeArgs)
      expect(refused.stderr).toContain('Failed to evaluate a second copy of "reg"')
      expect(refused.stderr).toMatch(
        /It is installed in two places: .*__virtual__\/reg-virtual-\w+\/.* and .*__virtual__\/reg-virtual-\w+\//,
      )
      app.write({ 'package.json': manifest('file') })
      const apart = await app.node(nodeArgs)
      expect(apart.stdout, apart.stderr).toBe('false\n')
    })
  })
})
