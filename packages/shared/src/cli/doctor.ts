/** `fresh-modules doctor [filters] [-- options]` */
import { parseArgs } from 'node:util'
import { Children } from '../doctor/children.ts'
import { examine } from '../doctor/examine-suite.ts'
import { Progress } from '../doctor/progress.ts'
import { SuiteRunner } from '../doctor/suite-runner.ts'
import { targetIn } from '../doctor/target.ts'
import { textOf } from '../doctor/text.ts'
import type { Framework } from '../doctor/ways.ts'
import { BadOptionError } from '../host/errors.ts'

const USAGE = `Usage: fresh-modules doctor [filters] [-- options of Vitest or Jest]

Runs the tests of the project in this folder as they are and in each way that fresh-modules has for them, and says what
each way takes, what fails in it, who makes that fail, and what to write into the config. It changes no file.

  --framework vitest|jest  where the project has both
  --config <file>          the config of the suite, if it is not the one that the framework finds by itself
  --search <n>             for how many files of each way to find out who makes them fail (3)
  --json                   the result as JSON on standard output

Exit code: 0 if a way with fresh-modules leaves all tests green, 1 if none does, 2 if the suite could not be examined,
130 if it was interrupted.`

/** @internal Exported for unit tests. */
export interface DoctorArgs {
  readonly filters: readonly string[]
  /** Options for the framework. */
  readonly options: readonly string[]
  readonly framework?: Framework
  readonly config?: string
  readonly searches: number
  readonly json: boolean
  readonly help: boolean
}

/** @returns the exit code */
export async function doctor(args: readonly string[]): Promise<number> {
  const { filters, options, framework, config, searches, json, help } = doctorArgs(args)
  if (help) {
    console.log(USAGE)
    return 0
  }
  const target = targetIn(process.cwd(), {
    ...(framework ? { framework } : {}),
    ...(config === undefined ? {} : { config }),
  })
  const progress = new Progress((text) => process.stderr.write(text))
  const children = new Children()
  try {
    const runner = new SuiteRunner(target, children, { filters, options })
    const examination = await examine({ target, runner, progress, searches })
    console.log(json ? JSON.stringify(examination, null, 2) : textOf(examination))
    return examination.advice ? 0 : 1
  } finally {
    await children.end()
  }
}

/** @throws `ERR_BAD_OPTION` @internal Exported for unit tests. */
export function doctorArgs(args: readonly string[]): DoctorArgs {
  const end = args.indexOf('--')
  const own = end === -1 ? args : args.slice(0, end)
  const { values, positionals } = parsed(own)
  const { framework, config, search = '3', json = false, help = false } = values
  if (framework !== undefined && framework !== 'vitest' && framework !== 'jest') {
    throw badOption(`--framework is "${framework}"`, 'npx fresh-modules doctor --framework vitest')
  }
  const searches = Number(search)
  if (!Number.isInteger(searches) || searches < 0) {
    throw badOption(
      `--search is "${search}" and not a number of files`,
      'npx fresh-modules doctor --search 10',
    )
  }
  const options = end === -1 ? [] : args.slice(end + 1)
  if (options.some((option) => /^(?:-c|--config)(?:=|$)/.test(option))) {
    throw badOption(
      'the config stands after "--", and each run has one of its own that reads it',
      'npx fresh-modules doctor --config vitest.unit.config.ts',
    )
  }
  return {
    filters: positionals,
    options,
    ...(framework === undefined ? {} : { framework }),
    ...(config === undefined ? {} : { config }),
    searches,
    json,
    help,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        framework: { type: 'string' },
        config: { type: 'string' },
        search: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw badOption(
      `${(error as Error).message.replace(/\.?$/, '')}`,
      'Options of the framework stand after "--": npx fresh-modules doctor src/cart -- --project=unit',
    )
  }
}

const badOption = (why: string, line: string): BadOptionError =>
  new BadOptionError('read the arguments of fresh-modules doctor', why, line)
