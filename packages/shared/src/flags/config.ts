/** The `specs` option: rules that name modules and say what may be done to their copies. */
import type { ModuleId } from '../host/module-id.ts'
import { FLAGS, type FlagDeclaration, type Flags, type SpecRule } from '../host/module-spec.ts'
import type { PackageInfo } from '../host/packages.ts'
import type { CompiledRules } from '../host/resolved-spec.ts'
import { compilePattern, type PatternMatcher } from './rule-patterns.ts'
import { isRegExp, patternsOf } from './rule-shape.ts'

export { deserializeRules, type SerializedRule, serializeRules, validateRules } from './rule-shape.ts'

/**
 * Compiles rules that `validateRules` has passed. What the patterns mean is documented at `compilePattern`.
 *
 * @param root the project's folder: paths and globs are relative to it
 */
export function compileRules(specs: readonly SpecRule[], root: string): CompiledRules {
  const compiled = specs.map((rule, index) => {
    const matchers = patternsOf(rule).map((pattern) => compilePattern(pattern, root))
    const where = `specs[${index}] ${nameOf(rule)}`
    return { rule, matchers, where, declaration: declarationOf(rule, where) }
  })
  return {
    matching(id, pkg) {
      return compiled.flatMap(({ rule, matchers, where, declaration }) => {
        const match = strongest(matchers, id, pkg)
        return match === undefined ? [] : [{ rule, exact: match === 'exact', where, declaration }]
      })
    },
  }
}

/**
 * The lock that a module shares with others: those that one rule with `allowParallelWorkers: false` lists together.
 * Undefined where the module has its own lock, as under a rule with a single glob: that describes modules, and
 * does not list them. The key depends on nothing but the rule's `match`, so that all workers agree.
 */
export function lockGroupOf(
  rules: CompiledRules,
  id: ModuleId,
  pkg: PackageInfo | undefined,
): string | undefined {
  const deciding = rules
    .matching(id, pkg)
    .filter(({ rule }) => rule.allowParallelWorkers !== undefined)
    .at(-1)
  if (deciding === undefined || deciding.rule.allowParallelWorkers !== false) return undefined
  const patterns = patternsOf(deciding.rule)
  return patterns.length > 1 ? `rule:${JSON.stringify(patterns.map(String))}` : undefined
}

function strongest(
  matchers: readonly PatternMatcher[],
  id: ModuleId,
  pkg: PackageInfo | undefined,
): 'exact' | 'loose' | undefined {
  let found: 'exact' | 'loose' | undefined
  for (const matches of matchers) {
    const match = matches(id, pkg)
    if (match === 'exact') return match
    found ??= match
  }
  return found
}

function nameOf(rule: SpecRule): string {
  return patternsOf(rule)
    .map((pattern) => (isRegExp(pattern) ? String(pattern) : JSON.stringify(pattern)))
    .join(', ')
}

function declarationOf(rule: SpecRule, where: string): FlagDeclaration {
  const flags: Partial<Flags> = {}
  for (const flag of FLAGS) {
    const value = rule[flag]
    if (value !== undefined) flags[flag] = value
  }
  return rule.reason === undefined ? { flags, where } : { flags, reason: rule.reason, where }
}
