/** Whatever way leads to a second copy, the guard stands there, and says what the way was. */
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Framework, Host, RunResult } from '../harness/index.ts'
import { nativeEsm } from '../jest/support.ts'
import { addPackage } from './published.ts'
import { fileOf, guardedApp, testFor } from './support.ts'

interface Way {
  readonly name: string
  readonly framework: Framework
  /** The test file; `one` and `two` are static and dynamic importers of the module. */
  readonly test: string
  /** Parts of the message. `$DIR` is the project, `$TEST` the test file. */
  readonly says: readonly string[]
  readonly config?: string
  readonly vite?: string
}

const files: FileTree = {
  'db.js': `
    /** @fresh-modules no-reimport: owns the pool */
    console.log('db.js runs')
    export const pool = {}
  `,
  'deep/user.js': "export { pool } from '../db'",
  'deeper/user.js': "export { pool } from '../deep/user'",
  'common.cjs': '/** @fresh-modules no-reimport: one state */\nexports.state = {}',
}

const CHAINS = [
  'allowReimport: false, set by module ($DIR/db.js): "owns the pool"',
  'First copy:  $DIR/db.js, imported by $TEST',
  'imported by $DIR/deep/user.js <- $DIR/deeper/user.js <- $TEST',
]
const ANOTHER_ID = 'The same file was imported under another id: a query, an alias or a link'

const ways: readonly Way[] = [
  {
    name: 'vi.resetModules()',
    framework: 'vitest',
    test: `
      import './db'
      test('again', async () => {
        vi.resetModules()
        await import('./deeper/user')
      })
    `,
    says: [...CHAINS, 'dropped from the registry by vi.resetModules(), called at $TEST:5:'],
  },
  {
    name: 'a query',
    framework: 'vitest',
    test: "import './db'\ntest('again', () => import('./db?x=1'))",
    says: [
      ANOTHER_ID,
      'Second copy: $DIR/db.js?x=1, imported by $TEST',
      'Import it as "$DIR/db.js" everywhere',
    ],
  },
  {
    name: 'a URL with a query',
    framework: 'vitest',
    test: "import './db'\ntest('again', () => import(/* @vite-ignore */ new URL('./db.js?x=2', import.meta.url).href))",
    says: ['second copy of "$DIR/db.js"', 'db.js?x=2'],
  },
  {
    name: 'a symlink that is preserved',
    framework: 'vitest',
    test: "import './db'\ntest('again', () => import('./link.js'))",
    says: [ANOTHER_ID, 'Second copy: $DIR/link.js'],
    vite: 'resolve: { preserveSymlinks: true }',
  },
  {
    name: 'an alias to a copy with a query',
    framework: 'vitest',
    test: "import './db'\ntest('again', () => import('#db'))",
    says: [ANOTHER_ID],
    vite: "resolve: { alias: { '#db': new URL('./db.js?alias', import.meta.url).pathname + '?alias' } }",
  },
  {
    name: "a file of the runner that Node's require loads too",
    framework: 'vitest',
    test: `
      import { createRequire } from 'node:module'
      import './common.cjs'
      test('again', () => { createRequire(import.meta.url)('./common.cjs') })
    `,
    says: ["One copy is loaded by Vitest's module runner, the other by Node's loader", '$DIR/common.cjs'],
  },
  {
    name: 'jest.resetModules()',
    framework: 'jest',
    test: `
      import './db'
      test('again', async () => {
        jest.resetModules()
        await import('./deeper/user')
      })
    `,
    says: [...CHAINS, 'dropped from the registry by jest.resetModules(), called at $TEST:5:'],
  },
  {
    name: 'jest.isolateModules()',
    framework: 'jest',
    test: `
      import './db'
      test('again', () => {
        jest.isolateModules(() => { require('./deeper/user') })
      })
    `,
    says: [...CHAINS, 'jest.isolateModules(), called at $TEST:5:'],
  },
  {
    name: 'jest.isolateModulesAsync()',
    framework: 'jest',
    test: `
      import './db'
      test('again', async () => {
        await jest.isolateModulesAsync(async () => { await import('./deeper/user') })
      })
    `,
    says: [...CHAINS, 'jest.isolateModulesAsync(), called at $TEST:5:'],
  },
  {
    name: 'the option resetModules: true',
    framework: 'jest',
    test: "import './db'\ntest('again', () => { require('./deeper/user') })",
    says: [...CHAINS, 'dropped from the registry by the option resetModules: true'],
    config: 'resetModules: true',
  },
]

