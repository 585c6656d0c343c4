/**
 * What a reset between tests may leave alone, and what it must: by what the modules' code shows, and by who holds what
 * (docs/resets.md). Hosts that cannot tell what code shows have all modules evaluated again.
 */

import type { ResolvedSpec } from '../flags/specs.ts'
import type { Installed } from '../host/host-slot.ts'
import { hasDisposers } from '../host/lifecycle.ts'
import type { Evidence, ModuleHost, ModuleRecord, OutsideEffect } from '../host/module-host.ts'
import { fileOf, isBuiltinId, isFirstParty, type ModuleId } from '../host/module-id.ts'
import { relativeTo } from '../host/paths.ts'
import { isAsEvaluatedFirst } from './evaluated.ts'
import type { Reason } from './reason.ts'
import type { Registries } from './registries.ts'

/** A module that a reset could evaluate again. */
export interface Candidate {
  readonly record: ModuleRecord
  readonly spec: ResolvedSpec
  /** What a rule of the user's says; it overrules the evidence. */
  readonly rule: boolean | undefined
}

export interface Weighed {
  /** They stay as they are, since another evaluation would give the same. */
  readonly unchanged: ReadonlySet<ModuleId>
  /** They stay because somebody who stays has made something of them. */
  readonly kept: ReadonlyMap<ModuleId, Reason>
}

/**
 * @param candidates Modules that nothing but evidence could keep.
 * @param kept Modules that are kept for other reasons: they hold what their bodies have used.
 */
export function weigh(
  installed: Installed,
  candidates: ReadonlyMap<ModuleId, Candidate>,
  kept: Iterable<ModuleId>,
  registries: Registries,
): Weighed {
  const { host } = installed
  const evidence = (id: ModuleId): Evidence | undefined => host.resets?.evidence?.(id)
  const reasons = reasonsToKeep(installed, candidates, evidence, registries)
  const stays = new Set(kept)
  const isPure = purityOf(installed, candidates, evidence)
  for (;;) {
    spread(installed, candidates, evidence, reasons, stays)
    const toEvaluate = evaluatedAgain(candidates, evidence, isPure, reasons)
    const more = effectsOnWhatStays(installed, candidates, evidence, toEvaluate, reasons)
    if (more.size === 0) return outcome(candidates, isPure, toEvaluate, reasons)
    for (const [id, reason] of more) reasons.set(id, reason)
  }
}

/**
 * Between files: modules without state that have made nothing of one that is evaluated again.
 *
 * @param again modules that are evaluated again in any case
 */
export function unchangedForNextFile(
  installed: Installed,
  candidates: ReadonlyMap<ModuleId, Candidate>,
  again: ReadonlySet<ModuleId>,
): Set<ModuleId> {
  const evidence = (id: ModuleId): Evidence | undefined => installed.host.resets?.evidence?.(id)
  const isPure = purityOf(installed, candidates, evidence)
  const toEvaluate = evaluatedAgain(candidates, evidence, isPure, new Map(), again)
  const unchanged = new Set<ModuleId>()
  for (const id of candidates.keys()) if (!toEvaluate.has(id)) unchanged.add(id)
  return unchanged
}

function outcome(
  candidates: ReadonlyMap<ModuleId, Candidate>,
  isPure: (id: ModuleId) => boolean,
  toEvaluate: ReadonlySet<ModuleId>,
  reasons: Map<ModuleId, Reason>,
): Weighed {
  const unchanged = new Set<ModuleId>()
  for (const id of candidates.keys()) {
    if (toEvaluate.has(id) || !isPure(id)) continue
    unchanged.add(id)
    reasons.delete(id)
  }
  return { unchanged, kept: reasons }
}

/** What is kept whatever becomes of the others, with why. */
function reasonsToKeep(
  installed: Installed,
  candidates: ReadonlyMap<ModuleId, Candidate>,
  evidence: (id: ModuleId) => Evidence | undefined,
  registries: Registries,
): Map<ModuleId, Reason> {
  const { host, state } = installed
  const reasons = new Map<ModuleId, Reason>()
  for (const [id, { record, rule }] of candidates) {
    if (rule === true) continue
    if (rule === false) {
      reasons.set(id, 'a rule says reset: false')
      continue
    }
    const failure = state.notReevaluable.get(id)
    if (failure !== undefined) {
      reasons.set(id, `it cannot be evaluated again: ${failure}`)
      continue
    }
    const where = host.resets?.usedWhileCollecting?.(id)
    if (where !== undefined) {
      reasons.set(id, () => `made while the file was collected (${where()})`)
      continue
    }
    if (hasDisposers(state, [record])) continue
    const shown = evidence(id)
    const effect = shown?.effects.find(
      ({ into }) => into === undefined || (isPackage(into) && !candidates.has(into)),
    )
    if (effect) reasons.set(id, () => describeEffect(installed, id, effect))
    else {
      const registers = registries.reasonFor(record, shown)
      if (registers) reasons.set(id, registers)
    }
  }
  return reasons
}

function isPackage(id: ModuleId): boolean {
  return isBuiltinId(id) || !isFirstParty(id)
}

export function describeEffect(
  { host }: Installed,
  id: ModuleId,
  { into, line, name, text }: OutsideEffect,
): string {
  const what = into === undefined || isFirstParty(into) ? name : `"${name}"`
  return `${relativeTo(host.root, fileOf(id))}:${line} changes ${what}, which stays: ${text}`
}

