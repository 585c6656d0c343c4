/** The suite as it is, twice: what is green then is what every way has to leave green. */
import { RedBaselineError, UnsupportedHostError } from '../host/errors.ts'
import { type Baseline, baselineOf } from './compare.ts'
import type { Progress } from './progress.ts'
import type { Results } from './results.ts'
import type { Facts } from './run-file.ts'
import type { Runner, SuiteRun } from './suite-runner.ts'
import { asIs } from './ways.ts'

export interface TakenBaseline extends Baseline {
  /** What the second run took: the first one fills caches. */
  readonly seconds: number
  readonly exitCode: number | null
  readonly results: Results
  readonly facts: Facts | undefined
}

export async function takeBaseline(runner: Runner, progress: Progress): Promise<TakenBaseline> {
  const first = await progress.ofRun('the suite as it is', undefined, () => runner.run({ way: asIs }))
  refuseBrowserMode(first)
  refuseEmpty(first)
  const second = await progress.ofRun('the same again, to find flaky tests', first.seconds, () =>
    runner.run({ way: asIs }),
  )
  refuseEmpty(second)
  refuseRed(first, second)
  const { seconds, exitCode, results, facts } = second
  return { ...baselineOf([first.results, results]), seconds, exitCode, results, facts }
}

function refuseBrowserMode({ facts }: SuiteRun): void {
  const project = facts?.projects.find(({ isBrowser }) => isBrowser)
  if (!project) return
  throw new UnsupportedHostError(
    "Vitest's browser mode",
    `${project.name === '' ? 'the suite' : `the project "${project.name}"`} runs in a browser, which keeps its modules for good`,
    `Examine the others: npx fresh-modules doctor -- --project='!${project.name}'`,
  )
}

function refuseEmpty({ broken, results, output }: SuiteRun): void {
  if (broken !== undefined) throw new RedBaselineError('it does not run as it is', broken)
  const { tests, failedFiles } = results
  if (Object.keys(tests).length > 0 || Object.keys(failedFiles).length > 0) return
  throw new RedBaselineError('no test was found', output)
}

const LISTED = 10

/** What fails in both runs is no flaky test. */
function refuseRed(first: SuiteRun, second: SuiteRun): void {
  const red = redOf(first.results).filter(([name]) => redOf(second.results).some(([other]) => other === name))
  const lines = red.slice(0, LISTED).map(([name, error]) => `  ${name}: ${error}`)
  if (red.length > LISTED) lines.push(`  and ${red.length - LISTED} more`)
  if (red.length > 0) throw new RedBaselineError('it is not green as it is', lines.join('\n'))
  const isFlaky = redOf(first.results).length > 0 || redOf(second.results).length > 0
  if (isFlaky || second.exitCode === 0) return
  throw new RedBaselineError(
    `all its tests are green, but the run ended with exit code ${second.exitCode}`,
    second.output,
  )
}

function redOf({ tests, failedFiles }: Results): [name: string, error: string][] {
  const failed = Object.entries(tests).filter(([, { status }]) => status === 'failed')
  return [
    ...failed.map(([name, { error = '' }]): [string, string] => [name, error]),
    ...Object.entries(failedFiles),
  ]
}
