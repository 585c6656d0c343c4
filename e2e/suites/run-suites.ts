/** Published suites in every way there is, compared test by test with what they are without us. */
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { baselineOf, differencesOf } from '../../packages/shared/src/doctor/compare.ts'
import { sharesRealms, targetIn } from '../../packages/shared/src/doctor/target.ts'
import { asIs, type Way } from '../../packages/shared/src/doctor/ways.ts'
import { placeIn } from './place.ts'
import { runWay, type WayRun } from './run-way.ts'
import type { Suite } from './suite.ts'
import { markdownOf, type SuiteOutcome, type WayOutcome } from './table.ts'
import { waysOf } from './ways-of.ts'

export { ways } from '../../packages/shared/src/doctor/ways.ts'
export { known } from './known.ts'

export interface Request {
  /** Holds a folder for each suite, by its name. */
  readonly folder: string
  readonly suites: readonly Suite[]
  /** Names of ways; if left out, those that are usual for the framework. */
  readonly ways: readonly string[] | undefined
  /** Where the results go, as JSON. */
  readonly json: string
}

/** Runs one after the other, and writes what there is after each. */
export async function runSuites({ folder, suites, ways, json }: Request): Promise<void> {
  const outcomes: SuiteOutcome[] = []
  for (const suite of suites) {
    try {
      outcomes.push(await runSuite(suite, checkoutOf(suite, folder), ways))
      writeOutcomes(json, outcomes)
    } catch (error) {
      // Not installed, or at another commit: the others can be run all the same.
      console.error(`${suite.name} did not run: ${(error as Error).message}`)
      process.exitCode = 1
    }
  }
  const shown = [...new Set(outcomes.flatMap(({ ways }) => ways.map(({ way }) => way)))]
  console.log(`\n${markdownOf(outcomes, shown)}\n\nWritten to ${json}`)
}

async function runSuite(suite: Suite, top: string, asked: Request['ways']): Promise<SuiteOutcome> {
  const dir = realpathSync(join(top, suite.folder ?? '.'))
  const place = await placeIn(dir)
  const { framework, config } = suite
  const target = targetIn(dir, { framework, adapterFrom: place, ...(config === undefined ? {} : { config }) })
  const run = (way: Way): Promise<WayRun> => runWay(suite, target, place, way)

  // Twice: what differs from run to run says nothing.
  const baselineRuns = [await run(asIs), await run(asIs)]
  const baseline = baselineOf(baselineRuns.map(({ results }) => results))
  const asItIs = costOf(asIs, baselineRuns[1] as WayRun)
  say(suite, asItIs)

  const outcomes: WayOutcome[] = []
  const chosen = asItIs.broken === undefined ? waysOf(framework, asked, sharesRealms(target)) : []
  for (const way of chosen) {
    // Jest keeps what it has compiled, apart for each config: the first run of a way fills that cache.
    if (framework === 'jest') await run(way)
    const finished = await run(way)
    const differences = finished.broken === undefined ? differencesOf(baseline, finished.results) : []
    const outcome = { ...costOf(way, finished), differences }
    outcomes.push(outcome)
    say(suite, outcome)
  }
  return {
    suite: suite.name,
    framework,
    version: target.version,
    green: baseline.green.length,
    flaky: baseline.flaky,
    asIs: asItIs,
    ways: outcomes,
  }
}

function costOf({ name }: Way, run: WayRun): Omit<WayOutcome, 'differences'> {
  const { results, cpu, wall, exitCode, broken } = run
  const tests = Object.keys(results.tests).length
  return { way: name, cpu, wall, tests, exitCode, ...(broken === undefined ? {} : { broken }) }
}

/** A line for each way as it ends: a suite may take minutes. */
function say({ name }: Suite, outcome: Omit<WayOutcome, 'differences'> & Partial<WayOutcome>): void {
  const { way, cpu, wall, tests, broken, differences = [] } = outcome
  const result = broken === undefined ? `${tests} tests, ${differences.length} differ` : 'did not run'
  console.log(`${name}, ${way}: ${result}, ${cpu.toFixed(1)} s of CPU, ${wall.toFixed(1)} s`)
}

function writeOutcomes(file: string, outcomes: readonly SuiteOutcome[]): void {
  const report = {
    date: new Date().toISOString(),
    machine: { cores: availableParallelism(), platform: process.platform, node: process.versions.node },
    suites: outcomes,
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}

/** Suites that have no folder yet. */
export const absentFrom = (folder: string, suites: readonly Suite[]): readonly Suite[] =>
  suites.filter((suite) => !existsSync(checkoutOf(suite, folder)))

const checkoutOf = ({ name, checkout = name }: Suite, folder: string): string => join(folder, checkout)
