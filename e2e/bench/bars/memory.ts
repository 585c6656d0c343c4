/** Bar 8: what stays in memory. */
import { type Project, project } from '../../harness/index.ts'
import type { Bar, Row } from '../bar.ts'
import { jestConfigs, withPlugin } from '../configs.ts'
import { MEASURE, measured } from '../contenders.ts'
import { suiteMemory } from './shared-worker.ts'

const COPIES = 10_000

/** Notes how much more the heap holds after so many copies, in bytes. */
const heapAfter = (again: string): string => `
const collect = async () => {
  for (let turn = 0; turn < 4; turn++) { await new Promise((resolve) => setTimeout(resolve, 10)); gc() }
  return process.memoryUsage().heapUsed
}
const heap = async () => {
  for (let call = 0; call < 500; call++) ${again}
  const before = await collect()
  for (let call = 0; call < ${COPIES}; call++) ${again}
  note('heap', (await collect()) - before)
}
`

const small = 'exports.state = { touched: 0 }\nexports.touch = () => ++exports.state.touched'

export const memory: Bar = {
  name: 'memory',
  title: `Memory: the suite of bar 1, and the heap after ${COPIES} fresh copies`,
  async run(scale) {
    await using vitest = await project('bench-vitest', {
      'vitest.config.ts': withPlugin(
        "pool: 'forks', execArgv: ['--expose-gc'], testTimeout: 120_000",
        "{ resetBetween: 'never' }",
      ),
      'src/small.ts': 'export const state = { touched: 0 }\nexport const touch = () => ++state.touched',
      'heap.test.ts': `
import { importFresh } from 'fresh-modules'
import { test } from 'vitest'
${MEASURE}${heapAfter("await importFresh('./src/small')")}
test('bench', heap)
`,
    })
    await using jest = await project('bench-jest', {
      'package.json': '{ "name": "app" }',
      ...jestConfigs('testTimeout: 120_000'),
      'small.js': small,
      'heap.test.js': `
const { requireFresh } = require('fresh-modules')
const v8 = process.getBuiltinModule('node:v8')
v8.setFlagsFromString('--expose-gc')
const gc = process.getBuiltinModule('node:vm').runInNewContext('gc')
${MEASURE}${heapAfter("requireFresh('./small')")}
test('bench', heap)
`,
    })
    await using node = await project('bench-node', {
      'small.cjs': small,
      'small.js': 'export const state = { touched: 0 }',
      'common.cjs': `
const { requireFresh } = require('fresh-modules')
${MEASURE}${heapAfter("requireFresh('./small.cjs')")}
heap()
`,
      'es.mjs': `
import { importFresh } from 'fresh-modules'
${MEASURE}${heapAfter("await importFresh('./small.js')")}
await heap()
`,
      'query.mjs': `
${MEASURE}let turn = 0${heapAfter("await import('./small.js?' + ++turn)")}
await heap()
`,
    })
    const script = { script: true, nodeArgs: ['--expose-gc'] }
    const rows = [
      await heapRow('Vitest: importFresh', vitest, []),
      await heapRow('Jest: requireFresh', jest, ['--config', 'fresh.config.cjs']),
      await heapRow('Node: requireFresh', node, ['common.cjs'], script),
      await heapRow('Node: importFresh of an ES module (Node keeps each for good)', node, ['es.mjs'], script),
      await heapRow('Node: a query for each import', node, ['query.mjs'], script),
    ]
    const suite = await suiteMemory(scale)
    return {
      rows: [...suite.rows, ...rows],
      ratios: suite.ratios,
      notes: [
        'The peak is looked for ten times a second; memory that processes share counts for each of them.',
        `The heap's rows say how much more it holds after ${COPIES} copies that nobody keeps.`,
      ],
    }
  },
}

async function heapRow(
  what: string,
  app: Project,
  args: readonly string[],
  options: { script?: boolean; nodeArgs?: string[] } = {},
): Promise<Row> {
  const { heap = Number.NaN } = await measured(app, args, options)
  return { contender: `heap after copies, ${what}`, unit: 'kB', samples: [heap / 1024] }
}
