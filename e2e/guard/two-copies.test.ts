/**
 * Two copies of a package from the start, without any reset: of two places, two versions, two builds, two loaders. Late
 * and odd without us. With us the failure says of what it comes; at the import, where somebody has marked the package;
 * and what is said mends it.
 */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeNewestHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Framework, Host, Project } from '../harness/index.ts'
import { addPackage, type Published } from './published.ts'
import { configOf, fileOf, guardedApp, testFor } from './support.ts'

interface Config {
  /** Fields of Vitest's `test` or of Jest's config. */
  readonly config?: string
  /** Fields of Vitest's config other than `test`. */
  readonly vite?: string
}

interface TwoCopies {
  readonly name: string
  readonly package: string
  /** Whether nobody but the table of known singletons says that there may be one copy. */
  readonly isOnlyKnown?: false
  readonly framework?: Framework
  readonly files: FileTree
  /** Folder -> the package that is copied into it: `packages/ui/node_modules/react`. */
  readonly install: readonly { readonly name: Published; readonly into?: string; readonly as?: string }[]
  readonly test: string
  readonly before?: Config
  readonly late: RegExp
  readonly body?: string
  /** Parts of our message other than those that all have; `$DIR` is the project. */
  readonly says: readonly string[]
  /** The remedy, as the message says it, and applied. */
  mend(host: Host, app: Project): { readonly says: string; readonly apply: Config | (() => void) }
}

const schemaIn = (imports: string, exported: string) => `
  ${imports}
  ${exported} new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString } } }),
  })
`
const esmSchema = schemaIn(
  "import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'",
  'export const schema =',
)
const cjsSchema = schemaIn(
  "const { GraphQLObjectType, GraphQLSchema, GraphQLString } = require('graphql')",
  'exports.schema =',
)
const printed = (from: string) => `
  import { printSchema } from 'graphql'
  test('a schema', async () => {
    const { schema } = await import('${from}')
    expect(printSchema(schema)).toContain('hello: String')
  })
`
const ANOTHER_REALM = /Cannot use GraphQL\w+ .*from another module or realm/

function mapTo(name: string) {
  return ({ framework }: Host) =>
    framework === 'vitest'
      ? {
          says: `Add resolve: { dedupe: ['${name}'] } to the config`,
          apply: { vite: `resolve: { dedupe: ['${name}'] }` },
        }
      : {
          says: `moduleNameMapper: { '^${name}$': require.resolve('${name}') }`,
          apply: { config: `moduleNameMapper: { '^${name}$': require.resolve('${name}') }` },
        }
}

