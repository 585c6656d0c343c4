/**
 * Two copies of a package from the start, without any reset: of two places, two versions, two builds, two loaders. Late
 * and odd without us, at the import with us, and mended as the message says.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Framework, Host, Project } from '../harness/index.ts'
import { addPackage, type Published } from './published.ts'
import { configOf, fileOf, guardedApp, testFor } from './support.ts'

interface Config {
  /** Fields of Vitest's `test` or of Jest's config. */
  readonly config?: string
  /** Fields of Vitest's config beside `test`. */
  readonly vite?: string
}

interface TwoCopies {
  readonly name: string
  readonly framework?: Framework
  readonly files: FileTree
  /** Folder -> the package that is copied into it: `packages/ui/node_modules/react`. */
  readonly install: readonly { readonly name: Published; readonly into?: string; readonly as?: string }[]
  readonly test: string
  readonly before?: Config
  readonly late: RegExp
  readonly body?: string
  /** Parts of our message; `$DIR` is the project. */
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
      'second copy of "react"',
      'seen as: Invalid hook call',
      'It is installed in two places',
      '$DIR/packages/ui/node_modules/react',
      '$DIR/packages/ui/counter.js <- $DIR/one.test.js',
    ],
    mend: mapTo('react'),
  },
  {
    name: 'graphql, the same version installed twice',
    files: { 'packages/api/package.json': '{ "name": "api" }', 'packages/api/schema.js': esmSchema },
    install: [{ name: 'graphql', into: 'packages/api/node_modules' }],
    test: printed('./packages/api/schema'),
    late: ANOTHER_REALM,
    says: [
      'second copy of "graphql"',
      'It is installed in two places',
      '$DIR/packages/api/node_modules/graphql',
    ],
    mend: mapTo('graphql'),
  },
  {
    name: 'yjs, in two versions',
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
      'second copy of "yjs"',
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
    says: [
      'second copy of "tree-sitter"',
      'set by loader',
      'native addon',
      'Its entry was deleted from require.cache',
    ],
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

describeHosts(['vitest', 'jest'], (host) => {
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

      test('ours fails at the import, says what to know, and what it says makes it pass', async () => {
        const app = await appOf(host, one)
        const result = await app.run()
        const { status, text } = fileOf(result, 'one.test.js')
        expect(status, result.output).toBe('failed')
        const remedy = one.mend(host, app)
        for (const part of one.says) expect(text).toContain(part.replaceAll('$DIR', app.dir))
        expect(text).toContain(remedy.says)
        expect(text).not.toMatch(one.late)
        if (one.body !== undefined) expect(result.output).not.toContain(one.body)

        if (typeof remedy.apply === 'function') remedy.apply()
        else app.write(configOf(host, '', remedy.apply.config, remedy.apply.vite))
        const mended = await app.run()
        expect(mended, mended.output).toMatchObject({ exitCode: 0, failed: 0, passed: 1 })
      })
    },
  )
})
