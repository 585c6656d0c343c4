/** Runs the suite once, and reads what came out. */
import { dirname, join } from 'node:path'
import { OWN_FILE } from '../own-file.ts'
import type { Children } from './children.ts'
import { factsOf, invocationOf, type RunRequest, reportOf } from './invocation.ts'
import { type Results, resultsOf } from './results.ts'
import type { Facts } from './run-file.ts'
import type { Target } from './target.ts'

export interface SuiteRun {
  readonly results: Results
  readonly seconds: number
  readonly exitCode: number | null
  /** The end of what it printed. */
  readonly output: string
  /** Why there are no results. */
  readonly broken?: string
  readonly facts?: Facts
}

/** Runs the suite; in unit tests, something else does. */
export interface Runner {
  /** @param limit seconds */
  run(request: RunRequest, limit?: number): Promise<SuiteRun>
}

const NO_RESULTS: Results = { tests: {}, failedFiles: {}, order: [] }

/** As long as a timer can wait. */
const NO_LIMIT = 2 ** 31 - 1

export class SuiteRunner implements Runner {
  readonly #target: Target
  readonly #children: Children
  readonly #given: Pick<RunRequest, 'filters' | 'options'>

  constructor(target: Target, children: Children, given: Pick<RunRequest, 'filters' | 'options'>) {
    this.#target = target
    this.#children = children
    this.#given = given
  }

  async run(request: RunRequest, limit = Number.POSITIVE_INFINITY): Promise<SuiteRun> {
    const { dir, script } = this.#target
    const { folder } = this.#children
    const places = { built: dirname(OWN_FILE), folder }
    const invocation = invocationOf(
      this.#target,
      { ...this.#given, ...request, ...absolute(request, dir) },
      places,
    )
    const { exitCode, timedOut, output, seconds } = await this.#children.run([script, ...invocation.args], {
      cwd: dir,
      env: environmentOf(folder, invocation.env),
      timeout: Math.min(limit * 1000, NO_LIMIT),
    })
    const report = timedOut ? undefined : reportOf(invocation)
    const facts = factsOf(invocation)
    const said = [output, ...(report?.unhandledErrors ?? [])].join('\n')
    const run = { seconds, exitCode, output: lastLines(said), ...(facts ? { facts } : {}) }
    if (report) return { ...run, results: resultsOf(report, dir) }
    const broken = timedOut
      ? `it was stopped after ${Math.round(seconds)} s`
      : `it left no report:\n${run.output}`
    return { ...run, results: NO_RESULTS, broken }
  }
}

const absolute = ({ order }: RunRequest, dir: string): Pick<RunRequest, 'order'> =>
  order ? { order: order.map((file) => join(dir, file)) } : {}

/** What frameworks leave in the temporary folder goes with ours, and a report of fresh-modules would be one of too many runs. */
function environmentOf(folder: string, ours: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { FRESH_MODULES_REPORT: _, ...inherited } = process.env
  return { ...inherited, TMPDIR: folder, TMP: folder, TEMP: folder, ...ours }
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-15).join('\n')
