/** Bar: what the report costs where it is on. */
import { type Project, project } from '../../harness/index.ts'
import { generateSuite } from '../../resets/generate-suite.ts'
import { type Bar, type BarResult, type Row, ratio, rounds } from '../bar.ts'
import { jestConfigs, withPlugin } from '../configs.ts'
import { interleave } from '../contenders.ts'
import { timedRun } from '../timed-run.ts'

const FILES = 20
const suite = generateSuite({ modules: 100, files: FILES, tests: 3, functions: 10 })
const filesFor = (importLine: string) =>
  Object.fromEntries(
    Object.entries(suite).map(([path, source]) => [
      path,
      // The same work in every test; whether state is pristine is not the question here.
      source
        .replace('expect(dirty.map', 'expect([].map')
        .replace("import { expect, test } from 'vitest'", importLine),
    ]),
  )

async function pairs(app: Project, title: string, config: string, scale: number): Promise<BarResult> {
  const cpu = async (report: string): Promise<number> =>
    (await timedRun(app, ['--config', config], { env: { FRESH_MODULES_REPORT: report } })).cpu
  const contenders = { off: () => cpu(''), on: () => cpu('1') }
  await contenders.off()
  await contenders.on()
  const samples = await interleave(contenders, rounds(scale, 8))
  const row = (name: 'off' | 'on', what: string): Row => ({
    contender: `${title} ${what}`,
    unit: 's',
    samples: samples[name],
  })
  const [off, on] = [row('off', 'without report, CPU'), row('on', 'with report, CPU')]
  return {
    rows: [off, on],
    ratios: [ratio(`${title}: with report / without, CPU time`, on, off, { atMost: 1.05 })],
  }
}

export const reportCost: Bar = {
  name: 'report',
  title: `The report: CPU time of a suite of ${FILES} files over 100 modules`,
  async run(scale) {
    const vitestLine = "import { expect, test } from 'vitest'"
    await using vitest = await project('bench-vitest', {
      ...filesFor(vitestLine),
      'isolated.config.ts': withPlugin(''),
      'shared.config.ts': withPlugin('isolate: false'),
    })
    await using jest = await project('bench-jest', {
      ...filesFor(''),
      ...jestConfigs(),
      'package.json': '{ "name": "app" }',
    })
    const parts = [
      await pairs(vitest, 'Vitest, isolated', 'isolated.config.ts', scale),
      await pairs(vitest, 'Vitest, shared workers', 'shared.config.ts', scale),
      await pairs(jest, 'Jest', 'fresh.config.cjs', scale),
    ]
    return {
      rows: parts.flatMap(({ rows }) => rows),
      ratios: parts.flatMap(({ ratios }) => ratios),
      notes: ['User and system time of all processes, merging and writing included, in alternating pairs.'],
    }
  },
}
