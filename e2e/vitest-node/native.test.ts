/** `experimental.viteModuleRunner: false`: tests run in Node's own loader, and so do the helpers. */

import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/index.ts'
import { describeFacts, type Fact } from '../resets/support.ts'
import { configWith, passes } from '../vitest/support.ts'

const fact = (body: string): string => `
  import { importFresh, markNonReimportable, reloadInPlace, requireFresh, specOf, unload, withUnloaded } from 'fresh-modules'
  import { expect, test, vi } from 'vitest'
  ${body}
`

const files = {
  'src/state.ts': "import { part } from './part.ts'\nexport const state: { part: object } = { part }",
  'src/part.ts': 'export const part: object = {}',
  'src/optional.ts': "export const found = await import('./part.ts').then(() => true, (error) => error.code)",
  'src/old.cjs': 'exports.made = {}; exports.count = 0',
  'src/guarded.ts': '/** @fresh-modules no-reimport: one of it */\nexport const made = {}',
}

const facts: Record<string, Fact> = {
  'importFresh, fresh and the function form': fact(`
    import { state } from '../../src/state.ts'
    test('copies', async () => {
      const copy = await importFresh('../../src/state.ts')
      expect(copy.state).not.toBe(state)
      expect(copy.state.part).toBe(state.part)
      expect((await import('../../src/state.ts')).state).toBe(state)
      expect((await importFresh('../../src/state.ts', { fresh: ['../../src/part.ts'] })).state.part).not.toBe(state.part)
      expect((await importFresh(() => import('../../src/state.ts'))).state).not.toBe(state)
      expect(requireFresh('../../src/old.cjs').made).not.toBe(requireFresh('../../src/old.cjs').made)
      const pLimit = await import('p-limit')
      expect((await importFresh('p-limit')).default).not.toBe(pLimit.default)
    })
  `),
  'withUnloaded and blocked': fact(`
    import { state } from '../../src/state.ts'
    test('set aside', async () => {
      await withUnloaded('../../src/state.ts', async () => {
        expect((await import('../../src/state.ts')).state).not.toBe(state)
      })
      expect((await import('../../src/state.ts')).state).toBe(state)
      const copy = await importFresh('../../src/optional.ts', { blocked: ['../../src/part.ts'] })
      expect(copy.found).toBe('ERR_MODULE_NOT_FOUND')
    })
  `),
  'unload and reload of ES modules are refused, with the reason; CommonJS can': fact(`
    import { state } from '../../src/state.ts'
    import old from '../../src/old.cjs'
    test('refused', async () => {
      expect(state).toBeDefined()
      for (const [run, code] of [[unload, 'ERR_UNLOAD_REFUSED'], [reloadInPlace, 'ERR_RELOAD_REFUSED']] as const) {
        const failure = await run('../../src/state.ts').catch((error) => error)
        expect(failure).toMatchObject({ code })
        expect(failure.message).toContain("Node's own loader never forgets an ES module")
      }
      old.count = 5
      await reloadInPlace('../../src/old.cjs')
      expect(old.count).toBe(0)
      await unload('../../src/old.cjs')
      expect((await import('../../src/old.cjs')).default).not.toBe(old)
    })
  `),
  'the guard holds against a query': {
    test: fact(`
      import { made } from '../../src/guarded.ts'
      test('by the helper', async () => {
        expect(made).toBeDefined()
        await expect(importFresh('../../src/guarded.ts')).rejects.toMatchObject({ code: 'ERR_REIMPORT_REFUSED' })
      })
      test('by a query', async () => {
        const path: string = '../../src/guarded.ts?again'
        await expect(import(path)).rejects.toMatchObject({ code: 'ERR_DUPLICATE_MODULE' })
      })
    `),
    check: ({ tests, run }) => {
      const status = (name: string) => tests.find((one) => one.name === name)?.status
      expect(status('by the helper'), run.output).toBe('passed')
      // Loud, though the test has caught it.
      expect(status('by a query'), run.output).toBe('failed')
      expect(tests.flatMap(({ messages }) => messages).join()).toContain('guarded.ts')
    },
  },
  'mocks of Vitest hold as before': fact(`
    import { part } from '../../src/part.ts'
    vi.mock('../../src/part.ts', () => ({ part: 'mocked' }))
    test('mocked', async () => {
      expect(part).toBe('mocked')
      expect((await import('../../src/state.ts')).state.part).toBe('mocked')
    })
  `),
}

/** Node runs no TypeScript by itself there, and has no hooks. */
const withoutHooks = {
  'src/state.mjs': 'export const state = {}',
  'src/old.cjs': 'exports.made = {}',
  'src/case.test.mjs': `
    import { importFresh, requireFresh } from 'fresh-modules'
    import { expect, test } from 'vitest'
    import { state } from './state.mjs'
    test('CommonJS works, ES modules say which Node is needed', async () => {
      expect(state).toBeDefined()
      expect(requireFresh('./old.cjs').made).not.toBe(requireFresh('./old.cjs').made)
      expect((await importFresh('./old.cjs')).made).not.toBe((await import('./old.cjs')).made)
      const failure = await importFresh('./state.mjs').catch((error) => error)
      expect(failure).toMatchObject({ code: 'ERR_NOT_FRESH' })
      expect(failure.message).toContain('Run on Node 22.15')
    })
  `,
}

describeHosts('vitest', (host) => {
  const config = "experimental: { viteModuleRunner: false }, pool: 'forks'"
  if (chosenNode() < 22) {
    test('viteModuleRunner: false, without hooks', async () => {
      await passes(host, { ...withoutHooks, 'vitest.config.ts': configWith({ test: config }) })
    })
    return
  }
  describeFacts(host, 'viteModuleRunner: false', { facts, files, test: config })
})
