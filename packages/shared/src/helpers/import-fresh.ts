/** `importFresh` and `requireFresh`: an independent copy, and nothing else changed. */

import { targetBoundary } from '../fresh/function-targets.ts'
import { type Admission, Scope } from '../fresh/scope.ts'
import { withSurroundings, withSurroundingsSync } from '../fresh/surroundings.ts'
import { importerOf } from '../host/caller.ts'
import type { FunctionTargets } from '../host/core-state.ts'
import { BadOptionError, NotFreshError, notFoundError } from '../host/errors.ts'
import { unlessHeldUp } from '../host/fake-timers.ts'
import type { Installed } from '../host/host-slot.ts'
import type { ModuleHost, ResolveKind } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import { type CheckedFresh, checkFreshOptions, checkSpecifier, type FreshOptions } from '../host/options.ts'
import { currentCall, runWithin, runWithinSync } from '../host/pending-calls.ts'
import {
  isThenable,
  type MaybePromise,
  runAsync,
  runMaybe,
  runSync,
  type Steps,
  wait,
} from '../host/steps.ts'
import { requireHost } from './require-host.ts'

/**
 * Evaluates a module again and returns that copy's namespace. The registered copy keeps its state, its identity
 * and its importers; a plain import afterwards gives it. What the target imports is shared, except for `fresh`, the
 * target's children and what is `blocked`. A target that was not loaded is not registered by this.
 *
 * @param target A specifier, relative to the calling file; or a function whose `import()` (or `require`) calls, made
 * while its result is pending, are the targets, and whose result is returned: `() => import('./config')`.
 * @throws `ERR_BAD_OPTION`, `ERR_REIMPORT_REFUSED` before anything is evaluated; `ERR_NOT_FRESH` where the host cannot
 * evaluate it again; what the target itself throws, as it is; the host's own error if the target is not found.
 */
// biome-ignore lint/suspicious/noExplicitAny: a specifier tells no type; callers who know it name it
export function importFresh<T = any>(target: string, options?: FreshOptions): Promise<T>
export function importFresh<T>(target: () => Promise<T> | T, options?: FreshOptions): Promise<T>
export async function importFresh(
  target: string | (() => unknown),
  options?: FreshOptions,
): Promise<unknown> {
  const call = 'importFresh'
  const checked = checkFreshOptions(call, options)
  if (typeof target !== 'function') checkSpecifier(call, target)
  const installed = requireHost()
  const importer = importerOf(call, typeof target === 'string' ? target : '', options?.from, importFresh)
  if (typeof target === 'function') return importByFunction(installed, target, importer, checked)
  const planned = runMaybe(planSteps(installed, target, importer, checked, 'import'))
  const plan = (isThenable(planned) ? await planned : planned) as Plan
  const evaluate = () => runAsync(evaluateSteps(installed, plan, importer))
  const { exports } = await withSurroundings(installed.state, checked, target, () =>
    unlessHeldUp(evaluate, () => heldUp(plan.scope, target)),
  )
  plan.scope.warnOfMissingBlocks(call)
  return exports
}

/**
 * The synchronous `importFresh`, where the host loads synchronously (CommonJS): returns `module.exports`.
 *
 * @throws as `importFresh`; `ERR_NOT_FRESH` where the host can load only asynchronously.
 */
// biome-ignore lint/suspicious/noExplicitAny: a specifier tells no type; callers who know it name it
export function requireFresh<T = any>(target: string | (() => T), options?: FreshOptions): T {
  const call = 'requireFresh'
  const checked = checkFreshOptions(call, options)
  if (typeof target !== 'function') checkSpecifier(call, target)
  const installed = requireHost()
  const importer = importerOf(call, typeof target === 'string' ? target : '', options?.from, requireFresh)
  if (typeof target === 'function') return requireByFunction(installed, target, importer, checked)
  const onWait = () => needsAsync(installed, target)
  const plan = runSync(planSteps(installed, target, importer, checked, 'require'), onWait)
  const { exports } = withSurroundingsSync(checked, target, () =>
    runSync(evaluateSteps(installed, plan, importer), onWait),
  )
  plan.scope.warnOfMissingBlocks(call)
  return exports as T
}

interface Plan {
  readonly scope: Scope
  readonly steps: readonly { readonly id: ModuleId; readonly admission: Admission }[]
  readonly kind: ResolveKind
}

function* planSteps(
  installed: Installed,
  target: string,
  importer: string,
  checked: CheckedFresh,
  kind: ResolveKind,
): Steps<Plan> {
  const scope = yield* openScope(installed, target, importer, checked, kind)
  return yield* planNames(installed, scope, checked.fresh, target, importer, kind)
}

function* openScope(
  installed: Installed,
  target: string,
  importer: string,
  checked: CheckedFresh,
  kind: ResolveKind,
): Steps<Scope> {
  const { host } = installed
  if (checked.conditions.length > 0 && !host.resolveWith) {
    const { why, remedy } = host.noConditions ?? {
      why: `${host.label} has one set of conditions for all modules, and none for fresh copies alone`,
      remedy: 'Leave conditions out, and set them for the whole run or project.',
    }
    throw new NotFreshError(target, why, remedy)
  }
  return yield* Scope.open(installed, importer, checked, kind)
}

