/**
 * The guard: a module that refuses reimport is never evaluated twice while a copy is loaded, by whatever means. Hosts
 * ask before each evaluation in the shared world; fresh copies and reloads have been checked by their helpers.
 *
 * A copy that the framework has dropped, or covered by another registry, is loaded while somebody holds it who stays.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { refuses, resolveSpec } from '../flags/specs.ts'
import type { CoreState } from '../host/core-state.ts'
import { DuplicateModuleError, type FreshModulesError } from '../host/errors.ts'
import { type GuardState, NODE_LOADER } from '../host/guard-state.ts'
import type { Installed } from '../host/host-slot.ts'
import { realIdentityOf } from '../host/loaded.ts'
import type { GuardedCopy, ModuleFacts } from '../host/module-host.ts'
import { isInstalled, type ModuleId } from '../host/module-id.ts'
import type { OnDuplicate } from '../host/module-spec.ts'
import type { ResolvedSpec } from '../host/resolved-spec.ts'
import { isTracing, trace } from '../host/trace.ts'
import { noteHeldCopies, noteHolderOf } from './holders.ts'
import { duplicateLine, duplicateMessage, standingExplanation, standingLine } from './message.ts'
import { isMarked, notePackage, otherPackageCopy, stand } from './package-copies.ts'
import { tellOnce } from './tell.ts'

/** An evaluation that is about to happen. What only matters for modules that refuse is asked for when it does. */
export interface Evaluation {
  readonly id: ModuleId
  readonly facts: ModuleFacts
  /** Who imports it, nearest first, up to the test file. */
  readonly importedBy: () => readonly ModuleId[]
  readonly loader: string
  readonly format?: () => 'esm' | 'cjs' | undefined
  /**
   * Whether it only hands out what another loader holds, as the CommonJS entry of an inlined package does: then
   * evaluating it again doubles nothing.
   */
  readonly isWrapper?: () => boolean
  /** Whether what it requires is another loader's, as with inlined CommonJS: only this one file is doubled. */
  readonly isEntryOnly?: () => boolean
  /** Whether the loader keeps what it has loaded, whatever the host forgets: the same id is the same copy again. */
  readonly isKeptByLoader?: boolean
  /**
   * For a loader whose registry anybody can delete from: whether somebody who stays holds the copy that was there. Left
   * out where the host tells of resets.
   */
  readonly isStillHeld?: () => boolean
  /** The registry other than the main one in which it will stand, if it is one: each has a number. */
  readonly isolation?: number | undefined
}

/**
 * Notes the first copy of a refusing module; throws `ERR_DUPLICATE_MODULE` for a second one. A look-up and no more for
 * modules that do not refuse.
 */
export function guardEvaluation(installed: Installed, evaluation: Evaluation): void {
  const spec = guardedSpec(installed, evaluation.id, evaluation.facts)
  if (!spec || evaluation.isWrapper?.()) return
  const copy: GuardedCopy = {
    id: evaluation.id,
    importedBy: evaluation.importedBy(),
    loader: evaluation.loader,
    format: evaluation.format?.(),
    isEntryOnly: evaluation.isEntryOnly?.() ?? false,
    isolation: evaluation.isolation,
  }
  const first = loadedCopyOf(installed, copy, evaluation) ?? otherPackageCopy(installed.state, spec, copy)
  if (first && evaluation.isKeptByLoader && first.id === copy.id && first.loader === copy.loader) return
  if (!first) note(installed, spec, copy)
  else if (stand(first, copy) && !isMarked(installed.state, spec)) noteStanding(installed, spec, first, copy)
  else report(installed, spec, first, copy)
}

/** The spec of a module that is guarded; of most there is nothing to ask the guard. */
export function guardedSpec(
  installed: Installed,
  id: ModuleId,
  facts: ModuleFacts,
): ResolvedSpec | undefined {
  // A package's data, its package.json for instance, is no part of what there may be only one of.
  if (installed.state.guard.onDuplicate === 'off' || (facts.kind === 'json' && isInstalled(id)))
    return undefined
  const spec = resolveSpec(installed, id, facts)
  return refuses(spec, 'allowReimport') ? spec : undefined
}

/** An evaluation has failed: there is no copy. */
export function forgetFailedCopy({ state: { guard } }: Installed, id: ModuleId): void {
  if (guard.firstCopies.get(realIdentityOf(id))?.id === id) forget(guard, id)
}

