/** `withUnloaded`: some modules are not loaded for a while; afterwards the very same records are back. */

import { refuses, specSteps } from '../flags/specs.ts'
import { forgetUnloaded } from '../guard/guard.ts'
import { importerOf } from '../host/caller.ts'
import type { CoreState, PendingCall, UnloadedCall } from '../host/core-state.ts'
import { NotFreshError, type Refusal, RefusedError } from '../host/errors.ts'
import type { Installed } from '../host/host-slot.ts'
import { dispose, importersFirst, noteFormerCopy, throwTogether } from '../host/lifecycle.ts'
import { realIdentityOf } from '../host/loaded.ts'
import { importersChain, whyUntouchable, withChildren } from '../host/module-graph.ts'
import type { ModuleRecord } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { Provenance } from '../host/module-spec.ts'
import { checkFromOption, checkFunction, checkTargets, type FromOption } from '../host/options.ts'
import { currentCall, enclosingCalls, runWithin } from '../host/pending-calls.ts'
import { runAsync } from '../host/steps.ts'
import { requireHost } from './require-host.ts'

/**
 * Sets modules and their children aside while `run` runs: it may import them again. Afterwards, whatever happened in
 * `run`, the very same records are back, and one that was absent is absent. What `run` loaded first stays, unless it
 * holds a copy made in there. Nested calls restore innermost first; overlapping ones that share a module run one
 * after the other. Nothing is unloaded: no `onUnload` of the modules set aside.
 *
 * @returns What `run` returned.
 * @throws `ERR_REIMPORT_REFUSED` if a target refuses a second copy; `ERR_NOT_FRESH` if overlapping calls would wait for each
 *   other for good; `ERR_BAD_OPTION`; what `run` throws, as it is.
 */
export async function withUnloaded<T>(
  targets: string | Iterable<string>,
  run: () => T | Promise<T>,
  options?: FromOption,
): Promise<T> {
  const call = 'withUnloaded'
  const names = checkTargets(call, targets)
  checkFunction(call, 'run', run)
  checkFromOption(call, options)
  const installed = requireHost()
  const importers = names.map((name) => importerOf(call, name, options?.from))
  const ids = await idsToSetAside(installed, names, importers)

  const { state } = installed
  const leave = await enter(state, names, ids)
  try {
    // What refuses may have changed while this call waited for its turn.
    await idsToSetAside(installed, names, importers)
    return await runWithout(installed, ids, run)
  } finally {
    leave()
  }
}

/** Targets with their loaded children. A refusing child stays registered; a refusing target is an error. */
async function idsToSetAside(
  installed: Installed,
  names: readonly string[],
  importers: readonly string[],
): Promise<Set<ModuleId>> {
  const { host } = installed
  const ids = new Set<ModuleId>()
  const refusals: Refusal[] = []
  for (const [index, name] of names.entries()) {
    const target = await host.resolve(name, importers[index] as string, 'import')
    ids.add(target)
    for (const id of new Set([target, ...withChildren(host, name, target).map((record) => record.id)])) {
      const spec = await runAsync(specSteps(installed, id))
      const reason = whyUntouchable(host, id)
      const provenance: Provenance =
        reason === undefined ? spec.flags.allowReimport.provenance : { source: 'loader', reason }
      if (reason === undefined && !refuses(spec, 'allowReimport')) ids.add(id)
      else if (id === target) {
        refusals.push({ id, flag: 'allowReimport', provenance, importedBy: importersChain(installed, id) })
      }
    }
  }
  if (refusals.length > 0) throw new RefusedError('allowReimport', refusals)
  return ids
}

/** Waits for earlier calls that share a module, except those that this call is part of. Returns the end of its turn. */
async function enter(
  state: CoreState,
  names: readonly string[],
  ids: ReadonlySet<ModuleId>,
): Promise<() => void> {
  const within = new Set(enclosingCalls(state))
  const before = state.unloadedQueue.filter(
    (other) => !(other.call && within.has(other.call)) && [...other.ids].some((id) => ids.has(id)),
  )
  if (before.some((other) => isHeldUpBy(state, within, other))) throw circularWait(names)
  let leave = () => {}
  const entry: UnloadedCall = {
    ids,
    within,
    waitsFor: before,
    done: new Promise((resolve) => {
      leave = resolve
    }),
  }
  state.unloadedQueue.push(entry)
  await Promise.all(before.map(({ done }) => done))
  entry.waitsFor = []
  return () => {
    state.unloadedQueue.splice(state.unloadedQueue.indexOf(entry), 1)
    leave()
  }
}

/** Whether a call can only end after one of `calls`: it waits for that one, or a call within it does. */
function isHeldUpBy(
  state: CoreState,
  calls: ReadonlySet<PendingCall>,
  waiting: UnloadedCall,
  seen = new Set<UnloadedCall>(),
): boolean {
  if (waiting.call && calls.has(waiting.call)) return true
  if (seen.has(waiting)) return false
  seen.add(waiting)
  const { call } = waiting
  const nested = call ? state.unloadedQueue.filter(({ within }) => within.has(call)) : []
  return [...waiting.waitsFor, ...nested].some((other) => isHeldUpBy(state, calls, other, seen))
}

function circularWait(names: readonly string[]): NotFreshError {
  return new NotFreshError(
    names.join('", "'),
    'another withUnloaded has set it aside, and waits for a module that a call around this one has set aside',
    'Pass all of these modules to one withUnloaded, or nest such calls in the same order everywhere.',
  )
}

async function runWithout<T>(
  installed: Installed,
  ids: ReadonlySet<ModuleId>,
  run: () => T | Promise<T>,
): Promise<T> {
  const { host, state } = installed
  const taken = host.take([...ids])
  const loadedBefore = new Set<ModuleId>()
  for (const { id } of host.records()) loadedBefore.add(id)
  const identities = taken.records.map(({ id }) => realIdentityOf(id))
  for (const identity of identities) state.setAside.set(identity, (state.setAside.get(identity) ?? 0) + 1)
  const call: PendingCall = { kind: 'unloaded', ids, parent: currentCall(state) }
  const entry = state.unloadedQueue.find((other) => other.ids === ids)
  if (entry) entry.call = call
  try {
    return await runWithin(state, call, run)
  } finally {
    for (const identity of identities) {
      const count = (state.setAside.get(identity) ?? 1) - 1
      if (count > 0) state.setAside.set(identity, count)
      else state.setAside.delete(identity)
    }
    const temporary = madeInside(host.records(), ids, loadedBefore)
    const { errors } = await dispose(state, importersFirst(temporary))
    for (const record of temporary) noteFormerCopy(state, record, false)
    const gone = temporary.map(({ id }) => id)
    host.drop(gone)
    forgetUnloaded(installed, gone)
    taken.putBack()
    throwTogether(errors)
  }
}

/** The copies that `run` made of what was set aside, and what it loaded first that holds one of them. */
function madeInside(
  records: Iterable<ModuleRecord>,
  ids: ReadonlySet<ModuleId>,
  loadedBefore: ReadonlySet<ModuleId>,
): ModuleRecord[] {
  const candidates = [...records].filter(({ id }) => ids.has(id) || !loadedBefore.has(id))
  const temporary = new Set(candidates.filter(({ id }) => ids.has(id)))
  const holds = new Set([...temporary].map(({ id }) => id))
  for (let grew = true; grew; ) {
    grew = false
    for (const record of candidates) {
      if (temporary.has(record)) continue
      for (const imported of record.imports) {
        if (!holds.has(imported)) continue
        temporary.add(record)
        holds.add(record.id)
        grew = true
        break
      }
    }
  }
  return [...temporary]
}
