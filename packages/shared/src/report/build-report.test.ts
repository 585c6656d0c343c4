import { describe, expect, test } from 'vitest'
import { filePart, SAMPLE_PARTS } from '../../test-host/report-parts.ts'
import { buildReport } from './build-report.ts'
import { isClean, reportLines } from './lines.ts'
import { mergeReports, parseReport } from './merge-reports.ts'
import { pageWith, REPORT_PLACE } from './page.ts'
import type { Report } from './schema.ts'

const run = { id: 'one', parallel: 2 }
const report = buildReport(SAMPLE_PARTS, run) as Report

describe('a report of what workers have written', () => {
  test('tells the fate of what each file left, by paths that are relative', () => {
    expect(report.files.map(({ path }) => path)).toEqual(['src/a.test.ts', 'src/b.test.ts', 'src/c.test.ts'])
    const [a, b, c] = report.files
    expect(a?.leaks).toEqual([
      { what: 'process.env.TZ', kind: 'variable', fate: 'put back' },
      { what: 'setInterval(5 ms)', kind: 'timer', fate: 'put back', by: 'src/counter.ts' },
      {
        what: 'Math.ofTest',
        kind: 'property',
        fate: 'stayed',
        why: 'frozen, which src/a.test.ts has done',
      },
    ])
    expect(a?.dirty).toEqual([
      { path: 'src/counter.ts', exports: ['count'], fate: 'put back' },
      { path: '../lib/shared.ts', exports: [], fate: 'stayed' },
    ])
    // Nobody came after it.
    expect(b?.leaks).toEqual([{ what: 'process.env.TZ', kind: 'variable', fate: 'isolated' }])
    expect(c).toMatchObject({ leaks: [], dirty: [], ms: 500 })
  })

  test('adds up modules over workers, each of which numbers them by itself', () => {
    expect(report.modules).toEqual([
      {
        path: '../lib/shared.ts',
        evaluations: 1,
        selfMs: 0.25,
        files: 1,
        verdict: 'unknown',
        kept: [{ reason: 'used by ../lib/index.ts, which stays', files: 1 }],
        dirtyIn: 1,
        leaks: 0,
      },
      {
        path: 'src/counter.ts',
        evaluations: 3,
        selfMs: 2,
        files: 2,
        verdict: 'state',
        evidence: '1: let count = 0',
        kept: [],
        dirtyIn: 1,
        leaks: 1,
      },
    ])
  })

  test('shows both chains of a package that is there twice', () => {
    expect(report.packages).toMatchObject([
      {
        name: 'graphql',
        knownSingleton: true,
        files: ['src/b.test.ts'],
        copies: [
          { dir: '../node_modules/graphql', format: 'esm', chain: ['src/b.test.ts'] },
          { format: 'cjs', chain: ['../node_modules/msw/index.js', 'src/b.test.ts'] },
        ],
      },
    ])
  })

  test('says who waited and for whom, and leaves out who did not', () => {
    expect(report.waits).toEqual([
      { module: 'src/db.ts', file: 'src/b.test.ts', worker: 'forks 2', ms: 910, heldBy: 'src/a.test.ts' },
    ])
  })

  test('names no folder of the machine', () => {
    expect(JSON.stringify(report)).not.toContain('/home')
  })

  test('is none where no file has ended', () => {
    expect(buildReport([], run)).toBeUndefined()
    expect(
      buildReport(
        SAMPLE_PARTS.map((parts) => parts.slice(0, 2)),
        run,
      ),
    ).toBeUndefined()
  })
})

describe('in the terminal', () => {
  test('it is a dozen lines', () => {
    const lines = reportLines(report, 'report.html')
    expect(lines.length).toBeLessThanOrEqual(15)
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringContaining('2 of 3 files leave something behind, and 1 thing could not be put back'),
        expect.stringContaining('src/a.test.ts: process.env.TZ, Math.ofTest, 1 timer, 2 modules dirty'),
        expect.stringContaining("graphql: 16.11.0 ES module by Node's loader; 16.11.0 CommonJS"),
        expect.stringContaining('910 ms for src/db.ts'),
      ]),
    )
    expect(isClean(report)).toBe(false)
  })

  test('a clean suite says so', () => {
    const [[worker] = []] = SAMPLE_PARTS
    const clean = buildReport([[worker as never, filePart('/home/me/mono/app/src/a.test.ts')]], run) as Report
    expect(isClean(clean)).toBe(true)
    expect(reportLines(clean, 'report.html').join('\n')).toContain('no file leaves anything behind')
  })
})

describe('reports of several shards', () => {
  const other = buildReport(SAMPLE_PARTS, { id: 'two', parallel: 3 }) as Report

  test('add up', () => {
    const merged = mergeReports([report, other])
    expect(merged.runs.map(({ id, workers }) => [id, workers])).toEqual([
      ['one', 2],
      ['two', 2],
    ])
    expect(merged.files.filter(({ path }) => path === 'src/a.test.ts').map(({ run }) => run)).toEqual([0, 1])
    expect(merged.modules.find(({ path }) => path === 'src/counter.ts')).toMatchObject({
      evaluations: 6,
      selfMs: 4,
      files: 4,
      verdict: 'state',
      leaks: 2,
    })
    expect(merged.packages).toMatchObject([{ copies: [{}, {}], files: ['src/b.test.ts'] }])
    expect(merged.waits).toHaveLength(2)
  })

  test('of one run are one run', () => {
    expect(mergeReports([report, report]).runs).toEqual([{ ...report.runs[0], workers: 4 }])
  })

  test.each([
    ['not JSON', '{', 'is not JSON'],
    ['another file', '{"name": "app"}', 'is no report'],
    ['null', 'null', 'is no report'],
    ['a newer version', JSON.stringify({ ...report, version: 2 }), 'its version is 2'],
  ])('refuse %s', (_, text, why) => {
    expect(() => parseReport(text, 'a.json')).toThrow(
      expect.objectContaining({ code: 'ERR_BAD_OPTION', message: expect.stringContaining(why) }),
    )
  })

  test('come from what was written', () => {
    expect(parseReport(JSON.stringify(report), 'a.json')).toEqual(report)
  })
})

test('no text of a report ends the script that it stands in', () => {
  const named = { ...report, files: [{ ...report.files[0], path: '</script><!--$&' }] } as Report
  const page = pageWith(`<script>${REPORT_PLACE}</script>`, named)
  expect(page.match(/<\/script>|<!--/g)).toEqual(['</script>'])
  expect(JSON.parse(page.slice('<script>'.length, -'</script>'.length))).toEqual(named)
})