/** A copy was unloaded with permission: importing again is no duplicate. */
export function forgetUnloaded({ state: { guard } }: Installed, ids: Iterable<ModuleId>): void {
  if (guard.firstCopies.size === 0 && guard.packages.size === 0) return
  for (const id of ids) forget(guard, id)
}

function forget(guard: GuardState, id: ModuleId): void {
  guard.firstCopies.delete(realIdentityOf(id))
  for (const [name, copy] of guard.packages) if (copy.id === id) guard.packages.delete(name)
}

/** The framework has begun a new world: nothing is loaded. */
export function forgetAllCopies({ state: { guard } }: Installed): void {
  guard.firstCopies.clear()
  guard.packages.clear()
  guard.standing.clear()
  guard.dropped.clear()
  guard.rawReset = undefined
  guard.hasDroppedAll = false
  guard.isCollecting = true
}

/**
 * Another file begins in a realm that goes on: the file before it holds nothing any more. What the framework has
 * dropped meanwhile, and our reset has not put back, is gone with it.
 */
export function startNextFile({ host, state: { guard } }: Installed): void {
  for (const [id] of guard.dropped) if (!host.record(id)) forget(guard, id)
  guard.dropped.clear()
  guard.rawReset = undefined
  guard.held = new WeakSet()
  guard.hasDroppedAll = false
  guard.isCollecting = true
}

/**
 * All tests have run, and something is loaded again: a runner starts over, as in watch mode. What it has dropped from the
 * registry in between is gone.
 */
export function startNextRun(installed: Installed): void {
  const { host, state } = installed
  for (const { id } of [...state.guard.firstCopies.values()]) {
    if (!host.record(id)) forget(state.guard, id)
  }
  startNextFile(installed)
  state.guard.isRunOver = false
}

/** Setup files and the test file have been loaded: no hook has run yet. */
export function endCollecting({ guard }: CoreState): void {
  guard.isCollecting = false
}

/** A module was marked at run time: its registered copy is the one from now on. */
export function noteMarked(installed: Installed, id: ModuleId): void {
  const record = installed.host.record(id)
  const identity = realIdentityOf(id)
  if (!record || installed.state.guard.firstCopies.has(identity)) return
  const copy = {
    id,
    importedBy: [...record.importers],
    loader: installed.host.label,
    format: undefined,
  } as const
  installed.state.guard.firstCopies.set(identity, copy)
  noteHolderOf(installed, copy)
}

/**
 * The framework is about to drop all registrations by itself, e.g. by `vi.resetModules()`: the records of what refuses
 * are put by where somebody holds the copy who stays. The others are gone.
 */
export function beforeRawReset(installed: Installed): void {
  const { host, state } = installed
  const { guard } = state
  noteHeldCopies(installed)
  if (!guard.isCollecting) guard.hasDroppedAll = true
  for (const copy of [...guard.firstCopies.values()]) {
    const { id, loader } = copy
    if (loader === NODE_LOADER) continue
    if (!guard.held.has(copy)) forget(guard, id)
    else if (!guard.dropped.has(id) && host.record(id)?.state === 'evaluated') {
      guard.dropped.set(id, host.take([id]))
    }
  }
}

/**
 * The framework is about to put an empty registry over the main one for a while, as `jest.isolateModules` does: what
 * somebody holds who stays must not be evaluated there.
 */
export function beforeIsolation(installed: Installed): void {
  noteHeldCopies(installed)
}

/**
 * Whether a module has lost its registration though nobody has reset anything: somebody else has invalidated it. Then
 * there is a copy to hand out again.
 */
export function isLost({ host, state: { guard } }: Installed, id: ModuleId): boolean {
  return guard.firstCopies.get(realIdentityOf(id))?.id === id && !guard.dropped.has(id) && !host.record(id)
}

/** Our own resets keep what refuses, so what a raw one has dropped before it is there again. */
export function putBackDropped({ host, state: { guard } }: Installed): void {
  for (const [id, taken] of guard.dropped) {
    if (!host.record(id) && guard.firstCopies.get(realIdentityOf(id))?.id === id) taken.putBack()
  }
  guard.dropped.clear()
}

/** The framework has dropped registrations by itself, e.g. by `vi.resetModules()`. */
export function noteRawReset({ state: { guard } }: Installed, what: string, at: string | undefined): void {
  guard.rawReset = { what, at }
}

