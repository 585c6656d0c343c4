/** Checks what users pass, before any side effect: bad input gets one clear `ERR_BAD_OPTION`. */
import { BadOptionError } from './errors.ts'
import { FLAGS, type Flags } from './module-spec.ts'

/** Options of `importFresh` and `requireFresh`. */
export interface FreshOptions {
  /**
   * More modules to evaluate again, in this order, before the target; `'imports'`: every first-party module that the
   * target imports, however deep.
   */
  fresh?: Iterable<string> | 'imports'
  /** Modules that shall not be found from within the fresh copies. */
  blocked?: Iterable<string>
  /** `process.env` (and `import.meta.env`) while the target evaluates, put back afterwards; `undefined` deletes. */
  env?: Record<string, string | undefined>
  /** Properties of `globalThis` while the target evaluates, put back afterwards; `undefined` takes one away. */
  globals?: Record<string, unknown>
  /** More conditions under which fresh copies resolve what they import, as `react-server`: those of `exports`. */
  conditions?: Iterable<string>
  /** The file or URL that specifiers are relative to; if left out, the calling file. */
  from?: string | URL
}

export interface FromOption {
  /** The file or URL that specifiers are relative to; if left out, the calling file. */
  from?: string | URL
}

export interface CheckedFresh {
  readonly fresh: readonly string[]
  readonly freshImports: boolean
  readonly blocked: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>> | undefined
  readonly globals: Readonly<Record<string, unknown>> | undefined
  readonly conditions: readonly string[]
}

const NOTHING_ASKED: CheckedFresh = {
  fresh: [],
  freshImports: false,
  blocked: [],
  env: undefined,
  globals: undefined,
  conditions: [],
}

const FRESH_OPTIONS = ['fresh', 'blocked', 'env', 'globals', 'conditions', 'from'] as const

export function checkFreshOptions(call: string, options: unknown): CheckedFresh {
  if (options === undefined) return NOTHING_ASKED
  const given = checkKeys<FreshOptions>(call, options, [...FRESH_OPTIONS])
  const freshImports = given.fresh === 'imports'
  const fresh = freshImports ? [] : checkNames(call, 'fresh', given.fresh)
  const blocked = checkNames(call, 'blocked', given.blocked)
  const both = fresh.find((name) => blocked.includes(name))
  if (both !== undefined) {
    throw new BadOptionError(call, `"${both}" is both in fresh and in blocked`, 'Keep it in one of them.')
  }
  const env = checkEnv(call, given.env)
  const globals = checkGlobals(call, given.globals)
  return { fresh, freshImports, blocked, env, globals, conditions: checkConditions(call, given.conditions) }
}

export function checkFromOption(call: string, options: unknown): void {
  checkKeys<FromOption>(call, options, ['from'])
}

export function checkKeys<T extends object>(call: string, options: unknown, known: (keyof T & string)[]): T {
  if (options === undefined) return {} as T
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new BadOptionError(
      call,
      `the options are ${kindOf(options)}`,
      `Pass an object with ${known.join(', ')}.`,
    )
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key as never)) {
      throw new BadOptionError(call, `there is no option "${key}"`, `Known options: ${known.join(', ')}.`)
    }
  }
  checkFrom(call, (options as FromOption).from)
  return options as T
}

function checkFrom(call: string, from: unknown): void {
  if (from === undefined || (typeof from === 'string' && from !== '') || isUrl(from)) return
  throw new BadOptionError(call, `from is ${kindOf(from)}`, 'Pass import.meta.url, or the path of a file.')
}

/** Also for URLs of another realm, as in Jest's sandbox. */
export function isUrl(value: unknown): value is URL {
  return typeof value === 'object' && value !== null && typeof (value as URL).href === 'string'
}

function checkNames(call: string, option: string, value: unknown): string[] {
  if (value === undefined) return []
  const { list, item } = HINTS[option] ?? SPECIFIERS
  const iterable = value as Iterable<unknown> | null
  if (typeof value === 'string' || typeof iterable?.[Symbol.iterator] !== 'function') {
    throw new BadOptionError(call, `${option} is ${kindOf(value)}`, list)
  }
  return [...iterable].map((name) => {
    if (typeof name === 'string' && name !== '') return name
    throw new BadOptionError(call, `${option} holds ${kindOf(name)}`, item)
  })
}