/** Ways that lead to the one copy. */
const harmless: readonly Omit<Way, 'says'>[] = [
  {
    name: 'a file URL and an absolute path',
    framework: 'vitest',
    test: `
      import { pool } from './db'
      test('same', async () => {
        expect((await import(/* @vite-ignore */ new URL('./db.js', import.meta.url).href)).pool).toBe(pool)
        expect((await import(/* @vite-ignore */ new URL('./db.js', import.meta.url).pathname)).pool).toBe(pool)
      })
    `,
  },
  ...(['vitest', 'jest'] as const).map((framework) => ({
    name: 'a symlink',
    framework,
    test: "import { pool } from './db'\ntest('same', async () => { expect((await import('./link')).pool).toBe(pool) })",
  })),
  {
    name: 'the text of the file',
    framework: 'vitest',
    test: "import './db'\ntest('text', async () => { expect((await import('./db.js?raw')).default).toContain('pool') })",
  },
  {
    name: 'the original behind a mock',
    framework: 'vitest',
    test: `
      import './db'
      vi.mock('./db', async (original) => ({ ...(await original()), mocked: true }))
      test('original', async () => {
        expect((await vi.importActual('./db')).pool).toBe((await import('./db')).pool)
      })
    `,
  },
  {
    name: 'an isolated module that is first loaded there',
    framework: 'jest',
    test: "test('first', () => { jest.isolateModules(() => { require('./db') }) })",
  },
  {
    name: 'a deleted entry of require.cache, which Jest passes over',
    framework: 'jest',
    test: `
      import { pool } from './db'
      test('same', () => {
        delete require.cache[require.resolve('./db')]
        expect(require('./db').pool).toBe(pool)
      })
    `,
  },
]

const fileNamed = (name: string): string => `${name.replaceAll(/\W+/g, '-')}.test.js`

async function runOf(host: Host, { name, test, config, vite }: Omit<Way, 'says'>) {
  const app = await guardedApp(host, {
    files: { ...files, [fileNamed(name)]: testFor(host, test) },
    ...(config === undefined ? {} : { config }),
    ...(vite === undefined ? {} : { vite }),
  })
  symlinkSync('db.js', join(app.dir, 'link.js'))
  return { app, result: await app.run() }
}

describeHosts(['vitest', 'jest'], (host) => {
  const mine = ways.filter(({ framework }) => framework === host.framework)
  test.each(mine)('a second copy by $name', async (way) => {
    const { app, result } = await runOf(host, way)
    const { status, text } = fileOf(result, fileNamed(way.name))
    expect(status, result.output).toBe('failed')
    expect(result.output.split('db.js runs').length, 'runs of the body').toBeLessThanOrEqual(2)
    for (const part of way.says) {
      const expected = part.replaceAll('$TEST', `$DIR/${fileNamed(way.name)}`).replaceAll('$DIR', app.dir)
      expect(text).toContain(expected)
    }
  })

  describe('the same copy by', () => {
    test.each(harmless.filter(({ framework }) => framework === host.framework))('$name', async (way) => {
      const { result } = await runOf(host, way)
      expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1 })
    })
  })
})