/** An error that its test, or else the file, has to fail with. */
export function mustFail({ guard, runningTests }: CoreState, error: FreshModulesError): void {
  const concurrent = guard.concurrent?.getStore()
  const [only, another] = runningTests
  // With several tests at once there is no telling by the time alone whose it is.
  guard.unreported.push({ error, test: concurrent ?? (another === undefined ? only : undefined) })
}

/** The errors that the test that has just ended must fail with, once; without a test: all that are left, for the file. */
export function takeUnreported({ state: { guard } }: Installed, test?: unknown): FreshModulesError[] {
  const taken = guard.unreported.filter((one) => test === undefined || one.test === test)
  for (const one of taken) guard.unreported.splice(guard.unreported.indexOf(one), 1)
  return taken.map(({ error }) => error)
}

/** The code that goes on from here is part of this one of several concurrent tests. */
export function enterConcurrentTest({ guard }: CoreState, test: unknown): void {
  try {
    concurrentTests(guard).enterWith(test)
  } catch {
    // Cloudflare's runtime has no such method: concurrent tests cannot be told apart there.
  }
}

/** The same for what a function does. */
export function runConcurrentTest<T>({ guard }: CoreState, test: unknown, run: () => T): T {
  return concurrentTests(guard).run(test, run)
}

function concurrentTests(guard: GuardState): AsyncLocalStorage<unknown> {
  guard.concurrent ??= new AsyncLocalStorage()
  return guard.concurrent
}

/** The first copy of the very module, if it is loaded still. */
function loadedCopyOf(
  installed: Installed,
  copy: GuardedCopy,
  { isKeptByLoader, isStillHeld }: Evaluation,
): GuardedCopy | undefined {
  const { guard } = installed.state
  const first = guard.firstCopies.get(realIdentityOf(copy.id))
  if (!first || guard.held.has(first)) return first
  const isCovered = first.isolation !== copy.isolation
  const isDeleted =
    isStillHeld !== undefined && !isKeptByLoader && first.id === copy.id && first.loader === copy.loader
  if (!isCovered && !(isDeleted && !isStillHeld())) return first
  forget(guard, first.id)
  return undefined
}

function note(installed: Installed, spec: ResolvedSpec, copy: GuardedCopy): void {
  installed.state.guard.firstCopies.set(realIdentityOf(copy.id), copy)
  if (isTracing) trace('guard', `${copy.id} is the first copy, by ${copy.loader}`)
  noteHolderOf(installed, copy)
  notePackage(installed.state, spec, copy)
}

/** Reported, and explained where a test fails that runs with both. From here on the second one must not be doubled either. */
function noteStanding(
  installed: Installed,
  spec: ResolvedSpec,
  first: GuardedCopy,
  second: GuardedCopy,
): void {
  const { guard } = installed.state
  if (onDuplicateOf(installed, spec) === 'off') return
  if (!guard.firstCopies.has(realIdentityOf(second.id))) note(installed, spec, second)
  if (isTracing) trace('guard', `${second.id} stands next to ${first.id}, by ${second.loader}`)
  const name = spec.package?.name ?? second.id
  if (guard.standing.has(name)) return
  const explanation = standingExplanation(installed, spec, first, second)
  guard.standing.set(name, { name, first, second, explanation })
  tellOnce(guard, name, () => standingLine(installed, spec, first, second))
}

function report(installed: Installed, spec: ResolvedSpec, first: GuardedCopy, second: GuardedCopy): void {
  const { guard } = installed.state
  const onDuplicate = onDuplicateOf(installed, spec)
  if (isTracing)
    trace('guard', `${second.id} is a second copy of ${first.id}, by ${second.loader}: ${onDuplicate}`)
  if (onDuplicate === 'off') return
  if (onDuplicate === 'throw') {
    const error = new DuplicateModuleError(duplicateMessage(installed, spec, first, second))
    mustFail(installed.state, error)
    throw error
  }
  const isOfPackage = spec.package !== undefined && isInstalled(second.id)
  tellOnce(guard, isOfPackage ? spec.package.name : second.id, () =>
    duplicateLine(installed, spec, first, second),
  )
}

function onDuplicateOf({ state }: Installed, { id, package: pkg }: ResolvedSpec): OnDuplicate {
  const rules = state.rules.matching(id, pkg)
  return (
    rules.filter(({ rule }) => rule.onDuplicate !== undefined).at(-1)?.rule.onDuplicate ??
    state.guard.onDuplicate
  )
}