const SPECIFIERS = { list: 'Pass a list of specifiers.', item: 'Pass specifiers, as in an import.' }
const HINTS: Readonly<Record<string, typeof SPECIFIERS>> = {
  fresh: { ...SPECIFIERS, list: "Pass a list of specifiers, or 'imports'." },
  conditions: { list: "Pass a list of conditions, as ['react-server'].", item: 'Pass names of conditions.' },
}

function checkEnv(call: string, env: unknown): CheckedFresh['env'] {
  if (env === undefined) return undefined
  if (env === null || typeof env !== 'object' || Array.isArray(env)) {
    throw new BadOptionError(
      call,
      `env is ${kindOf(env)}`,
      'Pass an object of strings, with undefined to delete.',
    )
  }
  for (const [key, value] of Object.entries(env)) {
    if (value !== undefined && typeof value !== 'string') {
      throw new BadOptionError(
        call,
        `env.${key} is ${kindOf(value)}`,
        'Values are strings, or undefined to delete.',
      )
    }
  }
  return { ...env } as CheckedFresh['env']
}

function checkGlobals(call: string, globals: unknown): CheckedFresh['globals'] {
  if (globals === undefined) return undefined
  if (globals === null || typeof globals !== 'object' || Array.isArray(globals)) {
    throw new BadOptionError(
      call,
      `globals is ${kindOf(globals)}`,
      'Pass an object of values, with undefined to take one away.',
    )
  }
  return { ...globals }
}

function checkConditions(call: string, conditions: unknown): string[] {
  const names = checkNames(call, 'conditions', conditions)
  // A comma separates them on the way to a server.
  const odd = names.find((name) => !/^[\w.:@/-]+$/.test(name))
  if (odd === undefined) return names
  throw new BadOptionError(call, `"${odd}" is no condition`, "Pass names as in exports, e.g. 'react-server'.")
}

export function checkTargets(call: string, targets: unknown): string[] {
  if (typeof targets === 'string') return [checkSpecifier(call, targets)]
  const names = checkNames(call, 'targets', targets ?? null)
  if (names.length === 0) throw new BadOptionError(call, 'there is no target', 'Name at least one module.')
  return names
}

export function checkSpecifier(call: string, target: unknown): string {
  if (typeof target === 'string' && target !== '') return target
  throw new BadOptionError(call, `the target is ${kindOf(target)}`, 'Pass a specifier, as in an import.')
}

export function checkFunction(call: string, what: string, value: unknown): void {
  if (typeof value === 'function') return
  throw new BadOptionError(call, `${what} is ${kindOf(value)}`, 'Pass a function.')
}

export function checkFlags(
  call: string,
  flags: unknown,
  alsoAllowed: readonly string[] = [],
): Partial<Flags> {
  if (flags === null || typeof flags !== 'object') {
    throw new BadOptionError(
      call,
      `the flags are ${kindOf(flags)}`,
      `Pass an object with ${FLAGS.join(', ')}.`,
    )
  }
  const checked: Partial<Flags> = {}
  for (const [key, value] of Object.entries(flags)) {
    if (alsoAllowed.includes(key)) continue
    const flag = FLAGS.find((name) => name === key)
    if (!flag)
      throw new BadOptionError(call, `there is no flag "${key}"`, `Known flags: ${FLAGS.join(', ')}.`)
    if (value === undefined) continue
    assertBoolean(flag, value)
    checked[flag] = value
  }
  return checked
}

export function assertBoolean(flag: string, value: unknown): asserts value is boolean {
  if (typeof value === 'boolean') return
  throw new BadOptionError(`set ${flag}`, `the value is ${kindOf(value)}`, 'Flags are true or false.')
}

/** What a wrong value is, for messages: `null`, `an empty string`, `a number`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value === '') return 'an empty string'
  if (Array.isArray(value)) return 'an array'
  return `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`
}
