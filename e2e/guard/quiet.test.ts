/** Healthy trees stay quiet, and what looks like a second copy without being one. */
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Host, Project, RunResult } from '../harness/index.ts'
import { addPackage } from './published.ts'
import { fileOf, guardedApp, testFor } from './support.ts'

/** A package as it would be installed, by its entry. */
const installed = (name: string, index: string, manifest: object = {}): FileTree => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    version: '1.0.0',
    main: 'index.js',
    ...manifest,
  }),
  [`node_modules/${name}/index.js`]: index,
})

/** A CommonJS entry over which there is an ES module one, as typeorm has it; it must be there once. */
const dual: FileTree = {
  ...installed('dual', "exports.state = { count: 0 }\nexports.parts = require('./parts.js')", {
    exports: { '.': { import: './index.mjs', require: './index.js' } },
    freshModules: { allowReimport: false, reason: 'one state' },
  }),
  'node_modules/dual/parts.js': 'exports.part = {}',
  'node_modules/dual/index.mjs': "import dual from './index.js'\nexport const { state, parts } = dual",
  ...installed('uses-dual', "exports.state = require('dual').state"),
}

const files: FileTree = {
  ...installed('old-zod', "exports.schema = require('zod').z.object({ a: require('zod').z.string() })"),
  ...installed('old-typebox', "exports.schema = require('@sinclair/typebox').Type.String()"),
  ...installed(
    'old-graphql',
    "const g = require('graphql'); exports.print = (text) => g.print(g.parse(text))",
  ),
  ...dual,
  'packages/shared/package.json': '{ "name": "@app/shared", "version": "1.0.0", "main": "index.js" }',
  'packages/shared/index.js': `
    import { createElement, useState } from 'react'
    export const state = { count: 0 }
    export const Counter = () => createElement('b', null, useState(1)[0])
  `,
  'shared-again.js': "export { state } from './packages/shared/index.js'",
  'db.js':
    '/** @fresh-modules no-reimport: owns the pool */\nexport const pool = { real: true }\nexport const query = () => 1',
  'uses-db.js': "export { pool, query } from './db'",
  'pool.js': '/** @fresh-modules no-reimport: owns the pool */\nexport const query = () => 1',
  'uses-pool.js': "export { query } from './pool'",
  'common.cjs': '/** @fresh-modules no-reimport: one */\nexports.state = {}',
}

const tests: Readonly<Record<string, string>> = {
  'two versions of zod, of typebox and of graphql, each used by its own importers': `
    import { Type } from '@sinclair/typebox'
    import { parse, print } from 'graphql'
    import { z } from 'zod'
    import * as oldGraphql from 'old-graphql'
    import * as oldTypebox from 'old-typebox'
    import * as oldZod from 'old-zod'
    test.each([1, 2])('%i', () => {
      expect(z.object({ a: z.string() }).parse({ a: 'x' })).toEqual({ a: 'x' })
      expect(oldZod.schema.parse({ a: 'x' })).toEqual({ a: 'x' })
      expect(oldZod.schema).not.toBeInstanceOf(z.ZodObject)
      expect(Type.String().type).toBe(oldTypebox.schema.type)
      expect(oldGraphql.print('{ a }').trim()).toBe(print(parse('{ a }')))
    })
  `,
  'a linked package, by its name and by its path': `
    import { createElement } from 'react'
    import { renderToString } from 'react-dom/server'
    import { Counter, state } from '@app/shared'
    import { state as again } from './shared-again'
    test.each([1, 2])('%i', () => {
      expect(again).toBe(state)
      expect(state.count++).toBe(0)
      expect(renderToString(createElement(Counter))).toBe('<b>1</b>')
    })
  `,
  'an ES module entry over the CommonJS build of a package': `
    import * as dual from 'dual'
    import * as user from 'uses-dual'
    test('once', () => { expect(user.state).toBe(dual.state) })
  `,
  'the other way round': `
    import * as user from 'uses-dual'
    test('once', async () => { expect(user.state).toBe((await import('dual')).state) })
  `,
  'an allowed unload, then an import': `
    import { unload } from 'fresh-modules'
    test('another', async () => {
      const first = await import('./db')
      await unload('./db')
      expect((await import('./db')).pool).not.toBe(first.pool)
    })
  `,
  'helpers on what uses a refusing module': `
    import { importFresh, reloadInPlace, withUnloaded } from 'fresh-modules'
    import { pool } from './db'
    import * as user from './uses-db'
    test('shared', async () => {
      expect((await importFresh('./uses-db')).pool).toBe(pool)
      expect((await importFresh('./uses-db', { fresh: 'imports' })).pool).toBe(pool)
      await reloadInPlace('./uses-db')
      expect(user.pool).toBe(pool)
      await withUnloaded('./uses-db', async () => { expect((await import('./uses-db')).pool).toBe(pool) })
      await withUnloaded('./uses-db', async () => { await reloadInPlace('./uses-db') })
    })
  `,
  'a mock with a factory, next to the original': `
    import * as real from './db'
    import { pool } from './uses-db'
    MOCK.mock('./db', () => ({ pool: { mocked: true }, query: () => 2 }))
    test('mocked', async () => {
      expect(pool).toEqual({ mocked: true })
      expect(real.pool).toEqual({ mocked: true })
      const ACTUAL
      expect(actual.pool).toEqual({ real: true })
      RESET
      expect((await import('./uses-db')).pool).toEqual({ mocked: true })
    })
  `,
  'an automock': `
    import { query } from './uses-pool'
    MOCK.mock('./pool')
    test('mocked', async () => {
      expect(MOCK.isMockFunction(query)).toBe(true)
      RESET
      expect(MOCK.isMockFunction((await import('./uses-pool')).query)).toBe(true)
    })
  `,
  'the data of a package': `
    import { createRequire } from 'node:module'
    import 'graphql'
    test('read', async () => {
      const require = createRequire(__filename)
      RESET
      expect(require('graphql/package.json').name).toBe('graphql')
      expect((await import('graphql/package.json')).default.name).toBe('graphql')
    })
  `,
}

