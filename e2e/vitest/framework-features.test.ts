/** Snapshots, fake timers, concurrency, in-source tests, setup files: the framework's features together with fresh copies. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/index.ts'
import { configWith, passes, vitestProject } from './support.ts'

const state = {
  'src/state.ts': `
    import { shared } from './shared'
    export const value: { list: number[] } = { list: [1] }
    export const mode = process.env.MODE
    export { shared }
  `,
  'src/shared.ts': 'export const shared = {}',
}
const imports = `
  import { importFresh, reloadInPlace, unload, withUnloaded } from 'fresh-modules'
  import { afterEach, describe, expect, test, vi } from 'vitest'
`

describeHosts('vitest', (host) => {
  test('inline and file snapshots are written and compared', async () => {
    const app = await vitestProject(host, {
      ...state,
      'src/a.test.ts': `
        ${imports}
        test('snapshots', async () => {
          const copy = await importFresh('./state')
          expect(copy.value).toMatchInlineSnapshot()
          expect(copy.value).toMatchSnapshot()
          await expect(JSON.stringify(copy.value)).toMatchFileSnapshot('./out.json')
          await reloadInPlace('./state')
          expect((await importFresh('./state')).value.list).toMatchInlineSnapshot()
        })
      `,
    })
    const written = await app.run(['--update'], { env: { CI: undefined } })
    expect(written, written.output).toMatchObject({ exitCode: 0, passed: 1 })
    const source = readFileSync(join(app.dir, 'src/a.test.ts'), 'utf8')
    expect(source.match(/toMatchInlineSnapshot\(`/g)).toHaveLength(2)
    expect(source).toContain('"list": [')
    expect(readFileSync(join(app.dir, 'src/__snapshots__/a.test.ts.snap'), 'utf8')).toContain('"list": [')
    expect(readFileSync(join(app.dir, 'src/out.json'), 'utf8')).toBe('{"list":[1]}')
    const compared = await app.run()
    expect(compared, compared.output).toMatchObject({ exitCode: 0, passed: 1 })
    app.write({ 'src/state.ts': (state['src/state.ts'] as string).replace('[1]', '[2]') })
    const changed = await app.run()
    expect(changed, changed.output).toMatchObject({ exitCode: 1, failed: 1 })
  })

  test('fake timers of every kind stop no helper', async () => {
    await passes(host, {
      ...state,
      'src/late.ts': 'await Promise.resolve()\nexport const late = {}',
      'src/a.test.ts': `
        ${imports}
        import * as registered from './state'
        afterEach(() => { vi.useRealTimers() })
        const everything = ['setTimeout', 'setInterval', 'setImmediate', 'nextTick', 'queueMicrotask', 'Date', 'performance'] as const
        for (const toFake of [undefined, everything]) {
          test('helpers under ' + (toFake ? 'all fakes' : 'the default fakes'), { timeout: 5000 }, async () => {
            vi.useFakeTimers(toFake ? { toFake: toFake as never, now: 0 } : {})
            const copy = await importFresh('./state', { env: { MODE: 'a' } })
            expect(copy.mode).toBe('a')
            await importFresh(() => import('./late'))
            await withUnloaded('./late', async () => { await import('./late') })
            await unload('./late')
            await reloadInPlace(registered)
            await Promise.all([1, 2].map(() => importFresh('./state', { env: { MODE: 'b' } })))
            await expect(importFresh('./missing')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
          })
        }
      `,
      'vitest.config.ts': configWith({ test: "pool: 'threads'" }),
    })
  })

  test('concurrent tests have copies of their own', async () => {
    await passes(host, {
      ...state,
      'src/a.test.ts': `
        ${imports}
        import * as registered from './state'
        describe.concurrent('at once', () => {
          for (const mode of ['a', 'b', 'c', 'd', 'e']) {
            test('mode ' + mode, async ({ expect }) => {
              const copy = await importFresh('./state', { env: { MODE: mode } })
              expect(copy.mode).toBe(mode)
              copy.value.list.push(2)
              await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
              const byFunction = await importFresh(() => import('./state'))
              expect(byFunction.value.list).toEqual([1])
              expect(copy.value.list).toEqual([1, 2])
              expect(copy.shared).toBe(registered.shared)
              expect(await import('./state')).toBe(registered)
              expect(registered.value.list).toEqual([1])
            })
          }
        })
      `,
    })
  })

  test('a fresh copy of an in-source test file defines no tests', async () => {
    const { tests } = await passes(host, {
      'src/in-source.ts': `
        import { importFresh } from 'fresh-modules'
        export const hasTests = import.meta.vitest !== undefined
        export let evaluations = 0
        if (import.meta.vitest) {
          const { expect, test } = import.meta.vitest
          test('copies itself', async () => {
            const copy = await importFresh('./in-source')
            expect([hasTests, copy.hasTests]).toEqual([true, false])
            await expect(importFresh(() => import('./in-source'))).resolves.toMatchObject({ hasTests: false })
          })
        }
      `,
      'vitest.config.ts': configWith({ test: "includeSource: ['src/in-source.ts']" }),
    })
    expect(tests.map(({ name }) => name)).toEqual(['copies itself'])
  })

  test('setup files and global setup: the first may use the helpers, the second has no modules to copy', async () => {
    await passes(host, {
      ...state,
      'setup.ts': `
        import { importFresh } from 'fresh-modules'
        import { beforeEach } from 'vitest'
        const copy = await importFresh('./src/state', { env: { MODE: 'setup' } })
        ;(globalThis as { setupMode?: string }).setupMode = copy.mode
        beforeEach(async () => { await importFresh('./src/state') })
      `,
      'global-setup.ts': `
        import { importFresh } from 'fresh-modules'
        export default async function setup({ provide }: { provide: (key: never, value: never) => void }) {
          provide('outcome' as never, await importFresh('./src/shared').then(() => 'fine', (error) => error.code) as never)
        }
      `,
      'src/a.test.ts': `
        ${imports}
        import { inject } from 'vitest'
        test('both', async () => {
          expect((globalThis as { setupMode?: string }).setupMode).toBe('setup')
          expect(typeof inject('outcome' as never)).toBe('string')
        })
      `,
      'vitest.config.ts': configWith({
        test: "setupFiles: ['./setup.ts'], globalSetup: ['./global-setup.ts']",
      }),
    })
  })

  test('globals, test.extend, retry and repeats', async () => {
    await passes(host, {
      ...state,
      'src/a.test.ts': `
        import { importFresh, markNonReimportable, specOf } from 'fresh-modules'
        const fixtures = test.extend<{ copy: { value: { list: number[] } } }>({
          copy: async ({}, use) => { await use(await importFresh('./state')) },
        })
        fixtures('a fixture', ({ copy }) => { expect(copy.value.list).toEqual([1]); copy.value.list.push(2) })
        fixtures('the fixture of another test', ({ copy }) => { expect(copy.value.list).toEqual([1]) })
        let tries = 0
        test('flags of a failed try are gone in the next', { retry: 2 }, async () => {
          expect((await specOf('./state')).allowReimport).toBe(true)
          await markNonReimportable('./state')
          if (++tries < 3) throw new Error('try again')
        })
        test('and of each repeat', { repeats: 2 }, async () => {
          expect((await specOf('./state')).allowReimport).toBe(true)
          await markNonReimportable('./state')
        })
      `,
      'vitest.config.ts': configWith({ test: 'globals: true' }),
    })
  })

  test('with viteModuleRunner: false modules are fresh too, by Node alone, from Node 22.15', async () => {
    await passes(host, {
      'src/state.js': "import { shared } from './shared.js'\nexport const list = [1]\nexport { shared }",
      'src/shared.js': 'export const shared = {}',
      'src/a.test.js': `
        import { importFresh } from 'fresh-modules'
        import { expect, test } from 'vitest'
        import * as registered from './state.js'
        // Hooks into its loader of ES modules are new in Node 22.15.
        if (${chosenNode() < 22}) test('refused', async () => {
          const error = await importFresh('./state.js').catch((error) => error)
          expect(error.code).toBe('ERR_NOT_FRESH')
          expect(error.message).toContain('Node 22.15')
        })
        else test('fresh', async () => {
          const copy = await importFresh('./state.js')
          expect(copy.list).not.toBe(registered.list)
          expect(copy.shared).toBe(registered.shared)
          expect(await import('./state.js')).toBe(registered)
        })
      `,
      'vitest.config.ts': configWith({ test: 'experimental: { viteModuleRunner: false }' }),
    })
  })

  test('a test file that cannot be loaded is one failure, without errors of fresh-modules', async () => {
    const app = await vitestProject(host, { 'src/a.test.ts': "import './missing'" })
    const { output, failed } = await app.run()
    expect(failed, output).toBe(1)
    expect(output).not.toMatch(/Unhandled Errors?|Cannot read properties/)
  })
})