/** What stays holds what its body has used, and that in turn. Adds those that are held to `reasons`. */
export function spread(
  installed: Installed,
  candidates: ReadonlyMap<ModuleId, Candidate>,
  evidence: (id: ModuleId) => Evidence | undefined,
  reasons: Map<ModuleId, Reason>,
  kept: Iterable<ModuleId> = [],
): void {
  const queue = [...kept, ...reasons.keys()]
  // The queue grows while it is gone through.
  for (const id of queue) {
    for (const used of usedBy(installed, evidence(id))) {
      const candidate = candidates.get(used)
      if (!candidate || candidate.rule === true || reasons.has(used)) continue
      reasons.set(used, () => `used by ${relativeTo(installed.host.root, fileOf(id))}, which stays`)
      queue.push(used)
    }
  }
}

/** Modules with state, and those that have made something of one that is evaluated again. */
function evaluatedAgain(
  candidates: ReadonlyMap<ModuleId, Candidate>,
  evidence: (id: ModuleId) => Evidence | undefined,
  isPure: (id: ModuleId) => boolean,
  reasons: ReadonlyMap<ModuleId, Reason>,
  again: Iterable<ModuleId> = [],
): Set<ModuleId> {
  const users = new Map<ModuleId, ModuleId[]>()
  const queue: ModuleId[] = [...again]
  const toEvaluate = new Set<ModuleId>()
  for (const id of candidates.keys()) {
    if (reasons.has(id)) continue
    for (const used of evidence(id)?.reads ?? []) {
      const known = users.get(used)
      if (known) known.push(id)
      else users.set(used, [id])
    }
    if (!isPure(id)) queue.push(id)
  }
  // The queue grows while it is gone through.
  for (const id of queue) {
    if (toEvaluate.has(id)) continue
    toEvaluate.add(id)
    queue.push(...(users.get(id) ?? []))
  }
  return toEvaluate
}

/** Each is looked at once for a plan, however often it is asked about. */
function purityOf(
  installed: Installed,
  candidates: ReadonlyMap<ModuleId, Candidate>,
  evidence: (id: ModuleId) => Evidence | undefined,
): (id: ModuleId) => boolean {
  const known = new Map<ModuleId, boolean>()
  return (id) => {
    let answer = known.get(id)
    if (answer === undefined) {
      const candidate = candidates.get(id)
      answer = candidate !== undefined && isPure(installed, candidate, evidence(id))
      known.set(id, answer)
    }
    return answer
  }
}

/**
 * Another evaluation would give the same, as far as the module's own code goes, and nobody has changed what it exports or
 * holds.
 */
function isPure(installed: Installed, { record, rule }: Candidate, shown: Evidence | undefined): boolean {
  if (rule === true || shown === undefined || shown.effects.length > 0) return false
  // What asks to hear of its unloading holds something.
  if (hasDisposers(installed.state, [record])) return false
  const { exports } = record
  const isPlain = exports === null || (typeof exports !== 'object' && typeof exports !== 'function')
  if (isPlain) return shown.state === undefined
  if (shown.state !== undefined && !installed.state.baselines.get(exports)?.held) return false
  return isAsEvaluatedFirst(installed, exports) ?? false
}

/**
 * Modules of which a body may have made something. What it has called may have used whatever it imports, unless the
 * host has seen what ran.
 */
function usedBy({ host }: Installed, shown: Evidence | undefined): Iterable<ModuleId> {
  if (!shown) return []
  if (shown.areReadsExact) return shown.reads
  const used = new Set(shown.reads)
  for (const [called] of shown.calls) for (const id of importedBy(host, called)) used.add(id)
  return used
}

/** A first-party module, and all that it imports statically, however deep. */
function importedBy(host: ModuleHost, id: ModuleId): Set<ModuleId> {
  const reached = new Set(isFirstParty(id) ? [id] : [])
  // The set grows while it is gone through.
  for (const at of reached) {
    for (const imported of host.resets?.staticImports(at) ?? [])
      if (isFirstParty(imported)) reached.add(imported)
  }
  return reached
}

/**
 * A module that puts something into a first-party module follows it: evaluated again it puts that there again. That
 * must not happen while one stays. What it calls may put the thing into any module that it imports itself.
 */
function effectsOnWhatStays(
  installed: Installed,
  candidates: ReadonlyMap<ModuleId, Candidate>,
  evidence: (id: ModuleId) => Evidence | undefined,
  toEvaluate: ReadonlySet<ModuleId>,
  reasons: ReadonlyMap<ModuleId, Reason>,
): Map<ModuleId, Reason> {
  const { host, state } = installed
  const staying = new Map<ModuleId, Reason>()
  for (const [id, { record, rule }] of candidates) {
    if (rule === true || !toEvaluate.has(id) || hasDisposers(state, [record])) continue
    const effect = evidence(id)?.effects.find(({ into }) => {
      if (into === undefined) return false
      // A package that is evaluated again, too.
      const reached = isFirstParty(into) ? [...importedBy(host, into)] : [into]
      return reached.some((at) => reasons.has(at)) || !reached.some((at) => toEvaluate.has(at))
    })
    if (effect) staying.set(id, () => describeEffect(installed, id, effect))
  }
  return staying
}
