/** The examination: the suite as it is, in each way there is, and who makes fail what fails. */

import { takeBaseline } from './baseline.ts'
import type { Examination, WayOutcome } from './examination.ts'
import { type ExaminedWay, examineWay, type Ward } from './examine-way.ts'
import { explain } from './explain-failures.ts'
import type { Progress } from './progress.ts'
import type { ProjectFacts } from './run-file.ts'
import type { Runner } from './suite-runner.ts'
import { sharesRealms, type Target } from './target.ts'
import { wayAdviceFor } from './way-advice.ts'
import {
  isolatedDefaults,
  isPossible,
  sharedDefaults,
  sharedFiles,
  sharedRaw,
  type Way,
  type WayName,
} from './ways.ts'

export interface Assignment {
  readonly target: Target
  readonly runner: Runner
  readonly progress: Progress
  /** For how many files of each way it is found out who makes them fail. */
  readonly searches: number
}

const ALL = [sharedRaw, sharedFiles, sharedDefaults, isolatedDefaults]

/**
 * Runs the suite twice as it is, then in each way that the framework and its adapter know, and finds out who makes fail
 * what fails there.
 *
 * @throws `ERR_RED_BASELINE` if the suite is not green as it is; `ERR_UNSUPPORTED_HOST` for Vitest's browser mode
 */
export async function examine({ target, runner, progress, searches }: Assignment): Promise<Examination> {
  const isJest = target.framework === 'jest'
  const possible = ALL.filter((way) => isPossible(way, target.framework, sharesRealms(target))).map((way) =>
    isJest ? inJest(way) : way,
  )
  progress.expects(2)
  const baseline = await takeBaseline(runner, progress)
  const ways = possible.filter(
    ({ name }) => name !== 'shared-raw' || !alreadyShares(baseline.facts?.projects),
  )
  progress.expects(ways.length + Number(isJest))
  // Jest keeps what it has compiled, by config: the first run with ours fills that cache.
  const filled = isJest ? await fillCache(runner, progress, baseline.seconds) : undefined
  const projects = (baseline.facts ?? filled)?.projects ?? []
  const ward: Ward = { runner, progress, baseline, pool: sharedPoolOf(projects) }

  const examined: ExaminedWay[] = []
  for (const way of ways) examined.push(await examineWay(ward, way))
  const outcomes = (await explain(ward, examined, searches)).map(({ outcome }) => outcome)
  const { seconds, green, flaky } = baseline
  const { framework, version: frameworkVersion } = target
  const advice = wayAdviceFor({ framework, seconds, projects, ways: outcomes, pool: ward.pool })
  return {
    version: 1,
    framework,
    frameworkVersion,
    green: green.length,
    flaky,
    seconds,
    projects,
    ways: outcomes,
    notes: notesOn(target, outcomes, projects),
    ...(advice ? { advice } : {}),
  }
}

/** What files of Jest share is a realm, in whichever worker. */
const inJest = (way: Way): Way => ({ ...way, title: way.title.replace('shared workers', 'shared realms') })

async function fillCache(runner: Runner, progress: Progress, seconds: number) {
  const what = 'with fresh-modules, to fill the cache of what Jest compiles'
  const { facts } = await progress.ofRun(what, seconds * 2, () => runner.run({ way: isolatedDefaults }))
  return facts
}

const alreadyShares = (projects: readonly ProjectFacts[] = []): boolean =>
  projects.length > 0 && projects.every(({ isolate, pool }) => !isolate && !pool?.startsWith('vm'))

/** In Vitest's vm pools each file has its own world, whatever `isolate` says. */
function sharedPoolOf(projects: readonly ProjectFacts[]): string | undefined {
  const pools = projects.map(({ pool }) => pool)
  if (pools.includes('vmThreads')) return 'threads'
  return pools.includes('vmForks') ? 'forks' : undefined
}

function notesOn(target: Target, ways: readonly WayOutcome[], projects: readonly ProjectFacts[]): string[] {
  const notes: string[] = []
  const isLeftOut = (name: WayName): boolean => !ways.some((way) => way.name === name)
  if (target.framework === 'vitest' && isLeftOut('shared-raw')) {
    notes.push('The suite shares workers already: as it is, it is in shared workers without fresh-modules.')
  }
  if (target.framework === 'jest' && isLeftOut('shared-files')) {
    notes.push(
      'Files of Jest never share a realm by themselves, and the installed @fresh-modules/jest-env cannot share one.',
    )
  }
  if (ways.some(({ name, isSafe }) => name === 'shared-raw' && isSafe)) {
    notes.push(
      'Shared workers without fresh-modules leave all tests green as well: in the orders that were tried, no test relies on isolation today.',
    )
  }
  const pool = sharedPoolOf(projects)
  if (pool !== undefined)
    notes.push(`In a vm pool files share nothing: shared workers are of the pool '${pool}'.`)
  if (projects.some(({ hasFreshModules }) => hasFreshModules)) {
    notes.push('The config has fresh-modules already: with the options that it gives only as the suite is.')
  }
  return notes
}
