/** Bar 6: Node without a framework, next to the packages that load modules again there. */
import { type Project, project } from '../../harness/index.ts'
import { type Bar, type BarResult, type Ratio, type Row, ratio, rounds } from '../bar.ts'
import { interleave, MEASURE, measured } from '../contenders.ts'
import { commonJsGraph, esGraph } from '../graphs.ts'
import { timedRun } from '../timed-run.ts'

/**
 * What is loaded again: the only module of a graph, the root of 300 alone, or all of the 300. Warm enough for each
 * contender to be compiled by the engine, which takes some thousands of modules.
 */
const TASKS = {
  leaf: { title: 'a leaf', repeat: '{ warmup: 2000, batches: 21, calls: 50 }' },
  root: { title: 'the root of 300 modules', repeat: '{ warmup: 2000, batches: 21, calls: 50 }' },
  graph: { title: 'all of 300 modules', repeat: '{ warmup: 60, batches: 15, calls: 4 }' },
} as const
type Task = keyof typeof TASKS

interface Way {
  readonly name: string
  readonly kind: 'cjs' | 'esm'
  /** Statements that load the package. */
  readonly setup: string
  /** Task -> an expression that loads `file` again; absent where the package cannot do that task. */
  readonly does: Readonly<Partial<Record<Task, string>>>
}

const requireIt = '(FORGET, require(file))'

const ways: readonly Way[] = [
  {
    name: 'fresh-modules requireFresh',
    kind: 'cjs',
    setup: "const { requireFresh } = require('fresh-modules')",
    does: {
      leaf: 'requireFresh(file)',
      root: 'requireFresh(file)',
      graph: "requireFresh(file, { fresh: 'imports' })",
    },
  },
  {
    name: 'import-fresh 3',
    kind: 'cjs',
    setup: "const importFresh = require('import-fresh-3')",
    does: { leaf: 'importFresh(file)', root: 'importFresh(file)' },
  },
  {
    name: 'clear-module + require',
    kind: 'cjs',
    setup: "const clearModule = require('clear-module')",
    does: {
      leaf: requireIt.replace('FORGET', 'clearModule(file)'),
      root: requireIt.replace('FORGET', 'clearModule.single(file)'),
      graph: requireIt.replace('FORGET', 'clearModule(file)'),
    },
  },
  {
    name: 'decache + require',
    kind: 'cjs',
    setup: "const decache = require('decache')",
    does: {
      leaf: requireIt.replace('FORGET', 'decache(file)'),
      graph: requireIt.replace('FORGET', 'decache(file)'),
    },
  },
  {
    name: 'proxyquire',
    kind: 'cjs',
    setup: "const proxyquire = require('proxyquire')",
    does: { leaf: 'proxyquire(file, {})', root: 'proxyquire(file, {})' },
  },
  {
    name: 'fresh-modules importFresh',
    kind: 'esm',
    setup: "import { importFresh } from 'fresh-modules'",
    does: {
      leaf: 'importFresh(file)',
      root: 'importFresh(file)',
      graph: "importFresh(file, { fresh: 'imports' })",
    },
  },
  {
    name: 'import-fresh 4',
    kind: 'esm',
    setup:
      "import createImportFresh from 'import-fresh'\nconst importFresh = createImportFresh(import.meta.url)",
    does: { leaf: 'importFresh(file)', graph: 'importFresh(file)' },
  },
  {
    name: 'esmock',
    kind: 'esm',
    setup: "import esmock from 'esmock'",
    does: { leaf: 'esmock(file, {})', root: 'esmock(file, {})' },
  },
]

const scriptName = (way: Way, task: Task): string =>
  `${way.name.replace(/\W+/g, '-')}-${task}.${way.kind === 'cjs' ? 'cjs' : 'mjs'}`

