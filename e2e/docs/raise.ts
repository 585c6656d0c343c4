/** A project that raises errors of fresh-modules: what it takes to meet each code, as users do. */
import type { FileTree } from '../harness/index.ts'
import { examplesOf } from './examples.ts'

/** What a user writes to meet the error: imports from `fresh-modules` are in scope. */
export const raisedInVitest: Readonly<Record<string, string>> = {
  ERR_REIMPORT_REFUSED: `await importFresh('./metrics')`,
  ERR_RELOAD_REFUSED: `await reloadInPlace('./session')`,
  ERR_UNLOAD_REFUSED: `await unload('./session')`,
  ERR_DUPLICATE_MODULE: `vi.resetModules(); await import('./metrics')`,
  ERR_NOT_FRESH: `requireFresh('./counter')`,
  ERR_STALE_MODULE: `await reloadInPlace(await importFresh('./counter'))`,
  ERR_BAD_OPTION: `await importFresh('./counter', { block: ['node:fs'] })`,
}

const helpers = 'import { importFresh, reloadInPlace, requireFresh, unload } from "fresh-modules"'

const raise = (code: string): string => `
  import { expect, test, vi } from 'vitest'
  ${helpers}
  import './counter'
  import './metrics'
  import './session'
  test('${code}', async () => {
    const error = await (async () => { ${raisedInVitest[code]} })().catch((error) => error)
    expect(error.code).toBe('${code}')
    throw error
  })
`

const plain = `
  import { test } from 'vitest'
  ${helpers}
  test('raises', async () => { await importFresh('./counter') })
`

const modules: FileTree = {
  'src/counter.ts': 'export let count = 0\n',
  'src/metrics.ts':
    '/** @fresh-modules no-reimport: registers its counter in prom-client */\nexport const orders = {}\n',
  'src/session.ts':
    '/** @fresh-modules no-reload, no-unload: holds the connection of all tests */\nexport const session = {}\n',
}

const withPlugin = { 'vitest.config.ts': examplesOf('README.md')['vitest.config.ts'] ?? '' }

/** All errors of a project that is configured as it should be, a test file each, named by their code. */
export const configured: FileTree = {
  ...modules,
  ...withPlugin,
  ...Object.fromEntries(
    Object.keys(raisedInVitest).map((code) => [`src/${code.toLowerCase()}.test.ts`, raise(code)]),
  ),
}

/** ERR_NO_HOST: the line of config is missing. */
export const withoutPlugin: FileTree = { ...modules, 'src/raise.test.ts': plain }
