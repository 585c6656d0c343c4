/** How a framework is started for one run: arguments and environment. Nothing is written but in a temporary folder. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonReport } from './results.ts'
import { type Facts, RUN_FILE, type RunFile } from './run-file.ts'
import type { Target } from './target.ts'
import { asIs, type Way } from './ways.ts'

export interface RunRequest {
  readonly way: Way
  /** Which files the user has asked for; if left out, all. */
  readonly filters?: readonly string[]
  /** Options of the framework that the user has given. */
  readonly options?: readonly string[]
  /** All files in one worker, one after the other. */
  readonly oneWorker?: boolean
  /** The only files that are to run, in this order, in one worker. Absolute paths. */
  readonly order?: readonly string[]
  /** The only tests that are to run, by their full names. */
  readonly tests?: readonly string[]
  /** Vitest's pool, where the suite's own cannot share workers. */
  readonly pool?: string
}

export interface Invocation {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where the framework leaves its report. */
  readonly report: string
  /** Where our part of it leaves what it made of the config. */
  readonly facts: string
}

export interface Places {
  /** The folder with what this package has built for frameworks to load. */
  readonly built: string
  /** A temporary folder. */
  readonly folder: string
  /** Where Jest keeps what it has compiled; if left out, in the temporary folder. */
  readonly jestCache?: string
}

/** How many invocations there were in this process: each has files of its own. */
let invocations = 0

export function invocationOf(target: Target, request: RunRequest, places: Places): Invocation {
  const { folder } = places
  const name = `run-${++invocations}`
  const [runFile, report, facts] = ['json', 'report.json', 'facts.json'].map((ending) =>
    join(folder, `${name}.${ending}`),
  ) as [string, string, string]
  const { way, order } = request
  const run: RunFile = {
    report,
    facts,
    folder,
    reader: target.reader,
    ...(target.config === undefined ? {} : { config: target.config }),
    ...(order ? { order } : {}),
    ...(way === asIs ? { keepsOwn: true } : {}),
    ...(way.options ? { adapter: target.adapter, options: optionsOf(target, way) } : {}),
  }
  writeFileSync(runFile, JSON.stringify(run))
  const args = target.framework === 'vitest' ? vitestArgs : jestArgs
  return {
    args: [...args(target, request, places, run), ...namesOf(request)],
    env: { [RUN_FILE]: runFile },
    report,
    facts,
  }
}

function optionsOf({ framework }: Target, { isolate, options }: Way): NonNullable<Way['options']> {
  return { ...options, ...(framework === 'jest' && isolate === false ? { isolate } : {}) }
}

/** The suite as it is runs without our config, unless its files are to be in an order that the doctor asks for. */
const needsConfig = ({ way, order }: RunRequest): boolean => way !== asIs || order !== undefined

function vitestArgs(target: Target, request: RunRequest, { built, folder }: Places): string[] {
  const { way, order, oneWorker = order !== undefined, pool } = request
  const config = needsConfig(request) ? join(built, 'doctor-vitest-config.js') : target.config
  return [
    'run',
    ...(order ?? request.filters ?? []),
    ...(request.options ?? []),
    ...(config === undefined ? [] : [`--config=${config}`]),
    ...(way.isolate === undefined ? [] : [way.isolate ? '--isolate' : '--no-isolate']),
    ...(pool === undefined ? [] : [`--pool=${pool}`]),
    ...(oneWorker ? ['--maxWorkers=1', '--no-file-parallelism'] : []),
    // Neither other kinds of tests, nor orders from an earlier run, nor files that a run leaves.
    '--coverage.enabled=false',
    '--typecheck.enabled=false',
    '--no-cache',
    ...(keepsModules(target) ? [`--fsModuleCachePath=${join(folder, 'vitest-cache')}`] : []),
    '--update=none',
    `--reporter=${join(built, 'doctor-vitest-reporter.js')}`,
  ]
}

/** From 5.1 on Vitest keeps transformed modules in a file cache, unless the suite's config says otherwise. */
function keepsModules({ version }: Target): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 5 || (major === 5 && minor >= 1)
}

function jestArgs(target: Target, request: RunRequest, places: Places, { report }: RunFile): string[] {
  const { order, oneWorker = order !== undefined } = request
  const { built, folder, jestCache = join(folder, 'jest-cache') } = places
  const config = needsConfig(request) ? join(built, 'doctor-jest-config.cjs') : target.config
  return [
    ...(order ?? request.filters ?? []),
    ...(order ? ['--runTestsByPath'] : []),
    ...(request.options ?? []),
    ...(config === undefined ? [] : [`--config=${config}`]),
    ...(oneWorker ? ['--runInBand'] : []),
    ...(order ? [`--testSequencer=${join(built, 'doctor-jest-sequencer.cjs')}`] : []),
    '--ci',
    '--coverage=false',
    `--cacheDirectory=${jestCache}`,
    '--json',
    `--outputFile=${report}`,
  ]
}

/** A pattern of full names. Vitest 5 joins their parts by " > ", all others by a space. */
function namesOf({ tests }: RunRequest): string[] {
  if (!tests) return []
  const patterns = tests.map((name) =>
    name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll(' ', '(?: >)? '),
  )
  return [`--testNamePattern=^(?:${patterns.join('|')})$`]
}

/** What a run has left, or `undefined` if it ended before it wrote anything. */
export const reportOf = ({ report }: Invocation): JsonReport | undefined => readJson(report)
export const factsOf = ({ facts }: Invocation): Facts | undefined => readJson(facts)

function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined
}
