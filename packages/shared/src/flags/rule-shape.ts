/** Rules as data: are they well formed, and how do they travel to workers. */
import { types } from 'node:util'
import { FLAGS, type SpecRule } from '../host/module-spec.ts'
import { didYouMean } from './did-you-mean.ts'
import { globs } from './globs.ts'

/** A RegExp as JSON can hold it. */
interface SerializedPattern {
  readonly source: string
  readonly flags: string
}

/** A rule as JSON can hold it. */
export interface SerializedRule extends Omit<SpecRule, 'match'> {
  match: string | SerializedPattern | readonly (string | SerializedPattern)[]
}

/** A RegExp of any realm: rules come from the config file's, and are used in the sandbox of the tests. */
export function isRegExp(value: unknown): value is RegExp {
  return types.isRegExp(value)
}

/** A rule's patterns, as a list. */
export function patternsOf({ match }: SpecRule): readonly (string | RegExp)[] {
  return isList(match) ? match : [match]
}

// Array.isArray does not narrow readonly arrays.
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

/** Makes rules fit for JSON: a RegExp becomes its source and flags. Rules that already are stay as they are. */
export function serializeRules(rules: readonly (SpecRule | SerializedRule)[]): SerializedRule[] {
  return rules.map((rule) => ({ ...rule, match: mapMatch(rule.match, serializePattern) }))
}

/** The inverse of `serializeRules`. */
export function deserializeRules(rules: readonly (SpecRule | SerializedRule)[]): SpecRule[] {
  return rules.map((rule) => ({ ...rule, match: mapMatch(rule.match, deserializePattern) }))
}

function mapMatch<T, R>(match: T | readonly T[], map: (pattern: T) => R): R | R[] {
  return isList(match) ? match.map((pattern) => map(pattern)) : map(match)
}

function serializePattern(pattern: string | RegExp | SerializedPattern): string | SerializedPattern {
  return typeof pattern === 'string' ? pattern : { source: pattern.source, flags: pattern.flags }
}

function deserializePattern(pattern: string | RegExp | SerializedPattern): string | RegExp {
  return typeof pattern === 'string' ? pattern : new RegExp(pattern.source, pattern.flags)
}

type Check = (value: unknown) => string | undefined

/** What each key of a rule must be; `match` has its own check. */
const CHECKS: Readonly<Record<Exclude<keyof SpecRule, 'match'>, Check>> = {
  ...(Object.fromEntries(FLAGS.map((flag) => [flag, typed('boolean', 'true or false')])) as Record<
    (typeof FLAGS)[number],
    Check
  >),
  reason: typed('string', 'a string'),
  onDuplicate: oneOf('throw', 'warn', 'off'),
  reset: typed('boolean', 'true or false'),
  across: oneOf('file', 'places', 'versions'),
}

const KEYS = ['match', ...Object.keys(CHECKS)]

/** What is wrong with the `specs` option, one sentence each; empty if nothing is. Never throws. */
export function validateRules(specs: unknown): string[] {
  if (!Array.isArray(specs)) return [`specs must be a list of rules, not ${describe(specs)}`]
  return Array.from(specs, (rule, index) => validateRule(rule, `specs[${index}]`)).flat()
}

function validateRule(rule: unknown, where: string): string[] {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule) || isRegExp(rule)) {
    return [`${where} must be an object with a match, not ${describe(rule)}`]
  }
  const problems = validateMatch((rule as { match?: unknown }).match, `${where}.match`)
  for (const [key, value] of Object.entries(rule)) {
    if (key === 'match' || value === undefined) continue
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof typeof CHECKS] : undefined
    const expected = check?.(value)
    if (check === undefined) {
      problems.push(
        `${where} has the unknown key "${key}"${didYouMean(key, KEYS) || `; known: ${KEYS.join(', ')}`}`,
      )
    } else if (expected !== undefined) {
      problems.push(`${where}.${key} must be ${expected}, not ${describe(value)}`)
    }
  }
  return problems
}

function validateMatch(match: unknown, where: string): string[] {
  if (match === undefined) return [`${where} is missing: say which modules the rule is about`]
  if (!Array.isArray(match)) return validatePattern(match, where)
  if (match.length === 0) return [`${where} is an empty list and matches nothing`]
  return Array.from(match, (pattern, index) => validatePattern(pattern, `${where}[${index}]`)).flat()
}

function validatePattern(pattern: unknown, where: string): string[] {
  if (isRegExp(pattern)) return []
  if (typeof pattern !== 'string') {
    // Frameworks that hand options to workers as JSON make {} of a RegExp.
    const hint =
      describe(pattern) === '{}'
        ? " (is it a RegExp that was turned into JSON? In Jest's config, write { source: 'db', flags: 'i' } for /db/i)"
        : ''
    return [`${where} must be a string or a RegExp, not ${describe(pattern)}${hint}`]
  }
  if (pattern.trim() === '') return [`${where} is empty and matches nothing`]
  const { negated } = globs().scan(pattern)
  return negated ? [`${where} is negated ("${pattern}"); name the modules that are meant`] : []
}

function typed(type: string, expected: string): Check {
  return (value) => (typeof value === type ? undefined : expected)
}

function oneOf(...values: readonly string[]): Check {
  return (value) =>
    values.some((known) => known === value) ? undefined : values.map((known) => `"${known}"`).join(' or ')
}

function describe(value: unknown): string {
  if (isRegExp(value) || typeof value === 'function') return String(value)
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return `an object that refers to itself`
  }
}
