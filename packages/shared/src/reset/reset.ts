/** Resets: first-party modules are evaluated anew, those that refuse are kept. One mechanism for both adapters. */

import { forgetUnloaded, putBackDropped } from '../guard/guard.ts'
import type { CoreState, RunningReset } from '../host/core-state.ts'
import type { Installed } from '../host/host-slot.ts'
import {
  dispose,
  hasDisposers,
  importersFirst,
  noteFormerCopy,
  runImportHooks,
  throwTogether,
} from '../host/lifecycle.ts'
import type { Copy, ModuleHost, ModuleRecord } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import { runAsync } from '../host/steps.ts'
import { withinLimit } from './limit.ts'
import { planReset, type ResetLevel, type ResetPlan } from './plan.ts'

/** What a reset did, and what it left alone. */
export interface ResetSummary {
  /** Evaluated again into the same namespace object. */
  readonly reloaded: readonly ModuleId[]
  /** Dropped: the next import evaluates anew. */
  readonly dropped: readonly ModuleId[]
  readonly kept: readonly { readonly id: ModuleId; readonly reason: string }[]
  /** Why less was reset than could have been. */
  readonly notes: readonly string[]
}

/**
 * The reset that adapters run by themselves. One at a time: a second call waits for the first. `limit` is how many
 * milliseconds it may take: `ERR_NOT_FRESH` then, and modules that it has not finished are as before.
 */
export async function resetInstalled(
  installed: Installed,
  level: ResetLevel,
  { testFileStays = level === 'tests', limit }: { testFileStays?: boolean; limit?: number | undefined } = {},
): Promise<ResetSummary> {
  const { state } = installed
  const running: RunningReset = { before: state.reset, done: undefined, step: 'begins', isGivenUp: false }
  state.reset = running
  const reset = (async () => {
    await running.before?.done?.catch(() => {})
    if (running.isGivenUp) return NOTHING
    putBackDropped(installed)
    return applyReset(installed, await runAsync(planReset(installed, level, testFileStays)), running)
  })()
  running.done = reset
  try {
    return await withinLimit(installed, running, reset, limit)
  } finally {
    running.before = undefined
    if (state.reset === running) state.reset = undefined
  }
}

const NOTHING: ResetSummary = { reloaded: [], dropped: [], kept: [], notes: [] }

async function applyReset(
  installed: Installed,
  plan: ResetPlan,
  running: RunningReset,
): Promise<ResetSummary> {
  const { host, state } = installed
  running.step = 'calls onUnload'
  const records = [...plan.reload, ...plan.drop]
  // Most modules have no callback, and their order does not matter then.
  const { errors } = await dispose(state, hasDisposers(state, records) ? importersFirst(records) : [])
  if (running.isGivenUp) return NOTHING
  running.step = 'evaluates'
  const dropped = plan.drop.map(({ id }) => id)
  for (const record of plan.drop) noteFormerCopy(state, record, false)
  host.drop(dropped)
  // They allow it: if one was marked for a while, its next copy is no duplicate of the one that is gone.
  forgetUnloaded(installed, dropped)
  const { copies, failure } = await reloadAll(installed, plan.reload)
  for (const copy of copies) runImportHooks(state, copy, { reloaded: true, fresh: false })
  if (failure) throw withRemedy(failure.id, failure.error)
  throwTogether(errors)
  return { reloaded: plan.reload.map(({ id }) => id), dropped, kept: plan.kept, notes: plan.notes }
}

interface ReloadOutcome {
  readonly copies: readonly Copy[]
  readonly failure?: { readonly id: ModuleId; readonly error: unknown }
}

/** In dependency order. A host that knows better, so that cycles hold no old member, does it itself. */
async function reloadAll({ host }: Installed, records: readonly ModuleRecord[]): Promise<ReloadOutcome> {
  const ordered = importersFirst(records)
    .reverse()
    .map(({ id }) => id)
  if (host.resets?.reloadAll) return host.resets.reloadAll(ordered)
  const reload = () => reloadEach(host, ordered)
  return host.resets?.batch ? host.resets.batch(reload) : reload()
}

async function reloadEach(host: ModuleHost, ids: readonly ModuleId[]): Promise<ReloadOutcome> {
  const copies: Copy[] = []
  for (const id of ids) {
    try {
      copies.push(await host.reload(id))
    } catch (error) {
      return { copies, failure: { id, error } }
    }
  }
  return { copies }
}

/** The error is the module's own; it has to say where it comes from, and how to keep the module out of resets. */
function withRemedy(id: ModuleId, error: unknown): unknown {
  const remedy =
    `\n\nfresh-modules evaluated "${id}" anew for this test. To keep it out of resets, add to the specs option:\n` +
    `  { match: '${id}', allowReload: false, reason: 'cannot be evaluated twice' }`
  if (typeof error === 'object' && error !== null && typeof (error as Error).message === 'string') {
    try {
      ;(error as Error).message += remedy
      return error
    } catch {
      // A frozen error: wrapped instead.
    }
  }
  return new Error(`${String(error)}${remedy}`, { cause: error })
}

/** Whether the running tests allow a reset: nothing is reset while another test runs. */
export function mayReset(state: CoreState): boolean {
  return state.runningTests.size === 0
}
