/**
 * Packages that a raw reset of the framework doubles, or whose importers register twice: what users see today, and what
 * they see with us. Each case is one test file that holds one copy and asks for another after the reset.
 */
import type { Framework } from '../harness/index.ts'
import type { FileTree } from '../harness/project.ts'
import type { Published } from './published.ts'

export interface DuplicateCase {
  readonly name: string
  /** Installed by the project itself. */
  readonly packages?: readonly Published[]
  readonly files: FileTree
  /** The test file. `RESET` stands for the framework's own reset. */
  readonly test: string
  /** What the plain framework shows for it, in whatever it prints. */
  readonly late: string | RegExp
  /** What our message says, apart from what all messages say. */
  readonly says: readonly (string | RegExp)[]
  /** What would be printed if the body of a second copy ran. */
  readonly body?: string
}

const react: DuplicateCase = {
  name: 'react',
  files: {
    'react/counter.js': `
      import { createElement, useState } from 'react'
      export const Counter = () => createElement('b', null, useState(41)[0] + 1)
    `,
  },
  test: `
    import { createElement } from 'react'
    import { renderToString } from 'react-dom/server'
    test('a hook', async () => {
      RESET
      const { Counter } = await import('./react/counter')
      expect(renderToString(createElement(Counter))).toBe('<b>42</b>')
    })
  `,
  late: /Cannot read properties of null \(reading 'useState'\)/,
  says: [
    'second copy of "react"',
    'set by known-singleton (react)',
    'seen as: Invalid hook call',
    'counter.js',
  ],
}

const graphql: DuplicateCase = {
  name: 'graphql',
  files: {
    'graphql/schema.js': `
      import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
      export const schema = new GraphQLSchema({
        query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString } } }),
      })
    `,
  },
  test: `
    import { printSchema } from 'graphql'
    test('a schema', async () => {
      RESET
      const { schema } = await import('./graphql/schema')
      expect(printSchema(schema)).toContain('hello: String')
    })
  `,
  late: /Cannot use GraphQL\w+ .*from another module or realm/,
  says: [
    'second copy of "graphql"',
    'set by known-singleton (graphql)',
    'seen as: from another module or realm',
    'schema.js',
  ],
}

const mongooseModel: FileTree = {
  'mongoose/user.js': `
    /** @fresh-modules no-reimport: compiles a model */
    import mongoose from 'mongoose'
    export const User = mongoose.model('User', new mongoose.Schema({ name: String }))
  `,
}

/** Jest doubles mongoose itself: the model is compiled in another one than the one that is connected. */
const mongooseDoubled: DuplicateCase = {
  name: 'mongoose',
  packages: ['mongoose'],
  files: {
    'mongoose/user.js': `
      import mongoose from 'mongoose'
      export const User = mongoose.model('User', new mongoose.Schema({ name: String }))
    `,
  },
  test: `
    import mongoose from 'mongoose'
    test('a model', async () => {
      RESET
      await import('./mongoose/user')
      if (mongoose.modelNames().length === 0) throw new Error('the model is gone')
    })
  `,
  late: 'the model is gone',
  says: ['second copy of "mongoose"', 'set by known-singleton (mongoose)', 'model once compiled', 'user.js'],
}

/** Vitest leaves mongoose to Node: the model is compiled a second time in the same one. */
const mongooseRegistered: DuplicateCase = {
  name: 'mongoose',
  packages: ['mongoose'],
  files: mongooseModel,
  test: `
    import { User } from './mongoose/user'
    test('a model', async () => {
      RESET
      expect((await import('./mongoose/user')).User).toBe(User)
    })
  `,
  late: 'Cannot overwrite `User` model once compiled',
  says: ['second copy of "', 'user.js"', 'set by module', 'compiles a model'],
}

/** Jest doubles prom-client itself: what is counted stands in a registry that nobody asks. */
const promClientDoubled: DuplicateCase = {
  name: 'prom-client',
  files: {
    'prom-client/metrics.js': `
      import { Counter } from 'prom-client'
      export const requests = new Counter({ name: 'requests_total', help: 'requests' })
    `,
  },
  test: `
    import { register } from 'prom-client'
    test('a metric', async () => {
      RESET
      const { requests } = await import('./prom-client/metrics')
      requests.inc()
      if (!(await register.metrics()).includes('requests_total 1')) throw new Error('the metric is gone')
    })
  `,
  late: 'the metric is gone',
  says: ['second copy of "prom-client"', 'set by known-singleton (prom-client)', 'metrics.js'],
}