describeHosts('vitest', (host) => {
  test.each(["pool: 'vmThreads'", "pool: 'vmForks'", "pool: 'threads'", 'isolate: false'])(
    'a raw reset in a run with %s',
    async (config) => {
      const way = ways[0] as Way
      const { result } = await runOf(host, { ...way, config })
      expect(fileOf(result, fileNamed(way.name)).text).toContain('called at')
    },
  )

  test('a file that shares its worker is not blamed for the reset of an earlier one', async () => {
    const app = await guardedApp(host, {
      files: {
        ...files,
        'a.test.js': testFor(
          host,
          "import './db'\ntest('resets', () => { globalThis.first = true; vi.resetModules() })",
        ),
        'b.test.js': testFor(
          host,
          "import { pool } from './db'\ntest('has it', () => { expect(pool).toBeDefined() })",
        ),
      },
      config: 'isolate: false, maxWorkers: 1',
    })
    const result = await app.run()
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 2 })
    expect(result.output.split('db.js runs')).toHaveLength(2)
  })

  test('a test is not blamed for the reset of an earlier one, and has the copy that is kept', async () => {
    const { result } = await runOf(host, {
      name: 'earlier',
      framework: 'vitest',
      test: `
        import { pool } from './db'
        afterEach(() => { vi.resetModules() })
        test.each([1, 2])('%i', async () => { expect((await import('./deep/user')).pool).toBe(pool) })
      `,
    })
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 2 })
  })
})

describeHosts('jest', (host) => {
  test('a test is not blamed for the reset of an earlier one, and has the copy that is kept', async () => {
    const { result } = await runOf(host, {
      name: 'earlier',
      framework: 'jest',
      test: `
        import { pool } from './db'
        afterEach(() => { jest.resetModules() })
        test.each([1, 2])('%i', async () => { expect((await import('./deep/user')).pool).toBe(pool) })
      `,
    })
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 2 })
  })

  describe('native ES modules', () => {
    let result: RunResult
    let dir: string
    beforeAll(async () => {
      const header =
        "import { expect, jest, test } from '@jest/globals'\nimport { createRequire } from 'node:module'\n"
      const app = await guardedApp(host, {
        files: {
          ...files,
          'package.json': '{ "name": "app", "private": true, "type": "module" }',
          'jest.config.cjs': `module.exports = {
            testEnvironment: '@fresh-modules/jest-env', transform: {}, testMatch: ['**/*.test.mjs'],
            testEnvironmentOptions: { freshModules: { specs: [{ match: 'yjs', allowReimport: false }] } },
          }`,
          'deep/user.js': "export { pool } from '../db.js'",
          'deeper/user.js': "export { pool } from '../deep/user.js'",
          'reset.test.mjs': `${header}
            import './db.js'
            test('again', async () => {
              jest.resetModules()
              await import('./deeper/user.js')
            })`,
          'query.test.mjs': `${header}
            import './db.js'
            test('again', async () => { await import('./db.js?x=1') })`,
          'builds.test.mjs': `${header}
            import * as Y from 'yjs'
            test('the other build', () => { createRequire(import.meta.url)('yjs') })`,
          'common.test.mjs': `${header}
            import common from './common.cjs'
            test('one', async () => {
              expect(createRequire(import.meta.url)('./common.cjs')).toBe(common)
              expect((await import('./common.cjs')).default).toBe(common)
            })`,
          'prom.test.mjs': `${header}
            import prom from 'prom-client'
            test('one', () => { expect(createRequire(import.meta.url)('prom-client')).toBe(prom) })`,
        },
      })
      await addPackage(app, 'yjs')
      dir = app.dir
      result = await app.run([], nativeEsm)
    }, 240_000)

    test('a raw reset', () => {
      const { text } = fileOf(result, 'reset.test.mjs')
      expect(text, result.output).toContain('second copy of')
      expect(text).toContain('dropped from the registry by jest.resetModules(), called at')
      expect(text).toContain(`${dir}/deep/user.js <- ${dir}/deeper/user.js`)
    })

    test('a query', () => expect(fileOf(result, 'query.test.mjs').text).toContain(ANOTHER_ID))

    test('the two builds of a package that is marked, before the body of the second', () => {
      const { text } = fileOf(result, 'builds.test.mjs')
      expect(text).toContain('One copy is the ES module build, the other the CommonJS build')
      expect(text).toMatch(/moduleNameMapper: \{ '\^yjs\$': '.*yjs\.cjs' \}/)
      expect(result.output).not.toContain('This breaks constructor checks')
    })

    test.each(['common.test.mjs', 'prom.test.mjs'])('one CommonJS file is one copy: %s', (name) => {
      const { status, text } = fileOf(result, name)
      expect(status, text).toBe('passed')
    })
  })
})
