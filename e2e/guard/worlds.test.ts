/**
 * Tests that replace a whole world: a raw reset, and everything imported again. Nobody who stays holds the copies of the
 * world before, so nothing is doubled: green without us, and green with us, whatever is reset between tests. Where
 * somebody holds one, as loud as ever.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { describeNewestHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Host, RunResult } from '../harness/index.ts'
import { addPackage } from './published.ts'
import { fileOf, guardedApp, testFor } from './support.ts'

const COUNTER: FileTree = {
  'counter.js': `
    import { createElement, useState } from 'react'
    export const Counter = () => createElement('b', null, useState(41)[0] + 1)
  `,
}
const SCHEMA: FileTree = {
  'schema.js': `
    import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
    export const schema = new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString } } }),
    })
  `,
}

const DB: FileTree = { 'db.js': '/** @fresh-modules no-reimport: owns the pool */\nexport const pool = {}' }

/** A page that is made of one world. */
const RENDERED = `
  const render = () => {
    const { createElement } = require('react')
    const { renderToString } = require('react-dom/server')
    const { Counter } = require('./counter')
    return renderToString(createElement(Counter))
  }
`
const TWICE = (body: string) => `test.each([1, 2])('%i', ${body})`

/** By name: each file is green in Jest, and so it is with us. */
const JEST: Readonly<Record<string, string>> = {
  'a reset before each test': `
    let React, renderToString, Counter
    beforeEach(() => {
      jest.resetModules()
      React = require('react')
      renderToString = require('react-dom/server').renderToString
      Counter = require('./counter').Counter
    })
    ${TWICE("() => { expect(renderToString(React.createElement(Counter))).toBe('<b>42</b>') }")}
  `,
  'a reset before all tests of each suite': `
    ${RENDERED}
    describe.each(['one', 'two'])('%s', () => {
      let page
      beforeAll(() => { jest.resetModules(); page = render() })
      ${TWICE("() => { expect(page).toBe('<b>42</b>') }")}
    })
  `,
  'a world in isolation, in tests and while the file is collected': `
    ${RENDERED}
    let page
    const isolated = () => {
      jest.isolateModules(() => { page = render() })
      return page
    }
    const collected = [isolated(), isolated()]
    ${TWICE("() => { expect([...collected, isolated(), isolated()]).toEqual(Array(4).fill('<b>42</b>')) }")}
    test('while it waits', async () => {
      await jest.isolateModulesAsync(async () => { page = await import('./counter').then(render) })
      expect(page).toBe('<b>42</b>')
    })
  `,
  'a world in isolation next to one that the test has imported': `
    ${RENDERED}
    ${TWICE(`() => {
      let page
      expect(render()).toBe('<b>42</b>')
      jest.isolateModules(() => { page = render() })
      expect([page, render()]).toEqual(['<b>42</b>', '<b>42</b>'])
    }`)}
  `,
  'another NODE_ENV': `
    ${RENDERED}
    test.each(['production', 'development', 'test'])('%s', (env) => {
      const before = process.env.NODE_ENV
      process.env.NODE_ENV = env
      jest.resetModules()
      expect(render()).toBe('<b>42</b>')
      process.env.NODE_ENV = before
    })
  `,
  'a mock that is made of the original': `
    jest.mock('react', () => ({ ...jest.requireActual('react'), useDebugValue: 'mocked' }))
    let React
    beforeEach(() => { jest.resetModules(); React = require('react') })
    ${TWICE("() => { expect(React.useDebugValue).toBe('mocked'); expect(require('./counter').Counter).toBeDefined() }")}
  `,
  'a schema': `
    let graphql, schema
    beforeEach(() => {
      jest.resetModules()
      graphql = require('graphql')
      schema = require('./schema').schema
    })
    ${TWICE("() => { expect(graphql.printSchema(schema)).toContain('hello: String') }")}
  `,
}

const JEST_OPTION: Readonly<Record<string, string>> = {
  'the option resetModules': `
    ${RENDERED}
    ${TWICE("() => { expect(render()).toBe('<b>42</b>') }")}
    test('later', () => { expect(render()).toBe('<b>42</b>') })
  `,
}

const VITEST: Readonly<Record<string, string>> = {
  'a reset before each test': `
    let graphql, schema
    beforeEach(async () => {
      vi.resetModules()
      graphql = await import('graphql')
      schema = (await import('./schema')).schema
    })
    ${TWICE("() => { expect(graphql.printSchema(schema)).toContain('hello: String') }")}
  `,
  'resets in a test': `
    const print = async () => {
      const { printSchema } = await import('graphql')
      return printSchema((await import('./schema')).schema)
    }
    ${TWICE(`async () => {
      expect(await print()).toContain('hello: String')
      vi.resetModules()
      expect(await print()).toContain('hello: String')
    }`)}
  `,
  'a deleted require.cache': `
    import { createRequire } from 'node:module'
    const require = createRequire(import.meta.url)
    let React, renderToString
    beforeEach(() => {
      for (const file of Object.keys(require.cache)) if (/[\\\\/]react/.test(file)) delete require.cache[file]
      React = require('react')
      renderToString = require('react-dom/server').renderToString
    })
    ${TWICE(`() => {
      const Counter = () => React.createElement('b', null, React.useState(42)[0])
      expect(renderToString(React.createElement(Counter))).toBe('<b>42</b>')
    }`)}
  `,
  'a module that somebody else invalidates': `
    import { pool } from './db'
    const { evaluatedModules } = globalThis.__vitest_worker__
    ${TWICE(`async () => {
      const [node] = [...evaluatedModules.idToModuleMap.values()].filter(({ id }) => id.endsWith('/db.js'))
      evaluatedModules.invalidateModule(node)
      expect((await import('./db')).pool).toBeDefined()
      evaluatedModules.invalidateModule(node)
    }`)}
  `,
  'a module that somebody has invalidated in the file before': `
    import { pool } from './db'
    test('is there', () => { expect(pool).toBeDefined() })
  `,
}

