/** Other people's hooks, loaders and tools around ours: before, after, and those that read what we leave. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode, project } from '../harness/index.ts'
import { passes } from './passes.ts'

const typed = {
  'value.ts':
    'export interface Value { n: number }\nexport const state: Value = { n: 0 }\nexport const late = () => import("./dep.ts")',
  'dep.ts': 'export const dep: object = {}',
  'target.ts': `
    import { late, state, type Value } from './value.ts'
    import { dep } from './dep.ts'
    export const value: Value = state
    export { late, dep }
  `,
}
const typedTest = `
  import assert from 'node:assert'
  import test from 'node:test'
  import { importFresh } from 'fresh-modules'
  import * as plain from './target.ts'
  test('TypeScript', async () => {
    const fresh: typeof plain = await importFresh('./target.ts', { fresh: ['./value.ts', './dep.ts'] })
    assert.notStrictEqual(fresh.value, plain.value)
    assert.notStrictEqual(fresh.dep, plain.dep)
    assert.strictEqual((await fresh.late()).dep, fresh.dep)
    const shared: typeof plain = await importFresh('./target.ts')
    assert.strictEqual(shared.value, plain.value)
  })
`

describeHosts('node', (host) => {
  describe.skipIf(chosenNode() < 22)('ES modules', () => {
    test('type stripping of Node: as ES modules', () => passes(host, { ...typed, 'a.test.ts': typedTest }))

    test('tsx: as ES modules and as CommonJS', async () => {
      for (const type of ['module', 'commonjs']) {
        const files = {
          ...typed,
          'a.test.ts': typedTest,
          'package.json': JSON.stringify({ name: 'app', type }),
        }
        await passes(host, files, { nodeArgs: ['--import', 'tsx'] })
      }
    })

    test('nobody is warned of a way in which only we look at types', async () => {
      // Neither the package nor the ending says whether it is an ES module: so its syntax is looked at.
      const files = {
        'package.json': '{ "name": "app" }',
        'value.ts': 'export interface Value { n: number }\nexport const state: Value = { n: 0 }',
        'main.ts': `
          import { importFresh, specOf } from 'fresh-modules'
          const print = async () => {
            console.log((await specOf('./value.ts')).allowReimport, (await importFresh('./value.ts')).state.n)
          }
          void print()
        `,
      }
      const app = await project(host.name, files)
      for (const nodeArgs of [[], ['--import', 'tsx']]) {
        const { stdout, stderr } = await app.node([...nodeArgs, 'main.ts'])
        expect(stdout, stderr).toBe('true 0\n')
        expect(stderr).not.toContain('stripTypeScriptTypes')
      }
    })

    const hooks = (name: string) => `
      import { registerHooks } from 'node:module'
      registerHooks({
        resolve: (specifier, context, next) => next(specifier === 'virtual:${name}' ? './${name}.js' : specifier, context),
        load(url, context, next) {
          const loaded = next(url, context)
          if (!url.includes('target.js')) return loaded
          return { ...loaded, source: String(loaded.source).replace('${name.toUpperCase()}', "'${name}'") }
        },
      })
    `

    test('hooks that were there before ours and hooks that come after', () =>
      passes(
        host,
        {
          'before-hooks.mjs': hooks('before'),
          'after-hooks.mjs': hooks('after'),
          'target.js': `
            import { state as one } from 'virtual:before'
            import { state as two } from 'virtual:after'
            export const names = [BEFORE, AFTER]
            export { one, two }
          `,
          'before.js': 'export const state = {}',
          'after.js': 'export const state = {}',
          'a.test.js': `
            import assert from 'node:assert'
            import test from 'node:test'
            import { importFresh } from 'fresh-modules'
            test('chain', async () => {
              await importFresh('./before.js')
              await import('./after-hooks.mjs')
              const plain = await import('./target.js')
              const fresh = await importFresh('./target.js', { fresh: ['virtual:before'], blocked: ['left-pad'] })
              assert.deepStrictEqual(fresh.names, ['before', 'after'])
              assert.notStrictEqual(fresh.one, plain.one)
              assert.strictEqual(fresh.two, plain.two)
              assert.notStrictEqual((await importFresh('virtual:after')).state, plain.two)
            })
          `,
        },
        { nodeArgs: ['--import', './before-hooks.mjs'] },
      ))

    test('asynchronous hooks in their own thread', () =>
      passes(
        host,
        {
          'register.mjs': "import { register } from 'node:module'\nregister('./hooks.mjs', import.meta.url)",
          'hooks.mjs': `
            export const resolve = (specifier, context, next) => next(specifier === 'virtual:dep' ? './dep.js' : specifier, context)
          `,
          'target.js': "export { state } from 'virtual:dep'",
          'dep.js': 'export const state = {}',
          'a.test.js': `
            import assert from 'node:assert'
            import test from 'node:test'
            import { importFresh } from 'fresh-modules'
            test('thread', async () => {
              const plain = await import('./target.js')
              assert.strictEqual((await importFresh('./target.js')).state, plain.state)
              assert.notStrictEqual((await importFresh('./target.js', { fresh: ['virtual:dep'] })).state, plain.state)
            })
          `,
        },
        { nodeArgs: ['--import', './register.mjs'] },
      ))

    test('coverage of a copy counts for its file, and no file has the coverage of what is ours', async () => {
      const app = await project(host.name, {
        'esm.js': 'export const run = (x) => (x ? 1 : 2)\n',
        'cjs.cjs': 'exports.run = (x) => (x ? 1 : 2)\nexports.late = () => import("./esm.js")\n',
        'main.js': `
          import { importFresh } from 'fresh-modules'
          import './esm.js'
          import './cjs.cjs'
          for (const name of ['./esm.js', './cjs.cjs']) (await importFresh(name)).run(1)
        `,
      })
      const { exitCode, stderr } = await app.node(['main.js'], { env: { NODE_V8_COVERAGE: 'coverage' } })
      expect(exitCode, stderr).toBe(0)
      const folder = join(app.dir, 'coverage')
      const scripts = readdirSync(folder).flatMap(
        (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).result as { url: string }[],
      )
      const files = scripts
        .map(({ url }) => url)
        .filter((url) => url.startsWith('file:') && !url.includes('node_modules'))
        .map((url) => fileURLToPath(url).slice(app.dir.length + 1))
      expect(files.sort()).toEqual(['cjs.cjs', 'cjs.cjs', 'esm.js', 'esm.js', 'main.js'])
    })
  })

  test('stack traces name the file and the line', async () => {
    const app = await project(host.name, {
      'target.cjs': '\n\nexports.trace = () => new Error().stack.split("\\n")[1]',
      'main.cjs': "console.log(require('fresh-modules').requireFresh('./target.cjs').trace())",
    })
    const { stdout } = await app.node(['main.cjs'])
    expect(stdout).toContain(`${join(app.dir, 'target.cjs')}:3:`)
  })
})
