/** Bars 1 and 2: files that share a worker and still start fresh. */
import { type FileTree, project } from '../../harness/index.ts'
import { generateSuite, type SuiteSize } from '../../resets/generate-suite.ts'
import { type Bar, type BarResult, type Ratio, type Row, ratio, rounds } from '../bar.ts'
import { componentSuite } from '../component-suite.ts'
import { withoutPlugin, withPlugin } from '../configs.ts'
import { interleave } from '../contenders.ts'
import { type Cost, timedRun } from '../timed-run.ts'

const CONTENDERS = {
  plugin: 'fresh-modules, isolate: false',
  raw: 'isolate: false alone (state leaks)',
  vmThreads: 'pool: vmThreads',
  isolated: 'default isolation (forks)',
} as const
type Contender = keyof typeof CONTENDERS

interface Suite {
  readonly files: FileTree
  /** Fields of `test` that all contenders have. */
  readonly test: string
  readonly contenders: readonly Contender[]
  readonly rounds: number
}

const settings: Readonly<Record<Contender, string>> = {
  plugin: 'isolate: false',
  raw: 'isolate: false',
  vmThreads: "pool: 'vmThreads'",
  isolated: '',
}

const table = (
  costs: Partial<Record<Contender, Cost[]>>,
  pick: (cost: Cost) => number,
  label: string,
  unit: Row['unit'] = 's',
): Partial<Record<Contender, Row>> =>
  Object.fromEntries(
    Object.entries(costs).map(([name, samples]) => [
      name,
      { contender: `${CONTENDERS[name as Contender]}, ${label}`, unit, samples: samples.map(pick) },
    ]),
  )

/** Runs a suite by all of its contenders. */
async function runSuite(suite: Suite, watchMemory = false): Promise<Partial<Record<Contender, Cost[]>>> {
  await using app = await project('bench-vitest', {
    ...suite.files,
    ...Object.fromEntries(
      suite.contenders.map((name) => {
        const test = [suite.test, settings[name]].filter(Boolean).join(', ')
        return [
          `${name}.config.ts`,
          // The suites ask for one thing: that a file finds what no other file has touched.
          name === 'plugin' ? withPlugin(test, "{ resetBetween: 'files' }") : withoutPlugin(test),
        ]
      }),
    ),
  })
  const runs = Object.fromEntries(
    suite.contenders.map((name) => [
      name,
      () => {
        // State that leaks makes tests fail: that contender only evaluates.
        const env = name === 'raw' ? { BENCH_LEAKS: '1' } : {}
        return timedRun(app, ['--config', `${name}.config.ts`], { env, watchMemory })
      },
    ]),
  ) as Record<Contender, () => Promise<Cost>>
  // The whole suite: the server keeps what it has transformed, test files included.
  for (const name of suite.contenders) await runs[name]()
  // Awaited: the project is removed when this function returns.
  return await interleave(runs, suite.rounds)
}

function compare(
  costs: Partial<Record<Contender, Cost[]>>,
  goals: readonly { what: string; slow: Contender; fast: Contender; goal?: Ratio['goal'] }[],
): BarResult {
  const wall = table(costs, (cost) => cost.wall, 'wall-clock')
  const cpu = table(costs, (cost) => cost.cpu, 'CPU')
  const both = goals.flatMap(({ what, slow, fast, goal }) => [
    ratio(what, wall[slow] as Row, wall[fast] as Row, goal),
    ratio(`${what}, CPU time`, cpu[slow] as Row, cpu[fast] as Row),
  ])
  return { rows: [...Object.values(wall), ...Object.values(cpu)], ratios: both }
}

function generated(rounds: number, share: Partial<SuiteSize> = {}): Suite {
  return {
    files: leakable(generateSuite({ modules: 300, files: 120, functions: 30, ...share })),
    test: '',
    contenders: ['plugin', 'raw', 'vmThreads', 'isolated'],
    rounds,
  }
}

/** The generated tests fail where state leaks; with BENCH_LEAKS they do the same work and do not fail. */
function leakable(tree: FileTree): FileTree {
  return Object.fromEntries(
    Object.entries(tree).map(([path, source]) => [
      path,
      path.endsWith('.test.ts')
        ? source.replace(/expect\((.*)\)\.toEqual\(\[\]\)/, (_, found) => {
            return `expect(process.env.BENCH_LEAKS ? [] : ${found}).toEqual([])`
          })
        : source,
    ]),
  )
}

export const freshFiles: Bar = {
  name: 'files',
  title: 'Fresh files in a shared worker: 300 modules, 120 test files',
  async run(scale) {
    const costs = await runSuite(generated(rounds(scale, 3)))
    return compare(costs, [
      { what: 'default isolation / fresh-modules', slow: 'isolated', fast: 'plugin', goal: { atLeast: 12 } },
      { what: 'vmThreads / fresh-modules', slow: 'vmThreads', fast: 'plugin', goal: { atLeast: 2.5 } },
      { what: 'fresh-modules / raw isolate: false', slow: 'plugin', fast: 'raw', goal: { atMost: 1.5 } },
    ])
  },
}

export const commonFiles: Bar = {
  name: 'common-files',
  title:
    'Fresh files in a shared worker: 300 modules, of which 7 in 10 hold no state, 120 test files that dirty 5',
  async run(scale) {
    const suite = generated(rounds(scale, 3), { withoutState: 7, privateState: 2, dirties: 5 })
    const costs = await runSuite({ ...suite, contenders: ['plugin', 'raw', 'isolated'] })
    return compare(costs, [
      { what: 'default isolation / fresh-modules', slow: 'isolated', fast: 'plugin', goal: { atLeast: 20 } },
      { what: 'fresh-modules / raw isolate: false', slow: 'plugin', fast: 'raw', goal: { atMost: 1.15 } },
    ])
  },
}

export const components: Bar = {
  name: 'components',
  title: 'Fresh files in a shared worker: 60 test files render components over react-dom and MUI in jsdom',
  async run(scale) {
    const costs = await runSuite({
      files: componentSuite({ components: 40, files: 60 }),
      test: "environment: 'jsdom'",
      contenders: ['plugin', 'raw', 'isolated'],
      rounds: rounds(scale, 1),
    })
    return compare(costs, [
      { what: 'default isolation / fresh-modules', slow: 'isolated', fast: 'plugin', goal: { atLeast: 4 } },
      { what: 'fresh-modules / raw isolate: false', slow: 'plugin', fast: 'raw' },
    ])
  },
}

export async function suiteMemory(scale: number): Promise<BarResult> {
  const suite = { ...generated(rounds(scale, 1)), contenders: ['plugin', 'raw', 'isolated'] as const }
  const peaks = table(
    await runSuite(suite, true),
    (cost) => cost.peak ?? Number.NaN,
    'peak of all processes',
    'MB',
  )
  return {
    rows: Object.values(peaks),
    ratios: [
      ratio('memory: fresh-modules / raw isolate: false', peaks.plugin as Row, peaks.raw as Row),
      ratio('memory: fresh-modules / default isolation', peaks.plugin as Row, peaks.isolated as Row),
    ],
  }
}