/** By name: somebody who stays holds the first copy, so that the second one is refused. */
const HELD: Readonly<Record<string, string>> = {
  'a static import, and a component of another world': `
    import { createElement } from 'react'
    import { renderToString } from 'react-dom/server'
    test('a hook', () => {
      let Counter
      jest.isolateModules(() => { Counter = require('./counter').Counter })
      expect(renderToString(createElement(Counter))).toBe('<b>42</b>')
    })
  `,
  'a static import of what imports it': `
    import { Counter } from './counter'
    test('a hook', () => {
      expect(Counter).toBeDefined()
      jest.resetModules()
      require('react')
    })
  `,
  'what ran while the file was collected': `
    describe('a suite', () => {
      const { Counter } = require('./counter')
      test('a hook', () => {
        jest.resetModules()
        expect(require('react-dom/server').renderToString(require('react').createElement(Counter))).toBe('<b>42</b>')
      })
    })
  `,
}

const fileNamed = (name: string): string => `${name.replaceAll(/\W+/g, '-')}.test.js`

async function run(
  host: Host,
  cases: Readonly<Record<string, string>>,
  app: { readonly options?: string; readonly config?: string; readonly files?: FileTree },
): Promise<RunResult> {
  const { files, ...rest } = app
  const tests = Object.entries(cases).map(([name, body]) => [fileNamed(name), testFor(host, body)])
  const project = await guardedApp(host, {
    files: { ...COUNTER, ...SCHEMA, ...DB, ...files, ...Object.fromEntries(tests) },
    ...rest,
  })
  await addPackage(project, 'graphql')
  return project.run()
}

const WAYS = ['plain', "{ resetBetween: 'tests' }", "{ resetBetween: 'files' }", "{ resetBetween: 'never' }"]

describeNewestHosts('jest', (host) => {
  describe.each(WAYS)('with the options %s', (options) => {
    let result: RunResult
    let byOption: RunResult
    beforeAll(async () => {
      result = await run(host, JEST, { options })
      byOption = await run(host, JEST_OPTION, { options, config: 'resetModules: true' })
    }, 240_000)

    test.each([...Object.keys(JEST), ...Object.keys(JEST_OPTION)])('%s is green', (name) => {
      const { status, text } = fileOf(name in JEST ? result : byOption, fileNamed(name))
      expect(status, text).toBe('passed')
      expect(result.output).not.toContain('[fresh-modules]')
    })
  })

  describe('who holds a copy', () => {
    let result: RunResult
    let bySetup: RunResult
    beforeAll(async () => {
      result = await run(host, HELD, {})
      bySetup = await run(
        host,
        { 'a setup file': "test('react', () => { jest.resetModules(); require('react') })" },
        {
          files: { 'setup.js': "require('react-dom/server')" },
          config: "setupFilesAfterEnv: ['<rootDir>/setup.js']",
        },
      )
    }, 240_000)

    test.each([...Object.keys(HELD), 'a setup file'])('%s', (name) => {
      const { status, text } = fileOf(name in HELD ? result : bySetup, fileNamed(name))
      expect(status, text).toBe('failed')
      expect(text).toContain('Failed to evaluate a second copy of "react"')
    })
  })
})

describeNewestHosts('vitest', (host) => {
  const INLINE = "server: { deps: { inline: ['graphql'] } }"
  const SHARED = `${INLINE}, isolate: false, fileParallelism: false, maxWorkers: 1`

  describe.each([
    ['in a worker for each file', INLINE],
    ['in a shared worker', SHARED],
  ])('%s', (_, config) => {
    describe.each(WAYS)('with the options %s', (options) => {
      let result: RunResult
      beforeAll(async () => {
        // A file that holds all of it runs first.
        const held = "import { schema } from './schema'\ntest('held', () => { expect(schema).toBeDefined() })"
        result = await run(host, { 'a file before': held, ...VITEST }, { options, config })
      }, 240_000)

      test.each(Object.keys(VITEST))('%s is green', (name) => {
        const { status, text } = fileOf(result, fileNamed(name))
        expect(status, text).toBe('passed')
        expect(result.output).not.toContain('[fresh-modules]')
      })
    })
  })

  test('what a package that Node keeps has required is held', async () => {
    const body = `
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      test('react', () => {
        require('react-dom')
        delete require.cache[require.resolve('react')]
        require('react')
      })
    `
    const result = await run(host, { one: body }, {})
    const { status, text } = fileOf(result, 'one.test.js')
    expect(status, text).toBe('failed')
    expect(text).toContain('Failed to evaluate a second copy of "react"')
    expect(text).toContain('Its entry was deleted from require.cache')
  })
})