/** Every copy has to be another one, and for `graph` what is beneath it too; for `root` what is beneath has to stay. */
function script(way: Way, task: Task): string {
  const file = task === 'leaf' ? 'leaf/m0' : 'graph/m0'
  const common = way.kind === 'cjs'
  const beneath = {
    leaf: 'true',
    root: 'a.beneath[0] === b.beneath[0]',
    graph: 'a.beneath[0] !== b.beneath[0]',
  }
  const run = `() => ${way.does[task]}`
  const check = `if (a.state === b.state || !(${beneath[task]})) throw new Error('not what was asked for')`
  return common
    ? `${way.setup}\n${MEASURE}
const file = require.resolve('./${file}.cjs')
require(file)
const run = ${run}
const a = run(), b = run()
${check}
measureSync('value', run, ${TASKS[task].repeat})`
    : `${way.setup}\n${MEASURE}
const file = './${file}.js'
await import(file)
const run = ${run}
const a = await run(), b = await run()
${check}
await measure('value', run, ${TASKS[task].repeat})`
}

const startUps = {
  empty: ['nothing', ''],
  ours: ['import of fresh-modules', "import 'fresh-modules'"],
  theirs: ['import of import-fresh 4', "import 'import-fresh'"],
} as const

function nodeProject(): Promise<Project> {
  const scripts = ways.flatMap((way) =>
    (Object.keys(way.does) as Task[]).map((task) => [scriptName(way, task), script(way, task)]),
  )
  return project('bench-node', {
    ...commonJsGraph('leaf', 1),
    ...commonJsGraph('graph', 300),
    ...esGraph('leaf', 1),
    ...esGraph('graph', 300),
    ...Object.fromEntries(scripts),
    ...Object.fromEntries(Object.entries(startUps).map(([name, [, code]]) => [`start-${name}.mjs`, code])),
  })
}

export const plainNode: Bar = {
  name: 'node',
  title: 'Plain Node: a fresh module',
  async run(scale) {
    await using app = await nodeProject()
    const parts: BarResult[] = []
    for (const kind of ['cjs', 'esm'] as const) {
      for (const task of Object.keys(TASKS) as Task[]) parts.push(await compareWays(app, kind, task, scale))
    }
    parts.push(await startUp(app, scale))
    return {
      rows: parts.flatMap(({ rows }) => rows),
      ratios: parts.flatMap(({ ratios }) => ratios),
      notes: ['A package is absent from a task that it has no call for.'],
    }
  },
}

async function compareWays(app: Project, kind: Way['kind'], task: Task, scale: number): Promise<BarResult> {
  const able = ways.filter((way) => way.kind === kind && way.does[task])
  const contenders = Object.fromEntries(
    able.map((way) => [
      way.name,
      async () => (await measured(app, [scriptName(way, task)], { script: true }))['value'] ?? Number.NaN,
    ]),
  )
  const samples = await interleave(contenders, rounds(scale, 3))
  const label = `${kind === 'cjs' ? 'CommonJS' : 'ES module'}, ${TASKS[task].title}`
  const rows = able.map(
    ({ name }): Row => ({ contender: `${label}: ${name}`, unit: 'µs', samples: samples[name] ?? [] }),
  )
  const [ours, ...others] = rows
  const ratios = others.map(
    (other): Ratio => ratio(`${other.contender} / fresh-modules`, other, ours as Row, { atLeast: 1 }),
  )
  return { rows, ratios }
}

async function startUp(app: Project, scale: number): Promise<BarResult> {
  const once = async (name: string): Promise<number> =>
    (await timedRun(app, [`start-${name}.mjs`], { script: true })).wall * 1000
  const names = Object.keys(startUps) as (keyof typeof startUps)[]
  const contenders = Object.fromEntries(names.map((name) => [name, () => once(name)]))
  for (const name of names) await once(name)
  const samples = await interleave(contenders, rounds(scale, 15))
  const row = (name: keyof typeof startUps): Row => ({
    contender: `start-up: ${startUps[name][0]}`,
    unit: 'ms',
    samples: samples[name] ?? [],
  })
  return {
    rows: names.map(row),
    ratios: [
      ratio('start-up with import-fresh 4 / with fresh-modules', row('theirs'), row('ours'), { atLeast: 1 }),
      ratio('start-up with fresh-modules / with nothing', row('ours'), row('empty')),
    ],
  }
}
