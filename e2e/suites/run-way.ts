/** One run of a suite, with what it has cost. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { invocationOf, reportOf } from '../../packages/shared/src/doctor/invocation.ts'
import { type Results, resultsOf } from '../../packages/shared/src/doctor/results.ts'
import type { Target } from '../../packages/shared/src/doctor/target.ts'
import type { Way } from '../../packages/shared/src/doctor/ways.ts'
import { cleanEnv, cpuSecondsIn, runProcess, TIMED } from '../harness/index.ts'
import { builtIn } from './place.ts'
import type { Suite } from './suite.ts'

export interface WayRun {
  readonly results: Results
  readonly cpu: number
  readonly wall: number
  readonly exitCode: number | null
  /** The end of what it printed, if it left no report. */
  readonly broken?: string
}

const TIMEOUT = 45 * 60_000

// A suite that is run in the process that was started may keep it open.
const sameForAll = { vitest: ['--retry=0'], jest: ['--forceExit'] } as const

/** @param place where our packages lie for the suite */
export async function runWay(suite: Suite, target: Target, place: string, way: Way): Promise<WayRun> {
  const { framework, args = [], env = {} } = suite
  // Jest compiles again for each path of an environment, which lies in here: the same for all runs.
  const folder = join(place, 'run')
  mkdirSync(folder, { recursive: true })
  const times = join(folder, 'times')
  try {
    const request = { way, oneWorker: true, options: [...sameForAll[framework], ...args] }
    // What Jest has compiled stays with our packages: the first run of a way fills that cache.
    const cache = framework === 'jest' ? { jestCache: join(place, 'jest-cache') } : {}
    const invocation = invocationOf(target, request, { built: builtIn(place), folder, ...cache })
    const command = [process.execPath, target.script, ...invocation.args]
    const start = performance.now()
    const { exitCode, stdout, stderr } = await runProcess('sh', ['-c', TIMED, 'sh', ...command], {
      cwd: target.dir,
      env: cleanEnv(process.execPath, { ...env, ...invocation.env, CPU_TIMES: times }),
      timeout: TIMEOUT,
    })
    const wall = (performance.now() - start) / 1000
    const results = resultsOf(reportOf(invocation) ?? { testResults: [] }, target.dir)
    const empty = Object.keys(results.tests).length === 0
    const said = [...Object.values(results.failedFiles).slice(0, 1), endOf(`${stdout}\n${stderr}`)]
    return {
      results,
      cpu: exitCode === null ? Number.NaN : cpuSecondsIn(times),
      wall,
      exitCode,
      ...(empty ? { broken: said.join('\n') } : {}),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const endOf = (text: string): string => text.trim().split('\n').slice(-15).join('\n')
