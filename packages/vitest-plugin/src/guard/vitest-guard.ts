/** The guard in Vitest: asks before each evaluation, and makes what it found fail the test even if that is caught. */
import {
  beforeRawReset,
  callSite,
  type Evaluation,
  type FreshModulesError,
  fileOf,
  forgetFailedCopy,
  guardEvaluation,
  guardedFormatOf,
  guardedSpec,
  type Installed,
  isFileId,
  isLost,
  type ModuleFacts,
  type ModuleId,
  NODE_LOADER,
  noteRawReset,
  patch,
  takeUnreported,
} from 'fresh-modules/internal'
import { vi } from 'vitest'
import { viewForSpy } from '../engine/spies.ts'
import { isFrameworkModule } from '../vitest/never-touch.ts'
import type { RunnerModule } from '../vitest/runner-internals.ts'
import { idOfMod } from '../vitest/sources.ts'
import { handsOutRequired, isInlinedCommonJs } from './inlined-commonjs.ts'
import { nodeLoads } from './node-loads.ts'

/** Nodes of modules that refuse -> what they hold, once they have been evaluated. Entries live as long as their node. */
const copies = new WeakMap<RunnerModule, Pick<RunnerModule, 'exports' | 'imports'> | undefined>()

/**
 * Asks the guard about a registered evaluation. Mocks are no copies: what `vi.mock` puts in a module's place has an id
 * of its own.
 *
 * @param willSee Whether Node's evaluation of a CommonJS file, should there be one, is seen by itself.
 * @throws `ERR_DUPLICATE_MODULE`
 */
export function guardModule(
  installed: Installed,
  mod: RunnerModule,
  facts: ModuleFacts,
  callstack: readonly string[],
  willSee: (file: string) => boolean = (file) => nodeLoads.willSee(file),
): void {
  if (mod.id.startsWith('mock:') || !mod.meta) return
  const { externalize, code = '' } = mod.meta
  const id = idOfMod(mod.id)
  if (externalize === undefined && !guardedSpec(installed, id, facts)) return
  const importedBy = () => [...callstack].reverse().map(idOfMod)
  if (externalize !== undefined) {
    guardExternal(installed, { id, facts, importedBy }, willSee)
    return
  }
  const isCommonJs = memoized(() => isInlinedCommonJs(code))
  copies.set(mod, undefined)
  guardEvaluation(installed, {
    id,
    facts,
    importedBy,
    loader: "Vitest's module runner",
    format: () => (isCommonJs() ? 'cjs' : 'esm'),
    isEntryOnly: isCommonJs,
    isWrapper: () => isCommonJs() && handsOutRequired(code),
  })
}

/** What is left to Node's loader, which keeps what it has loaded, and which is watched where it evaluates CommonJS. */
function guardExternal(
  installed: Installed,
  { id, ...evaluation }: Pick<Evaluation, 'id' | 'facts' | 'importedBy'>,
  willSee: (file: string) => boolean,
): void {
  if (!isFileId(id)) return
  const file = fileOf(id) as ModuleId
  nodeLoads.announce(file, evaluation.importedBy)
  const format = guardedFormatOf(file)
  if (format === 'cjs' && willSee(file)) return
  guardEvaluation(installed, {
    // A query, as the dependency optimizer adds one, makes another ES module but no other CommonJS one.
    id: format === 'cjs' ? file : id,
    ...evaluation,
    loader: NODE_LOADER,
    format: () => format,
    isKeptByLoader: true,
  })
}

function memoized<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** A registered evaluation has ended. */
export function noteEvaluated(mod: RunnerModule): void {
  if (copies.has(mod)) copies.set(mod, { exports: mod.exports, imports: new Set(mod.imports) })
}

/**
 * The copy of a mod that has lost it without any reset, put back; undefined where there is none. Somebody else may
 * invalidate mods, as `@vitest/web-worker` does before a worker starts: whoever imports the module gets what is there.
 */
export function putBackLost(
  installed: Installed,
  mod: RunnerModule,
): { readonly exports: unknown } | undefined {
  const copy = copies.get(mod)
  if (!copy || !isLost(installed, idOfMod(mod.id))) return undefined
  Object.assign(mod, copy)
  return copy
}

export function forgetFailed(installed: Installed, mod: RunnerModule): void {
  forgetFailedCopy(installed, idOfMod(mod.id))
}

/** `vi.resetModules()` as users call it: remembered, for the message. */
export function watchRawResets(installed: Installed): void {
  const wrap = (resetModules: typeof vi.resetModules): typeof vi.resetModules =>
    function (this: typeof vi) {
      beforeRawReset(installed)
      noteRawReset(
        installed,
        'vi.resetModules()',
        callSite((file) => isFrameworkModule(file as ModuleId)),
      )
      return resetModules.call(this)
    }
  patch(vi, 'resetModules', wrap, 'vi.resetModules')
}

/** `vi.spyOn` on a namespace replaces an export, which a reset has to undo before it replaces it. */
export function watchSpies(noteSpied: (object: object) => void): void {
  const wrap = (spyOn: typeof vi.spyOn): typeof vi.spyOn => {
    const spy = spyOn as unknown as (...args: unknown[]) => unknown
    return function (this: unknown, object: object, ...rest: never[]) {
      if (typeof object !== 'object' || object === null) return spy.call(this, object, ...rest)
      noteSpied(object)
      return spy.call(this, viewForSpy(object), ...rest)
    } as never
  }
  patch(vi, 'spyOn', wrap, 'vi.spyOn')
}

/** What the task that has just ended must fail with, unless it has failed with it already. */
export function unreportedDuplicates(installed: Installed, task: ReportedTask): FreshModulesError[] {
  const reported = new Set(messagesOf(task))
  const test = task.type === 'test' ? task.id : undefined
  return takeUnreported(installed, test).filter(({ message }) => !reported.has(message))
}

interface ReportedTask {
  readonly type: string
  readonly id: string
  readonly result?: { readonly errors?: readonly { message?: string }[] | undefined } | undefined
  readonly tasks?: readonly ReportedTask[]
}

/** What a task has failed with, and for a file what its suites and tests have. */
function* messagesOf({ result, tasks = [] }: ReportedTask): Generator<string | undefined> {
  for (const { message } of result?.errors ?? []) yield message
  for (const task of tasks) yield* messagesOf(task)
}
