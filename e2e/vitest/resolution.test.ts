/** Everything that Vite resolves and loads can be a target. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, passes, vitestProject } from './support.ts'

const expectFresh = (specifier: string, check: string) => `
  test(${JSON.stringify(specifier)}, async () => {
    const registered = await import(${JSON.stringify(specifier)})
    const copy = await importFresh(${JSON.stringify(specifier)})
    const byFunction = await importFresh(() => import(${JSON.stringify(specifier)}))
    const again = await import(${JSON.stringify(specifier)})
    // Compared here: what Vitest makes of CSS modules cannot be printed.
    expect([new Set([registered, copy, byFunction]).size, again === registered]).toEqual([3, true])
    ${check}
  })
`
const testFile = (body: string) => `
  import { importFresh, reloadInPlace, unload, withUnloaded } from 'fresh-modules'
  import { expect, test } from 'vitest'
  ${body}
`

describeHosts('vitest', (host) => {
  test('aliases, queries, assets, JSON, CSS and globs', async () => {
    await passes(host, {
      'src/lib/value.ts': 'export const made = {}',
      'src/logo.svg': '<svg/>',
      'src/data.json': '{ "list": [1], "name": "data" }',
      'src/style.css': '.a { color: red }',
      'src/style.module.css': '.a { color: red }',
      'src/glob/one.ts': 'export const made = {}',
      'src/glob/two.ts': 'export const made = {}',
      'src/globs.ts': `
        export const eager = import.meta.glob('./glob/*.ts', { eager: true })
        export const lazy = import.meta.glob('./glob/*.ts')
      `,
      'src/a.test.ts': testFile(`
        ${expectFresh('@lib/value', 'expect(copy.made).not.toBe(registered.made)')}
        ${expectFresh('~/lib/value', 'expect(copy.made).not.toBe(registered.made)')}
        ${expectFresh('./lib/value?raw', "expect(copy.default).toContain('made = {}')")}
        ${expectFresh('./logo.svg', "expect(copy.default).toContain('svg')")}
        ${expectFresh('./logo.svg?url', "expect(copy.default).toContain('svg')")}
        ${expectFresh('./data.json', "expect(copy.default).toEqual({ list: [1], name: 'data' }); expect(copy.default.list).not.toBe(registered.default.list)")}
        ${expectFresh('./style.css', '')}
        ${expectFresh('./style.module.css', 'expect(copy.default.a).toBe(registered.default.a)')}
        ${expectFresh('./lib/value?fresh-query', 'expect(copy.made).not.toBe(registered.made)')}
        test('import.meta.glob, shared and fresh', async () => {
          const registered = await import('./globs')
          const shared = await importFresh('./globs')
          expect(shared.eager['./glob/one.ts']).toBe(registered.eager['./glob/one.ts'])
          const own = await importFresh('./globs', { fresh: 'imports' })
          expect(own.eager['./glob/one.ts']).not.toBe(registered.eager['./glob/one.ts'])
          expect(await own.lazy['./glob/two.ts']()).toBe(own.eager['./glob/two.ts'])
          expect(await shared.lazy['./glob/two.ts']()).toBe(await import('./glob/two'))
        })
      `),
      'vitest.config.ts': configWith({
        top: "import { fileURLToPath } from 'node:url'",
        config: `resolve: {
          alias: [
            { find: '@lib', replacement: fileURLToPath(new URL('./src/lib', import.meta.url)) },
            { find: /^~\\//, replacement: fileURLToPath(new URL('./src/', import.meta.url)) },
          ],
        }`,
      }),
    })
  })

  test('virtual modules and sub-blocks of a user plugin', async () => {
    await passes(host, {
      'src/comp.box': 'boxed',
      'src/virtual-user.ts': "export { made } from 'virtual:made'",
      'src/a.test.ts': testFile(`
        ${expectFresh('virtual:made', 'expect(copy.made).not.toBe(registered.made)')}
        ${expectFresh('./comp.box', "expect(copy.default.setup()).toBe('boxed'); expect(copy.script).toBe(registered.script)")}
        ${expectFresh('./comp.box?box&type=script', 'expect(copy.made).not.toBe(registered.made)')}
        test('a virtual import of a target is shared, or fresh by name, or hidden', async () => {
          const { made } = await import('./virtual-user')
          expect((await importFresh('./virtual-user')).made).toBe(made)
          expect((await importFresh('./virtual-user', { fresh: ['virtual:made'] })).made).not.toBe(made)
          await expect(importFresh('./virtual-user', { blocked: ['virtual:made'] })).rejects.toMatchObject({
            code: 'ERR_MODULE_NOT_FOUND',
          })
        })
        test('a sub-block can be fresh with its component', async () => {
          const registered = await import('./comp.box')
          const copy = await importFresh('./comp.box', { fresh: ['./comp.box?box&type=script'] })
          expect(copy.script).not.toBe(registered.script)
        })
        test('reload and unload of a virtual module', async () => {
          const registered = await import('virtual:made')
          const { made } = registered
          expect(await reloadInPlace('virtual:made')).toBe(registered)
          expect(registered.made).not.toBe(made)
          await withUnloaded('virtual:made', async () => {
            expect(await import('virtual:made')).not.toBe(registered)
          })
          await unload('virtual:made')
          expect(await import('virtual:made')).not.toBe(registered)
        })
      `),
      'vitest.config.ts': configWith({
        top: `
          const virtual = {
            name: 'virtual',
            resolveId: (id: string) => (id === 'virtual:made' ? '\\0virtual:made' : undefined),
            load: (id: string) => (id === '\\0virtual:made' ? 'export const made = {}' : undefined),
          }
          const box = {
            name: 'box',
            transform(code: string, id: string) {
              if (id.endsWith('.box')) {
                return {
                  code:
                    'import * as script from ' + JSON.stringify(id + '?box&type=script') + '\\n' +
                    'export { script }\\nexport default { setup: () => script.text }',
                  map: null,
                }
              }
              if (id.endsWith('.box?box&type=script')) {
                return { code: 'export const made = {}\\nexport const text = ' + JSON.stringify(code), map: null }
              }
            },
          }
        `,
        plugins: 'virtual, box',
      }),
    })
  })

  test('linked packages and symlinks have one id', async () => {
    const app = await vitestProject(host, {
      'packages/linked/package.json':
        '{ "name": "linked", "type": "module", "exports": { ".": "./index.js", "./sub": "./sub.js" } }',
      'packages/linked/index.js': "export { made } from './sub.js'\nexport const own = {}",
      'packages/linked/sub.js': 'export const made = {}',
      'src/real.ts': 'export const made = {}',
      'src/a.test.ts': testFile(`
        ${expectFresh('linked', 'expect(copy.own).not.toBe(registered.own); expect(copy.made).not.toBe(registered.made)')}
        ${expectFresh('./link', 'expect(copy.made).not.toBe(registered.made)')}
        test('a symlink is the real module', async () => {
          expect(await import('./link')).toBe(await import('./real'))
          expect((await importFresh('linked/sub')).made).not.toBe((await import('linked/sub')).made)
        })
      `),
    })
    const { mkdirSync, symlinkSync } = await import('node:fs')
    mkdirSync(`${app.dir}/node_modules`)
    symlinkSync('../packages/linked', `${app.dir}/node_modules/linked`)
    symlinkSync('./real.ts', `${app.dir}/src/link.ts`)
    const result = await app.run()
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 3 })
  })

  test('with preserveSymlinks a refusal still holds for the real file', async () => {
    const app = await vitestProject(host, {
      'src/real.ts': '/** @fresh-modules no-reimport: one of a kind */\nexport const made = {}',
      'src/a.test.ts': testFile(`
        test('the link is another id of the same file', async () => {
          await import('./real')
          await expect(importFresh('./link')).rejects.toMatchObject({ code: 'ERR_REIMPORT_REFUSED' })
        })
      `),
      'vitest.config.ts': configWith({ config: 'resolve: { preserveSymlinks: true }' }),
    })
    const { symlinkSync } = await import('node:fs')
    symlinkSync('./real.ts', `${app.dir}/src/link.ts`)
    const result = await app.run()
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1 })
  })

  test('an inlined package is fresh with its children, an externalised one says what to inline', async () => {
    const file = (inlined: boolean) =>
      testFile(`
        import * as graphql from 'graphql'
        test('graphql', async () => {
          ${
            inlined
              ? `
                const copy = await importFresh('graphql')
                expect(copy.GraphQLObjectType).not.toBe(graphql.GraphQLObjectType)
                expect(copy.GraphQLString).not.toBe(graphql.GraphQLString)
                const schema = copy.buildSchema('type Query { a: Int }')
                expect(copy.graphqlSync({ schema, source: '{ a }', rootValue: { a: 1 } }).data).toEqual({ a: 1 })
              `
              : `
                await expect(importFresh('graphql')).rejects.toMatchObject({ code: 'ERR_NOT_FRESH' })
                await expect(importFresh('graphql')).rejects.toThrow("server: { deps: { inline: ['graphql'] } }")
                await expect(importFresh(() => import('graphql'))).rejects.toMatchObject({ code: 'ERR_NOT_FRESH' })
              `
          }
        })
        test('schemas of the registered one execute', () => {
          const schema = graphql.buildSchema('type Query { a: Int }')
          expect(graphql.graphqlSync({ schema, source: '{ a }', rootValue: { a: 1 } }).data).toEqual({ a: 1 })
        })
      `)
    // What is known of graphql is turned off: this is about what the host can do.
    const options = '{ knownSingletons: false }'
    await passes(host, {
      'src/a.test.ts': file(true),
      'vitest.config.ts': configWith({ options, test: "server: { deps: { inline: ['graphql'] } }" }),
    })
    // In the vm pools nobody but Vitest can load what is externalised.
    await passes(host, {
      'src/a.test.ts': file(false),
      'vitest.config.ts': configWith({ options, test: "pool: 'vmThreads'" }),
    })
  })

  test('the remedy of ERR_NOT_FRESH, applied, works for scoped packages too', async () => {
    const files = {
      'node_modules/@scope/pkg/package.json':
        '{ "name": "@scope/pkg", "version": "1.0.0", "type": "module", "exports": { "./sub": "./sub.js" } }',
      'node_modules/@scope/pkg/sub.js': 'export const made = {}',
      'src/a.test.ts': testFile(expectFresh('@scope/pkg/sub', '')),
    }
    const app = await vitestProject(host, {
      ...files,
      'vitest.config.ts': configWith({ test: "pool: 'vmThreads'" }),
    })
    const { output } = await app.run()
    const remedy = /Add (server: \{ deps: \{ inline: \['[^']+'\] \} \})/.exec(output)?.[1]
    expect(remedy, output).toBe("server: { deps: { inline: ['@scope/pkg'] } }")
    app.write({ 'vitest.config.ts': configWith({ test: `pool: 'vmThreads', ${remedy}` }) })
    const mended = await app.run()
    expect(mended, mended.output).toMatchObject({ exitCode: 0, passed: 1 })
  })

  test('builtins, the framework and fresh-modules itself are refused', async () => {
    await passes(host, {
      'src/a.test.ts': testFile(`
        for (const name of ['node:fs', 'fs', 'node:test']) {
          test(name, async () => {
            await expect(importFresh(name)).rejects.toMatchObject({ code: 'ERR_REIMPORT_REFUSED' })
          })
        }
        for (const name of ['vitest', 'fresh-modules']) {
          test(name, async () => {
            await expect(importFresh(name)).rejects.toMatchObject({ code: 'ERR_NOT_FRESH' })
            await expect(importFresh(name)).rejects.toThrow(/Import it as usual/)
          })
        }
        test('what cannot be found fails as in a plain import', async () => {
          const errorOf = (promise: Promise<unknown>) => promise.then(() => undefined, (error) => error)
          const path: string = './nowhere'
          const plain = await errorOf(import(/* @vite-ignore */ path))
          const fresh = await errorOf(importFresh(path))
          expect(fresh.code).toBe('ERR_MODULE_NOT_FOUND')
          expect(fresh.message).toContain('nowhere')
          expect(fresh.constructor).toBe(plain.constructor)
          await expect(importFresh('no-such-package')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
        })
      `),
    })
  })

  test('a fresh copy may import and require externalised packages', async () => {
    await passes(host, {
      'node_modules/cjs/package.json': '{ "name": "cjs", "version": "1.0.0" }',
      'node_modules/cjs/index.js': 'exports.made = {}; exports.dep = require("./dep.js")',
      'node_modules/cjs/dep.js': 'exports.made = {}',
      'src/user.ts':
        "import cjs, { made } from 'cjs'\nimport React from 'react'\nexport { cjs, made, React }",
      'src/a.test.ts': testFile(`
        import React from 'react'
        import { made } from 'cjs'
        test('shared', async () => {
          const copy = await importFresh('./user')
          expect([copy.made, copy.cjs.made, copy.React]).toEqual([made, made, React])
          expect(copy.React).toBe(React)
          await expect(importFresh('./user', { blocked: ['cjs'] })).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
        })
      `),
    })
  })
})