/** Vitest leaves prom-client to Node: the same metric is registered twice. */
const promClientRegistered: DuplicateCase = {
  name: 'prom-client',
  files: {
    'prom-client/metrics.js': `
      /** @fresh-modules no-reimport: registers its counter in prom-client */
      import { Counter } from 'prom-client'
      export const requests = new Counter({ name: 'requests_total', help: 'requests' })
    `,
  },
  test: `
    import { requests } from './prom-client/metrics'
    test('a metric', async () => {
      RESET
      expect((await import('./prom-client/metrics')).requests).toBe(requests)
    })
  `,
  late: 'A metric with the name requests_total has already been registered',
  says: ['metrics.js"', 'set by module', 'registers its counter in prom-client'],
}

const yjs: DuplicateCase = {
  name: 'yjs',
  packages: ['yjs'],
  files: {
    'yjs/paragraph.js': `
      import * as Y from 'yjs'
      export const paragraph = () => new Y.Text('hello')
    `,
  },
  test: `
    import * as Y from 'yjs'
    test('a document', async () => {
      RESET
      const { paragraph } = await import('./yjs/paragraph')
      const document = new Y.Doc()
      document.getMap('page').set('text', paragraph())
      expect(document.getMap('page').get('text')).toBeInstanceOf(Y.Text)
    })
  `,
  late: /Unexpected content type|instance of/,
  says: ['second copy of "yjs"', 'set by known-singleton (yjs)', 'Yjs was already imported', 'paragraph.js'],
  body: 'Yjs was already imported. This breaks constructor checks',
}

const styledComponents: DuplicateCase = {
  name: 'styled-components',
  packages: ['styled-components'],
  files: {
    'styled-components/label.js': `
      import { useTheme } from 'styled-components'
      import { createElement } from 'react'
      export const Label = () => createElement('b', null, useTheme().name)
    `,
  },
  test: `
    import { createElement } from 'react'
    import { renderToString } from 'react-dom/server'
    import { ThemeProvider } from 'styled-components'
    test('a theme', async () => {
      RESET
      const { Label } = await import('./styled-components/label')
      const page = createElement(ThemeProvider, { theme: { name: 'dark' } }, createElement(Label))
      expect(renderToString(page)).toBe('<b>dark</b>')
    })
  `,
  late: /Accessing `useTheme` hook outside|reading 'useContext'/,
  says: [
    'second copy of "styled-components"',
    'set by known-singleton (styled-components)',
    "seen as: several instances of 'styled-components'",
    'label.js',
  ],
}

/** The API keeps its state on the global object: copies agree, and the second registration is dropped without a word. */
const openTelemetry: DuplicateCase = {
  name: '@opentelemetry/api',
  packages: ['@opentelemetry/api'],
  files: {
    'otel/tracing.js': `
      /** @fresh-modules no-reimport: registers the global tracer provider */
      import { trace } from '@opentelemetry/api'
      export const started = []
      const tracer = { startSpan: (name) => (started.push(name), { end() {} }) }
      trace.setGlobalTracerProvider({ getTracer: () => tracer })
    `,
    'otel/work.js': `
      import { trace } from '@opentelemetry/api'
      export const work = () => trace.getTracer('app').startSpan('work').end()
    `,
  },
  test: `
    import { started as before } from './otel/tracing'
    test('spans', async () => {
      RESET
      const { started } = await import('./otel/tracing')
      const { work } = await import('./otel/work')
      before.length = 0
      work()
      if (started.length === 0) throw new Error('the span is gone')
    })
  `,
  late: 'the span is gone',
  says: ['tracing.js"', 'set by module', 'registers the global tracer provider'],
}

/** A native addon: the wrapper patches classes of the addon, which is there once, and patches them again. */
const treeSitter: DuplicateCase = {
  name: 'tree-sitter',
  packages: ['tree-sitter', 'tree-sitter-json'],
  files: {
    'tree-sitter/parse.js': `
      import Parser from 'tree-sitter'
      import json from 'tree-sitter-json'
      const parser = new Parser()
      parser.setLanguage(json)
      export const parse = (text) => parser.parse(text)
    `,
  },
  test: `
    import { parse as first } from './tree-sitter/parse'
    test('a parser', async () => {
      expect(first('[1]').rootNode.toString()).toContain('(document')
      RESET
      const { parse } = await import('./tree-sitter/parse')
      expect(parse('[1]').rootNode.toString()).toContain('(document')
    })
  `,
  late: /Cannot read properties of undefined \(reading 'toString'\)|Illegal invocation/,
  says: ['second copy of "tree-sitter"', 'set by loader', 'its package loads', 'native addon', 'parse.js'],
}

export const resetCases: Readonly<Record<Exclude<Framework, 'node'>, readonly DuplicateCase[]>> = {
  jest: [
    react,
    graphql,
    mongooseDoubled,
    promClientDoubled,
    yjs,
    styledComponents,
    openTelemetry,
    treeSitter,
  ],
  vitest: [graphql, mongooseRegistered, promClientRegistered, yjs, styledComponents, openTelemetry],
}
