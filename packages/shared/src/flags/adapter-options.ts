/** The options of both adapters: one shape, one name each, checked before any test runs. */
import { BadOptionError } from '../host/errors.ts'
import type { OnDuplicate, SpecRule } from '../host/module-spec.ts'
import { kindOf } from '../host/options.ts'
import { validateRules } from './config.ts'

/** A package in `resetPackages`, with when it is evaluated again. */
interface ResetPackage {
  /** The package's name. */
  match: string
  /** `'tests'`: between files as well. */
  between: 'tests' | 'files'
}

export interface FreshModulesOptions {
  /** When first-party modules are evaluated again by themselves. */
  resetBetween?: 'tests' | 'files' | 'never'
  /** What becomes of a module that throws when a reset evaluates it again: it is kept as it was, or the test fails. */
  onResetFailure?: 'keep' | 'throw'
  /** Third-party packages to evaluate again for each file of a shared worker; between tests too, where it says so. */
  resetPackages?: (string | ResetPackage)[]
  /** Flags by module, package, glob or RegExp. Later rules win. */
  specs?: SpecRule[]
  /** Whether packages known to break when doubled refuse a second copy. On by default. */
  knownSingletons?: boolean
  /** What happens when a module that refuses reimport is about to be evaluated twice. */
  onDuplicate?: OnDuplicate
  /**
   * What happens when a package that nobody has marked is loaded in more than one copy: each is told in a line at the
   * end of the run, or, as by default, nothing.
   */
  onUnmarkedDuplicate?: 'warn' | 'off'
  /** What happens when another worker holds a `single-worker` module. */
  onParallelWorker?: 'wait' | 'throw'
  /** How long to wait for such a module, in milliseconds. */
  lockTimeout?: number
  /** Whether globals are put back between files that share a worker. */
  restoreGlobals?: boolean
  /**
   * Jest only: `false` has the files of a worker share one realm. Globals are put back after each file, first-party modules are fresh
   * in each, packages stay evaluated. In Vitest the framework's own `test.isolate` says so.
   */
  isolate?: boolean
  /** Whether the run writes a report: who leaks, what it costs, what is there twice (docs/report.md). */
  report?: boolean
}

const CHECKS: Record<keyof FreshModulesOptions, (value: unknown) => string | undefined> = {
  resetBetween: oneOf('tests', 'files', 'never'),
  onResetFailure: oneOf('keep', 'throw'),
  resetPackages: (value) =>
    Array.isArray(value) && value.every(isResetPackage)
      ? undefined
      : "a list of package names or { match, between: 'tests' | 'files' }",
  specs: () => undefined,
  knownSingletons: typed('boolean'),
  onDuplicate: oneOf('throw', 'warn', 'off'),
  onUnmarkedDuplicate: oneOf('warn', 'off'),
  onParallelWorker: oneOf('wait', 'throw'),
  lockTimeout: (value) =>
    typeof value === 'number' && value >= 0 && Number.isFinite(value)
      ? undefined
      : 'a number of milliseconds',
  restoreGlobals: typed('boolean'),
  isolate: typed('boolean'),
  report: typed('boolean'),
}

/** Whether there is to be a report: by the option, or by `FRESH_MODULES_REPORT=1` for one run. */
export function wantsReport({ report = false }: FreshModulesOptions, env: NodeJS.ProcessEnv): boolean {
  const { FRESH_MODULES_REPORT: asked = '' } = env
  return report || !['', '0', 'false'].includes(asked)
}

function isResetPackage(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  if (value === null || typeof value !== 'object') return false
  const { match, between, ...others } = value as Partial<ResetPackage>
  const isKnown = between === 'tests' || between === 'files'
  return typeof match === 'string' && match !== '' && isKnown && Object.keys(others).length === 0
}

/** The names of packages that are evaluated again between files, or between tests. */
export function resetPackageNames(
  { resetPackages = [] }: FreshModulesOptions,
  between: 'tests' | 'files',
): string[] {
  return resetPackages.flatMap((entry) => {
    if (typeof entry === 'string') return between === 'files' ? [entry] : []
    return between === 'files' || entry.between === 'tests' ? [entry.match] : []
  })
}

/**
 * Throws one `ERR_BAD_OPTION` that names everything wrong.
 *
 * @param elsewhere for an option that this adapter does not take: what says it there
 */
export function checkAdapterOptions(
  adapter: string,
  options: unknown,
  elsewhere: Partial<Record<keyof FreshModulesOptions, string>> = {},
): FreshModulesOptions {
  if (options === undefined) return {}
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new BadOptionError(`configure ${adapter}`, `the options are ${kindOf(options)}`, 'Pass an object.')
  }
  const problems: string[] = []
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof FreshModulesOptions] : undefined
    const instead = Object.hasOwn(elsewhere, key) ? elsewhere[key as keyof FreshModulesOptions] : undefined
    if (!check) problems.push(`there is no option "${key}"`)
    else if (instead !== undefined) problems.push(`there is no option "${key}" here: ${instead}`)
    else if (value !== undefined) {
      const expected = check(value)
      if (expected) problems.push(`${key} is ${describe(value)} instead of ${expected}`)
      if (key === 'specs') problems.push(...validateRules(value))
    }
  }
  if (problems.length > 0) {
    throw new BadOptionError(
      `configure ${adapter}`,
      problems.join('; '),
      `Known options: ${Object.keys(CHECKS).join(', ')}.`,
    )
  }
  return options as FreshModulesOptions
}

function oneOf(...values: string[]): (value: unknown) => string | undefined {
  const expected = values.map((value) => `'${value}'`).join(', ')
  return (value) => (values.includes(value as string) ? undefined : `one of ${expected}`)
}

function typed(type: string): (value: unknown) => string | undefined {
  return (value) => (typeof value === type ? undefined : `a ${type}`)
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : typeof value === 'number' ? String(value) : kindOf(value)
}
