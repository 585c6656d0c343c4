/** Bar 7: the adapters present and nothing asked of them. */
import { type Project, project } from '../../harness/index.ts'
import { generateSuite } from '../../resets/generate-suite.ts'
import { type Bar, type BarResult, type Row, ratio, rounds } from '../bar.ts'
import { jestConfigs, withoutPlugin, withPlugin } from '../configs.ts'
import { interleave } from '../contenders.ts'
import { timedRun } from '../timed-run.ts'

const FILES = 20
const suite = generateSuite({ modules: 30, files: FILES, tests: 3, functions: 10 })

/** The same work in every test; whether state is pristine is not the question here. */
const idle = Object.fromEntries(
  Object.entries(suite).map(([path, source]) => [
    path,
    source
      .replace('expect(dirty.map', 'expect([].map')
      .replace("import { expect, test } from 'vitest'", 'IMPORT'),
  ]),
)
const filesFor = (importLine: string) =>
  Object.fromEntries(
    Object.entries(idle).map(([path, source]) => [path, source.replace('IMPORT', importLine)]),
  )

async function pairs(app: Project, title: string, configs: readonly [string, string], scale: number) {
  const cpu = async (config: string): Promise<number> => (await timedRun(app, ['--config', config])).cpu
  const contenders = { without: () => cpu(configs[0]), present: () => cpu(configs[1]) }
  await contenders.without()
  await contenders.present()
  const samples = await interleave(contenders, rounds(scale, 10))
  const row = (name: 'without' | 'present', what: string): Row => ({
    contender: `${title} ${what}`,
    unit: 's',
    samples: samples[name],
  })
  const [without, present] = [row('without', 'alone, CPU'), row('present', "with resetBetween: 'never', CPU")]
  return {
    rows: [without, present],
    ratios: [ratio(`${title}: present and idle / absent, CPU time`, present, without, { atMost: 1.02 })],
  } satisfies BarResult
}

export const idleCost: Bar = {
  name: 'idle',
  title: `Present and idle: CPU time of a suite of ${FILES} files`,
  async run(scale) {
    await using vitest = await project('bench-vitest', {
      ...filesFor("import { expect, test } from 'vitest'"),
      'plain.config.ts': withoutPlugin(''),
      'idle.config.ts': withPlugin('', "{ resetBetween: 'never' }"),
    })
    await using jest = await project('bench-jest', {
      ...filesFor(''),
      ...jestConfigs(),
      'package.json': '{ "name": "app" }',
    })
    const parts = [
      await pairs(vitest, 'Vitest', ['plain.config.ts', 'idle.config.ts'], scale),
      await pairs(jest, 'Jest', ['plain.config.cjs', 'idle.config.cjs'], scale),
    ]
    return {
      rows: parts.flatMap(({ rows }) => rows),
      ratios: parts.flatMap(({ ratios }) => ratios),
      notes: ['User and system time of all processes, in alternating pairs.'],
    }
  },
}
