/** What a module says, or tells others, because of which it stays between files. */

import { type ResolvedSpec, refuses, resolveSpec } from '../flags/specs.ts'
import type { Installed } from '../host/host-slot.ts'
import { hasDisposers } from '../host/lifecycle.ts'
import type { Evidence, ModuleFacts, ModuleRecord, OutsideEffect } from '../host/module-host.ts'
import { identityOf, isBuiltinId, isFirstParty, type ModuleId } from '../host/module-id.ts'
import type { Flag } from '../host/module-spec.ts'
import type { Reason } from './reason.ts'
import type { EmptiedRegistries } from './registries.ts'
import { type Candidate, describeEffect, spread } from './weigh.ts'

/**
 * Between tests a module that must not be reloaded is kept where that would have to be done. What a user says of that
 * holds between files as well, though they evaluate it in another way.
 */
export function refusalBetweenFiles(spec: ResolvedSpec): string | undefined {
  const isSaid = spec.flags.allowReload.provenance.source !== 'loader'
  return refusalOf(spec, ['allowUnload', 'allowReimport', ...(isSaid ? (['allowReload'] as const) : [])])
}

export function refusalOf(spec: ResolvedSpec, flags: readonly Flag[]): string | undefined {
  const flag = flags.find((flag) => refuses(spec, flag))
  return flag && refusal(spec, flag)
}

/**
 * A first-party module that registers something in a package which is kept would do so twice. What it has used while it was evaluated
 * stays with it: a token in the arguments of a decorator has to be the one that others import.
 */
export function keepRegistering(
  installed: Installed,
  { registries, isEmptied }: EmptiedRegistries,
  evidence: (id: ModuleId) => Evidence | undefined,
  candidates: Map<ModuleId, Candidate>,
  kept: Map<ModuleId, Reason>,
): void {
  const reasons = new Map<ModuleId, Reason>()
  for (const [id, { record, rule }] of candidates) {
    if (rule === true || hasDisposers(installed.state, [record])) continue
    const shown = evidence(id)
    const tells = shown?.effects.find(
      (effect) => tellsPackage(installed, effect) && !candidates.has(effect.into) && !isEmptied(effect.into),
    )
    const reason: Reason | undefined =
      rule === false
        ? 'a rule says reset: false'
        : (registries.reasonFor(record, shown) ??
          (tells && isImported(record) ? () => describeEffect(installed, id, tells) : undefined))
    if (reason) reasons.set(id, reason)
  }
  spread(installed, candidates, evidence, reasons)
  for (const [id, reason] of reasons) {
    candidates.delete(id)
    kept.set(id, reason)
  }
}

/** Whether a module registers something with a package, which would then have it twice. The framework starts over by itself. */
function tellsPackage(
  { host }: Installed,
  effect: OutsideEffect,
): effect is OutsideEffect & { readonly into: ModuleId } {
  const { into, isAssignment } = effect
  if (into === undefined || isAssignment || isBuiltinId(into) || isFirstParty(into)) return false
  return !host.isProtected(into) && !host.resets?.forgetsBetweenFiles?.(into)
}

/** Test files and setup files are evaluated for each file. */
function isImported({ importers }: ModuleRecord): boolean {
  return !importers[Symbol.iterator]().next().done
}

/**
 * Whether a module stays from file to file, whatever happens: it refuses, or tells a package something. What it changes
 * of the realm while it is evaluated stays along with it.
 */
export function staysBetweenFiles(installed: Installed, id: ModuleId, facts: ModuleFacts): boolean {
  const spec = resolveSpec(installed, id, facts)
  if (refusalBetweenFiles(spec) !== undefined) return true
  if (ruleFor(installed, spec) === true) return false
  const { effects = [] } = installed.host.resets?.evidence?.(id) ?? {}
  return effects.some(({ into }) => into === undefined) && effects.some((one) => tellsPackage(installed, one))
}

/** What rules say of automatic resets; the last one that says it holds. */
export function ruleFor({ state }: Installed, spec: ResolvedSpec): boolean | undefined {
  const rules = state.rules.matching(identityOf(spec.id), spec.package)
  let last: boolean | undefined
  for (const { rule } of rules) last = rule.reset ?? last
  return last
}

export function refusal({ flags }: ResolvedSpec, flag: Flag): string {
  const { source, where, reason } = flags[flag].provenance
  return `${flag} is false, set by ${source}${where ? ` (${where})` : ''}${reason ? `: ${reason}` : ''}`
}
