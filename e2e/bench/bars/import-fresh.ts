/** Bar 3: one fresh module, next to the ways there are today. */
import { type FileTree, project } from '../../harness/index.ts'
import { type Bar, type Row, ratio, rounds } from '../bar.ts'
import { jestConfigs, withoutPlugin, withPlugin } from '../configs.ts'
import { MEASURE, measured, rowsOf } from '../contenders.ts'
import { commonJsGraph, esGraph } from '../graphs.ts'

const SMALL = `
export const settings = { retries: 3, seen: new Set() }
export let count = 0
export function increase() { return ++count }
`

const measureInTests = `import { expect, test } from 'vitest'\nexport {}\n${MEASURE}`

const freshTest = (name: string, before: string): string => `
import { importFresh } from 'fresh-modules'
${before}
import * as registered from '../src/small'
${measureInTests}
test('bench', async () => {
  registered.increase()
  expect((await importFresh('../src/small')).count).toBe(0)
  await measure('${name}', () => importFresh('../src/small'), { warmup: 2000, batches: 25, calls: 100 })
})
`

/** Test files, each an own process: isolation is left on. */
const vitestFiles: FileTree = {
  'fresh.config.ts': withPlugin(
    "include: ['tests/fresh-*.test.ts'], fileParallelism: false, testTimeout: 120_000",
    "{ resetBetween: 'never' }",
  ),
  'plain.config.ts': withoutPlugin(
    "include: ['tests/plain-*.test.ts'], fileParallelism: false, testTimeout: 120_000",
  ),
  'src/small.ts': SMALL,
  ...esGraph('src/graph', 300, 30, 'ts'),
  ...esGraph('src/many', 3000, 0, 'ts'),
  ...esGraph('src/ten', 10, 0, 'ts'),
  'tests/fresh-alone.test.ts': freshTest('fresh', ''),
  'tests/fresh-10.test.ts': freshTest('fresh10', "import '../src/ten/m0'"),
  'tests/fresh-3000.test.ts': freshTest('fresh3000', "import '../src/many/m0'"),
  'tests/plain-module.test.ts': `
import * as registered from '../src/small'
import { vi } from 'vitest'
${measureInTests}
const again = () => { vi.resetModules(); return import('../src/small') }
test('bench', async () => {
  expect(await again()).not.toBe(registered)
  await measure('reset', again, { warmup: 1000, batches: 25, calls: 40 })
})
`,
  'tests/plain-root.test.ts': `
import * as registered from '../src/graph/m0'
import { vi } from 'vitest'
${measureInTests}
const again = () => { vi.resetModules(); return import('../src/graph/m0') }
test('bench', async () => {
  expect(await again()).not.toBe(registered)
  await measure('resetRoot', again, { warmup: 5, batches: 9, calls: 2 })
})
`,
  // What no way of loading can beat: the module's compiled function, called with a namespace.
  'tests/plain-bare.test.ts': `
import { moduleRunnerTransform } from 'vite'
${measureInTests}
const source = ${JSON.stringify(SMALL)}
test('bench', async () => {
  const { code } = await moduleRunnerTransform(source, null, 'small.js', source)
  const { runInThisContext } = process.getBuiltinModule('node:vm')
  const parameters = '__vite_ssr_exportName__,__vite_ssr_import__,__vite_ssr_dynamic_import__,__vite_ssr_exportAll__'
  const body = runInThisContext("'use strict';async (" + parameters + ')=>{{' + code + '\\n}}')
  const again = async () => {
    const namespace: any = Object.create(null)
    const define = (key: string, get: () => unknown) =>
      Object.defineProperty(namespace, key, { enumerable: true, configurable: true, get })
    await body(define)
    return namespace
  }
  expect((await again()).count).toBe(0)
  await measure('bare', again, { warmup: 2000, batches: 25, calls: 500 })
})
`,
}

const jestFiles: FileTree = {
  ...jestConfigs(),
  ...commonJsGraph('graph', 300, 30),
  'fresh-leaf.test.js': `
const { requireFresh } = require('fresh-modules')
${MEASURE}
test('bench', () => {
  const registered = require('./graph/m0.cjs')
  expect(registered.beneath).toHaveLength(2)
  expect(requireFresh('./graph/m299.cjs')).not.toBe(require('./graph/m299.cjs'))
  measureSync('fresh', () => requireFresh('./graph/m299.cjs'), { warmup: 1000, batches: 25, calls: 40 })
}, 120_000)
`,
  'plain-root.test.js': `
${MEASURE}
test('bench', () => {
  const registered = require('./graph/m0.cjs')
  const again = () => { let copy; jest.isolateModules(() => { copy = require('./graph/m0.cjs') }); return copy }
  expect(again()).not.toBe(registered)
  measureSync('isolate', again, { warmup: 5, batches: 9, calls: 2 })
}, 120_000)
`,
}

export const importFresh: Bar = {
  name: 'import-fresh',
  title: 'One fresh module',
  async run(scale) {
    await using vitest = await project('bench-vitest', vitestFiles)
    await using jest = await project('bench-jest', { ...jestFiles, 'package.json': '{ "name": "app" }' })
    const noted: Record<string, number>[] = []
    for (let round = 0; round < rounds(scale, 3); round++) {
      noted.push({
        ...(await measured(vitest, ['--config', 'fresh.config.ts'])),
        ...(await measured(vitest, ['--config', 'plain.config.ts'])),
        ...prefixed('jest', await measured(jest, ['--config', 'fresh.config.cjs', 'fresh-leaf'])),
        ...prefixed('jest', await measured(jest, ['--config', 'plain.config.cjs', 'plain-root'])),
      })
    }
    const rows = rowsOf(noted, {
      bare: 'Vitest: its compiled function, called and awaited',
      fresh: 'Vitest: importFresh, the module alone loaded',
      fresh10: 'Vitest: importFresh, 10 more modules loaded',
      fresh3000: 'Vitest: importFresh, 3 000 more modules loaded',
      reset: 'Vitest: vi.resetModules() and import of the module alone',
      resetRoot: 'Vitest: vi.resetModules() and import of a 300-module root',
      jestfresh: 'Jest: requireFresh of one of 300 modules',
      jestisolate: 'Jest: jest.isolateModules of the 300-module root',
    })
    const least = (times: number) => ({ atLeast: times })
    const compare = (what: string, slow: Row, fast: Row, goal: { atLeast: number } | { atMost: number }) =>
      ratio(what, slow, fast, goal)
    return {
      rows: Object.values(rows),
      ratios: [
        compare(
          'Vitest: resetModules and import of the module / importFresh',
          rows.reset,
          rows.fresh,
          least(4),
        ),
        compare('Vitest: importFresh / its compiled function', rows.fresh, rows.bare, { atMost: 8 }),
        compare('Vitest: importFresh with 10 loaded / alone', rows.fresh10, rows.fresh, { atMost: 1.2 }),
        compare('Vitest: importFresh with 3 000 loaded / alone', rows.fresh3000, rows.fresh, { atMost: 1.2 }),
        compare(
          'Vitest: resetModules and import of the root / importFresh',
          rows.resetRoot,
          rows.fresh,
          least(10),
        ),
        compare(
          'Jest: isolateModules of the root / requireFresh',
          rows.jestisolate,
          rows.jestfresh,
          least(10),
        ),
      ],
    }
  },
}

const prefixed = (prefix: string, noted: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(noted).map(([name, value]) => [prefix + name, value]))