const cases: readonly TwoCopies[] = [
  {
    name: 'react, by a linked package that has its own',
    package: 'react',
    files: {
      'packages/ui/package.json': '{ "name": "ui" }',
      'packages/ui/counter.js': `
        import { createElement, useState } from 'react'
        export const Counter = () => createElement('b', null, useState(41)[0] + 1)
      `,
    },
    install: [{ name: 'react', into: 'packages/ui/node_modules' }],
    test: `
      import { createElement } from 'react'
      import { renderToString } from 'react-dom/server'
      test('a hook', async () => {
        const { Counter } = await import('./packages/ui/counter')
        expect(renderToString(createElement(Counter))).toBe('<b>42</b>')
      })
    `,
    late: /Cannot read properties of null \(reading 'useState'\)/,
    says: [
      'It is installed in two places',
      '$DIR/packages/ui/node_modules/react',
      '$DIR/packages/ui/counter.js <- $DIR/one.test.js',
    ],
    mend: mapTo('react'),
  },
  {
    name: 'graphql, the same version installed twice',
    package: 'graphql',
    files: { 'packages/api/package.json': '{ "name": "api" }', 'packages/api/schema.js': esmSchema },
    install: [{ name: 'graphql', into: 'packages/api/node_modules' }],
    test: printed('./packages/api/schema'),
    late: ANOTHER_REALM,
    says: ['It is installed in two places', '$DIR/packages/api/node_modules/graphql'],
    mend: mapTo('graphql'),
  },
  {
    name: 'yjs, in two versions',
    package: 'yjs',
    files: {
      'packages/editor/package.json': '{ "name": "editor" }',
      'packages/editor/text.js': "import * as Y from 'yjs'\nexport const text = () => new Y.Text('hello')",
    },
    install: [{ name: 'yjs' }, { name: 'yjs135', as: 'yjs', into: 'packages/editor/node_modules' }],
    test: `
      import * as Y from 'yjs'
      test('a document', async () => {
        const { text } = await import('./packages/editor/text')
        const document = new Y.Doc()
        document.getMap('page').set('text', text())
        expect(document.getMap('page').get('text')).toBeInstanceOf(Y.Text)
      })
    `,
    late: /Unexpected content type|instance of/,
    body: 'Yjs was already imported. This breaks constructor checks',
    says: [
      'Two versions are installed: 13.6.',
      'in $DIR/node_modules/yjs, and 13.5.',
      'in $DIR/packages/editor/node_modules/yjs',
    ],
    mend: (_, app) => ({
      says: 'Align the dependency on "yjs" so that one version is installed (npm ls yjs shows who wants which).',
      apply: () => rmSync(join(app.dir, 'packages/editor/node_modules'), { recursive: true }),
    }),
  },
  {
    name: 'graphql, its ESM build in a test and its CommonJS build in a package',
    package: 'graphql',
    framework: 'vitest',
    files: {
      'node_modules/schema-lib/package.json': '{ "name": "schema-lib", "version": "1.0.0" }',
      'node_modules/schema-lib/index.js': cjsSchema,
    },
    install: [{ name: 'graphql' }],
    test: printed('schema-lib'),
    late: ANOTHER_REALM,
    says: [
      'One copy is the ES module build, the other the CommonJS build',
      'node_modules/graphql/index.mjs, imported by $DIR/one.test.js',
      'node_modules/graphql/index.js, imported by $DIR/node_modules/schema-lib/index.js <- $DIR/one.test.js',
    ],
    mend: (_, app) => {
      const alias = `resolve: { alias: [{ find: /^graphql$/, replacement: '${app.dir}/node_modules/graphql/index.js' }] }`
      return { says: alias, apply: { vite: alias } }
    },
  },
  {
    name: 'graphql, inlined for a test and left to Node for an ES module package',
    package: 'graphql',
    framework: 'vitest',
    files: {
      'node_modules/schema-lib/package.json':
        '{ "name": "schema-lib", "version": "1.0.0", "type": "module", "main": "index.js" }',
      'node_modules/schema-lib/index.js': esmSchema,
    },
    install: [{ name: 'graphql' }],
    test: printed('schema-lib'),
    before: { config: "server: { deps: { inline: ['graphql'] } }" },
    late: ANOTHER_REALM,
    says: ["One copy is loaded by Vitest's module runner, the other by Node's loader", 'schema-lib/index.js'],
    mend: () => ({
      says: "test: { server: { deps: { inline: ['graphql', 'schema-lib'] } } }",
      apply: { config: "server: { deps: { inline: ['graphql', 'schema-lib'] } }" },
    }),
  },
  {
    name: 'graphql, inlined for a test and left to Node for a CommonJS package',
    package: 'graphql',
    framework: 'vitest',
    files: {
      'node_modules/schema-lib/package.json': '{ "name": "schema-lib", "version": "1.0.0" }',
      'node_modules/schema-lib/index.js': cjsSchema,
    },
    install: [{ name: 'graphql' }],
    test: printed('schema-lib'),
    before: { config: "server: { deps: { inline: ['graphql'] } }" },
    late: ANOTHER_REALM,
    says: ["One copy is loaded by Vitest's module runner, the other by Node's loader", 'schema-lib/index.js'],
    mend: (_, app) => {
      const alias = `resolve: { alias: [{ find: /^graphql$/, replacement: '${app.dir}/node_modules/graphql/index.js' }] }`
      return { says: alias, apply: { config: "server: { deps: { inline: ['graphql'] } }", vite: alias } }
    },
  },
  {
    name: 'a native addon, whose entry in require.cache was deleted',
    package: 'tree-sitter',
    isOnlyKnown: false,
    framework: 'vitest',
    files: {},
    install: [{ name: 'tree-sitter' }, { name: 'tree-sitter-json' }],
    test: `
      import { createRequire } from 'node:module'
      import Parser from 'tree-sitter'
      import json from 'tree-sitter-json'
      const require = createRequire(import.meta.url)
      test('a parser', () => {
        if (!process.env.MENDED) delete require.cache[require.resolve('tree-sitter')]
        const Again = require('tree-sitter')
        const parser = new Again()
        parser.setLanguage(json)
        expect(parser.parse('[1]').rootNode.toString()).toContain('(document')
        expect(Again).toBe(Parser)
      })
    `,
    late: /Cannot read properties of undefined \(reading 'toString'\)|Illegal invocation/,
    says: ['set by loader', 'native addon', 'Its entry was deleted from require.cache'],
    mend: () => ({ says: 'Leave the entry there.', apply: { config: "env: { MENDED: 'yes' }" } }),
  },
]

