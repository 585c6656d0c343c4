/** One way: how long the suite takes in it, and what is no longer green, whatever the order of files. */
import type { TakenBaseline } from './baseline.ts'
import { differencesOf } from './compare.ts'
import type { Failure, WayOutcome } from './examination.ts'
import type { RunRequest } from './invocation.ts'
import type { Progress } from './progress.ts'
import type { Runner, SuiteRun } from './suite-runner.ts'
import type { Way } from './ways.ts'

export interface Ward {
  readonly runner: Runner
  readonly progress: Progress
  readonly baseline: TakenBaseline
  /** Vitest's pool for shared workers, where the suite's own has none. */
  readonly pool: string | undefined
}

export interface ExaminedWay {
  readonly way: Way
  readonly outcome: WayOutcome
  /** The order of files in the run in which it was found what fails. */
  readonly order: readonly string[]
}

/** So many times as long as the suite itself, and at least two minutes: then it hangs. */
const PATIENCE = 6
const LEAST_PATIENCE = 120

const IN_ONE_WORKER = '  the same, all files in one worker'
const IN_REVERSE = '  the same, in one worker and with the files in reverse'

export async function examineWay(ward: Ward, way: Way): Promise<ExaminedWay> {
  const isShared = way.isolate === false
  const run = await runOf(ward, way.title, requestOf(ward, way))
  const found = judge(ward, way, 'run', run)
  if (!isShared || !found.outcome.isSafe) return found

  // In one worker every file has all others before it, once, if the files run in two orders that are each other's reverse.
  const request = requestOf(ward, way)
  const isTogether = ward.baseline.facts?.maxWorkers === 1
  ward.progress.expects(isTogether ? 1 : 2)
  const together = isTogether ? run : await runOf(ward, IN_ONE_WORKER, { ...request, oneWorker: true })
  const inOneWorker = judge(ward, way, 'one-worker', together)
  if (!inOneWorker.outcome.isSafe) return withTimeOf(run, inOneWorker)
  const order = [...together.results.order].reverse()
  const reversed = await runOf(ward, IN_REVERSE, { ...request, order })
  return withTimeOf(run, judge(ward, way, 'reversed', reversed))
}

export const requestOf = ({ pool }: Pick<Ward, 'pool'>, way: Way): RunRequest => ({
  way,
  ...(way.isolate === false && pool !== undefined ? { pool } : {}),
})

/** How many seconds a run may take before it is stopped. */
export const limitOf = ({ baseline }: Pick<Ward, 'baseline'>): number =>
  Math.max(baseline.seconds * PATIENCE, LEAST_PATIENCE)

function runOf(ward: Ward, what: string, request: RunRequest): Promise<SuiteRun> {
  const { progress, runner, baseline } = ward
  return progress.ofRun(what, baseline.seconds, () => runner.run(request, limitOf(ward)))
}

function judge({ baseline }: Ward, way: Way, where: Failure['in'], run: SuiteRun): ExaminedWay {
  const { results, seconds, broken } = run
  const order = results.order
  const { name, title } = way
  if (broken !== undefined) {
    return { way, order, outcome: { name, title, failures: [], isSafe: false, problem: broken } }
  }
  const failures = differencesOf(baseline, results).map(
    (difference): Failure => ({ ...difference, in: where }),
  )
  const endedBadly = failures.length === 0 && run.exitCode !== 0 && baseline.exitCode === 0 && !hasFailed(run)
  const problem = `all tests are the same, but the run ended with exit code ${run.exitCode}:\n${run.output}`
  const isSafe = failures.length === 0 && !endedBadly
  return {
    way,
    order,
    outcome: { name, title, seconds, failures, isSafe, ...(endedBadly ? { problem } : {}) },
  }
}

/** A flaky test may fail, and that is no fault of the way. */
const hasFailed = ({ results }: SuiteRun): boolean =>
  Object.values(results.tests).some(({ status }) => status === 'failed') ||
  Object.keys(results.failedFiles).length > 0

/** The time is that of the suite's own workers. */
const withTimeOf = ({ seconds }: SuiteRun, found: ExaminedWay): ExaminedWay => ({
  ...found,
  outcome: { ...found.outcome, seconds },
})