/** Resolves and checks all names: everything that can be refused is refused here, before anything is evaluated. */
function* planNames(
  { host }: Installed,
  scope: Scope,
  fresh: readonly string[],
  target: string | undefined,
  importer: string,
  kind: ResolveKind,
): Steps<Plan> {
  const steps: { id: ModuleId; admission: Admission }[] = []
  // What is to be fresh cannot be hidden as well, under whatever name. A target that is hidden is just not found.
  const hidden = (name: string, index: number) =>
    index < fresh.length
      ? new BadOptionError(
          'importFresh',
          `"${name}" is both in fresh and in blocked`,
          'Keep it in one of them.',
        )
      : notFoundError(kind, name, importer)
  for (const [index, name] of [...fresh, ...(target === undefined ? [] : [target])].entries()) {
    if (scope.blockedName({ specifier: name })) throw hidden(name, index)
    const id = yield* wait(resolveIn(host, scope, name, importer, kind))
    if (scope.blockedName({ id })) throw hidden(name, index)
    steps.push({ id, admission: yield* scope.admit(name, id) })
  }
  return { scope, steps, kind }
}

/** What is asked for by name is resolved as the copies' own imports are. */
function resolveIn(
  host: ModuleHost,
  { conditions }: Scope,
  name: string,
  importer: string,
  kind: ResolveKind,
): MaybePromise<ModuleId> {
  if (conditions.length === 0) return host.resolve(name, importer, kind)
  return host.resolveWith?.(conditions, name, importer, kind) ?? host.resolve(name, importer, kind)
}

/** Evaluates the planned modules in order; the last one is the target, whose copy is the result. */
function* evaluateSteps(
  { host }: Installed,
  { scope, steps, kind }: Plan,
  importer: string,
): Steps<{ exports: unknown }> {
  let copy: { exports: unknown } | undefined
  for (const { id, admission } of steps) {
    copy =
      admission === 'plain'
        ? yield* wait(host.load(id, importer, kind))
        : yield* wait(scope.host.evaluate(id))
  }
  const target = steps.at(-1)
  if (target?.admission === 'fresh') scope.warnOfUselessBlocks(target.id)
  return copy as { exports: unknown }
}

async function importByFunction(
  installed: Installed,
  run: () => unknown,
  importer: string,
  checked: CheckedFresh,
): Promise<unknown> {
  const { state } = installed
  assertImportsAreSeen(installed, run)
  const targets = await runAsync(functionTargets(installed, run, importer, checked, 'import'))
  const result = await withSurroundings(state, checked, 'the function', () =>
    unlessHeldUp(
      () => runWithin(state, { kind: 'function', parent: currentCall(state), targets }, targetBoundary(run)),
      () => heldUp(targets.rules, targets.names.join('", "') || 'the function'),
    ),
  )
  assertTargets(installed, 'importFresh', targets)
  targets.rules.warnOfMissingBlocks('importFresh')
  return result
}

function requireByFunction<T>(
  installed: Installed,
  run: () => T,
  importer: string,
  checked: CheckedFresh,
): T {
  const { state } = installed
  assertImportsAreSeen(installed, run)
  const onWait = () => needsAsync(installed, 'the function')
  const targets = runSync(functionTargets(installed, run, importer, checked, 'require'), onWait)
  const result = withSurroundingsSync(checked, 'the function', () =>
    runWithinSync(state, { kind: 'function', parent: currentCall(state), targets }, targetBoundary(run)),
  )
  assertTargets(installed, 'requireFresh', targets)
  targets.rules.warnOfMissingBlocks('requireFresh')
  return result
}

interface ScopedTargets extends FunctionTargets {
  /** What was asked for so far, as it is written. */
  readonly names: string[]
  readonly rules: Scope
}

function* functionTargets(
  installed: Installed,
  run: () => unknown,
  importer: string,
  checked: CheckedFresh,
  kind: ResolveKind,
): Steps<ScopedTargets> {
  const scope = yield* openScope(installed, 'the function', importer, checked, kind)
  const { steps } = yield* planNames(installed, scope, checked.fresh, undefined, importer, kind)
  let isPrepared = false
  return {
    file: importer,
    source: Function.prototype.toString.call(run),
    count: 0,
    names: [],
    rules: scope,
    scope: scope.host,
    // The modules of `fresh` are evaluated once the first target has been admitted: a refusal comes before.
    *admit(this: ScopedTargets, specifier: string, id: ModuleId): Steps<Admission> {
      if (scope.blockedName({ specifier, id })) throw notFoundError(kind, specifier, importer)
      const admission = yield* scope.admit(specifier, id)
      this.count++
      this.names.push(specifier)
      if (!isPrepared) {
        isPrepared = true
        yield* evaluateSteps(installed, { scope, steps, kind }, importer)
      }
      return admission
    },
  }
}

/** Refused before it runs, since nobody could take back what it has evaluated. */
function assertImportsAreSeen({ host: { unseenImports } }: Installed, run: () => unknown): void {
  if (unseenImports && /\bimport\s*\(/.test(Function.prototype.toString.call(run)))
    throw new NotFreshError('the function', unseenImports.why, unseenImports.remedy)
}

function assertTargets(
  { host: { unseenImports } }: Installed,
  call: string,
  { count }: FunctionTargets,
): void {
  if (count > 0) return
  const unseen = unseenImports ? `, as far as can be seen: ${unseenImports.why}` : ''
  throw new BadOptionError(
    call,
    `the function has imported nothing while its result was pending${unseen}`,
    "Return the import from it: () => import('./module'), in the file that stands around it.",
  )
}

function heldUp({ host }: Scope, target: string): NotFreshError {
  return new NotFreshError(
    host.waitsFor?.() ?? target,
    'it, or a module that it imports, awaits a timer while it is evaluated, and timers are fake',
    'Use real timers until it has been evaluated, or advance the fake ones while the call is pending.',
  )
}

function needsAsync({ host }: Installed, target: string): NotFreshError {
  return new NotFreshError(
    target,
    `${host.label} loads it asynchronously here`,
    'Use await importFresh(...), which gives the same copy.',
  )
}