async function appOf(host: Host, one: TwoCopies, options?: string): Promise<Project> {
  const app = await guardedApp(host, {
    files: { ...one.files, 'one.test.js': testFor(host, one.test) },
    ...(options === undefined ? {} : { options }),
    ...one.before,
  })
  for (const { name, ...where } of one.install) await addPackage(app, name, where)
  return app
}

describeNewestHosts(['vitest', 'jest'], (host) => {
  describe.each(cases.filter(({ framework = host.framework }) => framework === host.framework))(
    '$name',
    (one) => {
      test('the plain framework fails late', async () => {
        const result = await (await appOf(host, one, 'plain')).run()
        const { status, text } = fileOf(result, 'one.test.js')
        expect(status, result.output).toBe('failed')
        expect(text).toMatch(one.late)
        if (one.body !== undefined) expect(result.output).toContain(one.body)
      })

      const isOnlyKnown = one.isOnlyKnown !== false

      test.runIf(isOnlyKnown)(
        'ours says under that failure of what it comes, and tells of it once',
        async () => {
          const app = await appOf(host, one)
          const result = await app.run()
          const { status, text } = fileOf(result, 'one.test.js')
          expect(status, result.output).toBe('failed')
          expect(text).toMatch(one.late)
          for (const part of one.says) expect(text).toContain(part.replaceAll('$DIR', app.dir))
          expect(text).toContain(`This test ran with two copies of "${one.package}"`)
          expect(text).toContain(one.mend(host, app).says)
          expect(text).toContain(`{ match: '${one.package}', allowReimport: false }`)
          expect(result.output.split('[fresh-modules] ')).toHaveLength(2)
          expect(result.output).toContain(`[fresh-modules] Two copies of "${one.package}" are loaded: `)
        },
      )

      test('where it is marked ours fails at the import, says what to know, and what it says makes it pass', async () => {
        const marked = isOnlyKnown ? `{ specs: [{ match: '${one.package}', allowReimport: false }] }` : ''
        const app = await appOf(host, one, marked)
        const result = await app.run()
        const { status, text } = fileOf(result, 'one.test.js')
        expect(status, result.output).toBe('failed')
        const remedy = one.mend(host, app)
        expect(text).toContain(`Failed to evaluate a second copy of "${one.package}"`)
        for (const part of one.says) expect(text).toContain(part.replaceAll('$DIR', app.dir))
        expect(text).toContain(remedy.says)
        expect(text).not.toMatch(one.late)
        if (one.body !== undefined) expect(result.output).not.toContain(one.body)

        if (typeof remedy.apply === 'function') remedy.apply()
        else app.write(configOf(host, marked, remedy.apply.config, remedy.apply.vite))
        const mended = await app.run()
        expect(mended, mended.output).toMatchObject({ exitCode: 0, failed: 0, passed: 1 })
      })
    },
  )

  /** As msw's own suite has graphql: the tests use one copy, the source the other, and nothing passes between them. */
  describe('two copies that are used apart', () => {
    const SHARED = 'isolate: false, fileParallelism: false, maxWorkers: 1'
    const own = (name: string) => `
      const { parse, print } = require('graphql')
      exports.${name} = (text) => print(parse(text))
    `
    const files: FileTree = {
      'node_modules/queries/package.json': '{ "name": "queries", "version": "1.0.0" }',
      'node_modules/queries/index.js': own('normal'),
    }
    const apart = `
      import { parse } from 'graphql'
      import { normal } from 'queries'
      test.each([1, 2])('%i', () => {
        expect(parse('{ a }').kind).toBe('Document')
        expect(normal('{a}').trim()).toContain('a')
      })
      test('later', async () => { expect((await import('queries')).normal).toBeDefined() })
    `
    async function run(config: string, options?: string) {
      const tests = { 'one.test.js': testFor(host, apart), 'two.test.js': testFor(host, apart) }
      const app = await guardedApp(host, {
        files: { ...files, ...tests },
        config,
        ...(options === undefined ? {} : { options }),
      })
      await addPackage(app, 'graphql')
      // Jest requires one build everywhere: there it is another place.
      if (host.framework === 'jest')
        await addPackage(app, 'graphql', { into: 'node_modules/queries/node_modules' })
      return app.run()
    }

    test.each(host.framework === 'jest' ? ['', 'maxWorkers: 2'] : ['', SHARED])(
      'are green as without us, and told once in a run: %s',
      async (config) => {
        const plain = await run(config, 'plain')
        expect(plain, plain.output).toMatchObject({ exitCode: 0, passed: 6 })
        const result = await run(config)
        expect(result, result.output).toMatchObject({ exitCode: 0, passed: 6 })
        expect(result.output.match(/^.*\[fresh-modules\] .*$/gm)).toEqual([
          expect.stringContaining('[fresh-modules] Two copies of "graphql" are loaded: '),
        ])
      },
    )

    test.runIf(host.framework === 'vitest')(
      'are explained where the test file cannot be loaded',
      async () => {
        const app = await guardedApp(host, {
          files: {
            'node_modules/queries/package.json': '{ "name": "queries", "version": "1.0.0" }',
            'node_modules/queries/index.js': "exports.text = require('graphql').GraphQLString",
            'one.test.js': testFor(
              host,
              `
              import { GraphQLList, isType } from 'graphql'
              import { text } from 'queries'
              if (!isType(text)) throw new Error('no type')
              test('never', () => {})
            `,
            ),
          },
        })
        await addPackage(app, 'graphql')
        const result = await app.run()
        expect(fileOf(result, 'one.test.js').status, result.output).toBe('failed')
        expect(result.output).toContain('This test ran with two copies of "graphql"')
      },
    )

    test('are refused where a rule says that there may be one', async () => {
      const result = await run('', "{ specs: [{ match: 'graphql', allowReimport: false }] }")
      expect(result, result.output).toMatchObject({ passed: 0 })
      expect(result.output).toContain('Failed to evaluate a second copy of "graphql"')
    })
  })

  test('a workspace package by an alias to its source and by its name to its build', async () => {
    const linked = await guardedApp(host, {
      files: {
        'packages/reg/package.json': '{ "name": "reg", "version": "1.0.0", "main": "./dist/index.js" }',
        'packages/reg/src/index.ts': 'export const registry: Map<string, unknown> = new Map()',
        'packages/reg/dist/index.js': 'export const registry = new Map()',
        'one.test.js': testFor(
          host,
          "import { registry } from '@reg'\ntest('the source', () => expect(registry.size).toBe(0))",
        ),
        'two.test.js': testFor(
          host,
          "import '@reg'\nimport { registry } from 'reg'\ntest('both', () => expect(registry.size).toBe(0))",
        ),
      },
      config:
        host.framework === 'jest'
          ? "moduleNameMapper: { '^@reg$': '<rootDir>/packages/reg/src/index.ts' }"
          : '',
      vite: "resolve: { alias: { '@reg': new URL('./packages/reg/src/index.ts', import.meta.url).pathname } }",
      options: "{ specs: [{ match: 'reg', allowReimport: false, across: 'file', reason: 'one registry' }] }",
    })
    mkdirSync(join(linked.dir, 'node_modules'), { recursive: true })
    symlinkSync(join(linked.dir, 'packages/reg'), join(linked.dir, 'node_modules/reg'))
    const result = await linked.run()
    expect(fileOf(result, 'one.test.js').status, result.output).toBe('passed')
    const { status, text } = fileOf(result, 'two.test.js')
    expect(status, result.output).toBe('failed')
    expect(text).toContain('one registry')
    expect(text).toMatch(/First copy: {2}.*packages\/reg\/src\/index\.ts/)
    expect(text).toMatch(/Second copy: .*packages\/reg\/dist\/index\.js/)
    expect(text).toContain('One copy is of its source, the other of what was built of it.')
  })
})
