/** One run of a suite, with what it has cost. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanEnv, cpuSecondsIn, readReport, runProcess, TIMED } from '../harness/index.ts'
import { jestRun } from './jest-suite.ts'
import { commandOf } from './own-config.ts'
import { type Results, resultsOf } from './results.ts'
import type { Suite } from './suite.ts'
import { vitestRun } from './vitest-suite.ts'
import type { Way } from './ways.ts'

export interface WayRun {
  readonly results: Results
  readonly cpu: number
  readonly wall: number
  readonly exitCode: number | null
  /** The end of what it printed, if it left no report. */
  readonly broken?: string
}

const TIMEOUT = 45 * 60_000

const invocationOf = { vitest: vitestRun, jest: jestRun } as const

/** @param dir where the framework is started @param place where our packages lie for it */
export async function runWay(suite: Suite, dir: string, place: string, way: Way): Promise<WayRun> {
  const { framework, config, args = [], env = {} } = suite
  const invocation = invocationOf[framework](dir, config, way, place)
  const outside = mkdtempSync(join(tmpdir(), 'suites-'))
  const [report, times] = [join(outside, 'report.json'), join(outside, 'times')]
  try {
    const command = [
      process.execPath,
      commandOf(framework, dir).script,
      ...invocation.args,
      `--outputFile=${report}`,
      ...args,
    ]
    const start = performance.now()
    const { exitCode, stdout, stderr } = await runProcess('sh', ['-c', TIMED, 'sh', ...command], {
      cwd: dir,
      env: cleanEnv(process.execPath, { ...env, ...invocation.env, CPU_TIMES: times }),
      timeout: TIMEOUT,
    })
    const wall = (performance.now() - start) / 1000
    const results = resultsOf(readReport(framework, report), dir)
    const empty = Object.keys(results.tests).length === 0
    return {
      results,
      cpu: exitCode === null ? Number.NaN : cpuSecondsIn(times),
      wall,
      exitCode,
      ...(empty
        ? {
            broken: [...Object.values(results.failedFiles).slice(0, 1), endOf(`${stdout}\n${stderr}`)].join(
              '\n',
            ),
          }
        : {}),
    }
  } finally {
    for (const file of [...invocation.files, outside]) rmSync(file, { recursive: true, force: true })
  }
}

const endOf = (text: string): string => text.trim().split('\n').slice(-15).join('\n')
