/** Resets: first-party modules are evaluated again, those that refuse are kept. One mechanism for both adapters. */

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
import type { Copy, ModuleRecord, ReloadedCopy } from '../host/module-host.ts'
import { fileOf, isFileId, type ModuleId } from '../host/module-id.ts'
import { relativeTo } from '../host/paths.ts'
import { runAsync } from '../host/steps.ts'
import type { EmptyRegistry } from './empty-registries.ts'
import { noteBaseline } from './evaluated.ts'
import { withinLimit } from './limit.ts'
import { type KeptModule, planReset, type ResetLevel, type ResetPlan } from './plan.ts'
import { tracePlan } from './trace-plan.ts'

/** What a reset did, and what it left alone. */
export interface ResetSummary {
  /** Evaluated again into the same namespace object. */
  readonly reloaded: readonly ModuleId[]
  /** Dropped: the next import evaluates it again. */
  readonly dropped: readonly ModuleId[]
  /** Left as they are: they hold no state, so that another evaluation would give the same. */
  readonly unchanged: readonly ModuleId[]
  readonly kept: readonly KeptModule[]
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
  const run = () => {
    const reset = (async () => {
      await running.before?.done?.catch(() => {})
      if (running.isGivenUp) return NOTHING
      putBackDropped(installed)
      return applyReset(installed, () => runAsync(planReset(installed, level, testFileStays)), running)
    })()
    running.done = reset
    return reset
  }
  try {
    return await withinLimit(installed, running, run, limit)
  } finally {
    running.before = undefined
    if (state.reset === running) state.reset = undefined
  }
}

const NOTHING: ResetSummary = { reloaded: [], dropped: [], unchanged: [], kept: [], notes: [] }

async function applyReset(
  installed: Installed,
  makePlan: () => Promise<ResetPlan>,
  running: RunningReset,
): Promise<ResetSummary> {
  const { host, state } = installed
  const errors: unknown[] = []
  const dropped: ModuleId[] = []
  const notes: string[] = []
  for (;;) {
    const plan = await makePlan()
    tracePlan(plan)
    running.step = 'calls onUnload'
    const records = [...plan.reload, ...plan.drop]
    // Most modules have no callback, and their order does not matter then.
    const disposed = await dispose(state, hasDisposers(state, records) ? importersFirst(records) : [])
    errors.push(...disposed.errors)
    for (const empty of plan.empty) await emptyRegistry(empty, errors)
    if (running.isGivenUp) return NOTHING
    running.step = 'evaluates'
    const ids = plan.drop.map(({ id }) => id)
    for (const record of plan.drop) noteFormerCopy(state, record, false)
    const stay = plan.isForNextFile ? host.resets?.keepForNextFile?.(plan.unchanged, ids) : undefined
    host.drop(stay ? [...plan.unchanged, ...ids].filter((id) => !stay.has(id)) : ids)
    dropped.push(...ids)
    // They allow it: if one was marked for a while, its next copy is no duplicate of the one that is gone.
    forgetUnloaded(installed, ids)
    const { copies, failure } = await reloadAll(installed, plan.reload)
    if (failure && state.onResetFailure === 'keep' && !state.notReevaluable.has(failure.id)) {
      // Everything is as before. It is kept from now on, and so is what its body has used.
      state.notReevaluable.set(failure.id, firstLineOf(failure.error))
      notes.push(adviceFor(installed, failure))
      continue
    }
    for (const copy of copies) runImportHooks(state, copy, { reloaded: true, fresh: false })
    if (failure) throw withRemedy(installed, failure)
    throwTogether(errors)
    const { reload, unchanged } = plan
    return {
      reloaded: reload.map(({ id }) => id),
      dropped,
      unchanged,
      get kept() {
        return plan.kept
      },
      notes: [...plan.notes, ...notes],
    }
  }
}

async function emptyRegistry(empty: EmptyRegistry, errors: unknown[]): Promise<void> {
  try {
    await empty()
  } catch (error) {
    errors.push(error)
  }
}

interface Failure {
  readonly id: ModuleId
  readonly error: unknown
}

interface ReloadOutcome {
  readonly copies: readonly Copy[]
  readonly failure?: Failure
}

/** In dependency order. A host that knows better, so that cycles hold no old member, does it itself. */
async function reloadAll(installed: Installed, records: readonly ModuleRecord[]): Promise<ReloadOutcome> {
  const { host } = installed
  const ordered = importersFirst(records)
    .reverse()
    .map(({ id }) => id)
  if (host.resets?.reloadAll) return host.resets.reloadAll(ordered)
  const reload = () => reloadEach(installed, ordered)
  return host.resets?.batch ? host.resets.batch(reload) : reload()
}

async function reloadEach(installed: Installed, ids: readonly ModuleId[]): Promise<ReloadOutcome> {
  const { host } = installed
  const copies: ReloadedCopy[] = []
  for (const id of ids) {
    try {
      const copy = await host.reload(id)
      copies.push(copy)
      noteBaseline(installed, copy)
    } catch (error) {
      for (const copy of copies.reverse()) copy.putBack?.()
      return { copies: [], failure: { id, error } }
    }
  }
  return { copies }
}

/** What a user writes to have a module left alone for good. */
function ruleFor({ host }: Installed, id: ModuleId): string {
  const file = isFileId(id) ? `./${relativeTo(host.root, fileOf(id))}` : id
  return `{ match: '${file}', reset: false, reason: 'cannot be evaluated twice' }`
}

function adviceFor(installed: Installed, { id, error }: Failure): string {
  return (
    `"${id}" could not be evaluated again, so it is kept: ${firstLineOf(error)}. ` +
    `To say so for good, add to the specs option: ${ruleFor(installed, id)}`
  )
}

function firstLineOf(error: unknown): string {
  const [line = ''] = String(error).split('\n')
  return line
}

/** The error is the module's own; it has to say where it comes from, and how to keep the module out of resets. */
function withRemedy(installed: Installed, { id, error }: Failure): unknown {
  const remedy =
    `\n\nfresh-modules evaluated "${id}" again for this test. To keep it out of resets, add to the specs option:\n` +
    `  ${ruleFor(installed, id)}`
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