const vitestOnly: Readonly<Record<string, string>> = {
  'a CommonJS file by require and by import': `
    import { createRequire } from 'node:module'
    test('one', async () => {
      const require = createRequire(import.meta.url)
      const required = require('./common.cjs')
      const url = new URL('./common.cjs', import.meta.url).href
      expect((await import(/* @vite-ignore */ url)).state).toBeDefined()
      expect(required.state).toBeDefined()
    })
  `,
  'packages that Node keeps, after a raw reset': `
    import { createElement, useState } from 'react'
    import { renderToString } from 'react-dom/server'
    import { register } from 'prom-client'
    import { print } from 'graphql'
    test('the same', async () => {
      RESET
      expect((await import('react')).useState).toBe(useState)
      expect((await import('prom-client')).register).toBe(register)
      expect((await import('graphql')).print).toBe(print)
    })
  `,
}

/** With everything inlined: entries of CommonJS packages are evaluated again, what is behind them is not. */
const inlined: Readonly<Record<string, string>> = {
  'entries of inlined CommonJS packages': `
    import { createElement, useState } from 'react'
    import { renderToString } from 'react-dom/server'
    import { register } from 'prom-client'
    import mongoose from 'mongoose'
    test('hand out the same', async () => {
      RESET
      expect((await import('react')).useState).toBe(useState)
      expect((await import('react-dom/server')).renderToString).toBe(renderToString)
      expect((await import('prom-client')).register).toBe(register)
      expect((await import('mongoose')).default.connection).toBe(mongoose.connection)
      const Counter = () => createElement('b', null, useState(1)[0])
      expect(renderToString(createElement(Counter))).toBe('<b>1</b>')
    })
  `,
}

const fileNamed = (name: string): string => `${name.replaceAll(/\W+/g, '-')}.test.js`

async function appWith(host: Host, cases: Readonly<Record<string, string>>, parts: object): Promise<Project> {
  const actual = host.framework === 'vitest' ? "await vi.importActual('./db')" : "jest.requireActual('./db')"
  const written = Object.entries(cases).map(([name, body]) => {
    const text = testFor(host, body).replace('const ACTUAL', `const actual = ${actual}`)
    const filename = host.framework === 'vitest' ? 'import.meta.filename' : '__filename'
    return [fileNamed(name), text.replaceAll('__filename', filename)]
  })
  const app = await guardedApp(host, { files: { ...files, ...Object.fromEntries(written) }, ...parts })
  for (const name of ['zod', '@sinclair/typebox', 'graphql', 'mongoose'] as const) await addPackage(app, name)
  await addPackage(app, 'zod3', { into: 'node_modules/old-zod/node_modules', as: 'zod' })
  await addPackage(app, 'typebox33', {
    into: 'node_modules/old-typebox/node_modules',
    as: '@sinclair/typebox',
  })
  await addPackage(app, 'graphql15', { into: 'node_modules/old-graphql/node_modules', as: 'graphql' })
  const scope = join(app.dir, 'node_modules/@app')
  app.write({ 'node_modules/@app/.keep': '' })
  symlinkSync('../../packages/shared', join(scope, 'shared'), 'dir')
  return app
}

describeHosts(['vitest', 'jest'], (host) => {
  const all = host.framework === 'vitest' ? { ...tests, ...vitestOnly } : tests
  const modes: readonly (readonly [string, typeof tests, object])[] = [
    ['as it is', all, {}],
    ...(host.framework === 'jest'
      ? []
      : ([
          ['with isolate: false', all, { config: 'isolate: false, maxWorkers: 1, fileParallelism: false' }],
          ['in a vm pool', all, { config: "pool: 'vmThreads'" }],
          ['with everything inlined', inlined, { config: 'server: { deps: { inline: true } }' }],
          [
            'with the dependency optimizer on',
            all,
            {
              config: `deps: { optimizer: {
                ssr: { enabled: true, include: ['graphql', 'react', 'react-dom/server', 'zod', '@sinclair/typebox'] },
                client: { enabled: true },
              } }`,
            },
          ],
        ] as const)),
  ]

  describe.each(modes)('%s', (_, cases, parts) => {
    let result: RunResult
    beforeAll(async () => {
      result = await (await appWith(host, cases, parts)).run()
    }, 240_000)

    test.each(Object.keys(cases))('%s', (name) => {
      const { status, text } = fileOf(result, fileNamed(name))
      expect(text).not.toContain('second copy')
      expect(status, text).toBe('passed')
      expect(result.output).not.toContain('[fresh-modules]')
    })
  })
})
