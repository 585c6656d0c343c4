import { expect, test } from 'vitest'
import { SAMPLE_PARTS } from '../../test-host/report-parts.ts'
import { adviceFor } from './advice.ts'
import { buildReport } from './build-report.ts'
import type { ModuleReport, Report } from './schema.ts'

const report = buildReport(SAMPLE_PARTS, { id: 'one', parallel: 2 }) as Report
const NO_FACTS = { ...report, files: [], modules: [], packages: [], waits: [] }

function moduleReport(module: Partial<ModuleReport>): ModuleReport {
  return {
    path: 'src/a.ts',
    evaluations: 1,
    selfMs: 0,
    files: 1,
    verdict: 'state',
    kept: [],
    dirtyIn: 0,
    leaks: 0,
    ...module,
  }
}

const adviceForModule = (module: Partial<ModuleReport>) =>
  adviceFor({ ...NO_FACTS, modules: [moduleReport(module)] }).map(({ about, lines }) => [about, ...lines])

test('what stays is first, then what is there twice', () => {
  expect(report.advice.map(({ about, subject }) => [about, subject])).toEqual([
    ['leak', 'src/a.test.ts'],
    ['package', 'graphql'],
    ['leak', 'src/a.test.ts'],
    ['leak', 'src/b.test.ts'],
  ])
})

test('a module that throws when it is evaluated again gets the rule that keeps it', () => {
  const kept = [{ reason: 'it cannot be evaluated again: Error: twice', files: 2 }]
  expect(adviceForModule({ kept })).toEqual([
    ['kept', "{ match: './src/a.ts', reset: false, reason: 'cannot be evaluated twice' }"],
  ])
})

test('a module that is kept for what it changes is told how to let go of it', () => {
  const kept = [
    { reason: 'src/a.ts:4 changes "commander", which stays: program.command(\'build\')', files: 1 },
  ]
  expect(adviceForModule({ kept })).toEqual([
    [
      'kept',
      "import { onUnload } from 'fresh-modules'",
      'onUnload(import.meta, () => {',
      "  // undo: program.command('build')",
      '})',
    ],
  ])
})

test('a dear module that resets evaluate again and again gets a rule; one that isolation does gets none', () => {
  const dear = { selfMs: 400, evaluations: 40 }
  expect(adviceForModule({ ...dear, files: 2 })).toEqual([
    ['cost', "{ match: './src/a.ts', reset: false, reason: '400 ms in 40 evaluations' }"],
  ])
  expect(adviceForModule({ ...dear, files: 40 })).toEqual([])
  expect(adviceForModule({ ...dear, files: 2, package: 'react@19.0.0' })).toEqual([])
})

test('isolation is named where packages cost much because of it', () => {
  const files = report.files.map((file) => ({ ...file, world: 'own' as const, leaks: [] }))
  const modules = [moduleReport({ package: 'mui@7.0.0', selfMs: 10_000, evaluations: 20, files: 20 })]
  const advice = adviceFor({ ...NO_FACTS, files, modules })
  expect(advice).toMatchObject([{ about: 'isolation', lines: ['test: { isolate: false }'] }])
  // 18 of 20 evaluations, with two workers at a time.
  expect(advice[0]?.why).toContain('9000 ms')
  expect(adviceFor({ ...NO_FACTS, files: report.files.slice(1), modules })).not.toContainEqual(
    expect.objectContaining({ about: 'isolation' }),
  )
})
