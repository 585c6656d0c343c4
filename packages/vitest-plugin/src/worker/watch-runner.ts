/**
 * What the host learns from the runner: whose `import.meta` is whose, which evaluations failed, what is imported by
 * the function form. Each is a wrapper on the instance, cheap while nobody asks for anything.
 */
import type { PackageStates } from '@fresh-modules/restore-globals'
import { type Installed, patch, runImportHooks, staysBetweenFiles } from 'fresh-modules/internal'
import type { Engine, Linker } from '../engine/engine.ts'
import type { Registry } from '../engine/registry.ts'
import type { TargetRequests } from '../fresh/target-requests.ts'
import { scopeOf } from '../fresh/vitest-scope.ts'
import { nodeLoads } from '../guard/node-loads.ts'
import { forgetFailed, guardModule, noteEvaluated, putBackLost } from '../guard/vitest-guard.ts'
import type { FileHooks } from '../reset/file-hooks.ts'
import type { ImportNotes } from '../reset/import-notes.ts'
import type { VitestResets } from '../reset/vitest-resets.ts'
import { factsOfSource } from '../vitest/facts.ts'
import { acceptReader } from '../vitest/held-state.ts'
import {
  forFileState,
  type ModuleEvaluator,
  type ModuleRunner,
  type RunnerModule,
} from '../vitest/runner-internals.ts'
import { idOfMod, type Sources } from '../vitest/sources.ts'
import { readStamp } from '../vitest/stamp.ts'
import type { WorkerGlobals } from './worker-globals.ts'

type Wrap<Method> = (original: Method) => Method

export interface WatchedRunner {
  readonly runner: ModuleRunner
  readonly installed: Installed
  readonly sources: Sources
  readonly registry: Registry
  readonly engine: Engine
  readonly fileHooks: FileHooks
  readonly resets: VitestResets
  readonly importNotes: ImportNotes
  readonly targets: TargetRequests
  /** Answers the imports of registered modules that are evaluated again. */
  readonly linker: Linker
  /** The lock that a module has to have before it is evaluated, if it has not got it. */
  lockFor(mod: RunnerModule): Promise<void> | undefined
  globals(): WorkerGlobals | undefined
  packageStates(): PackageStates | undefined
}

export function watchRunner(watched: WatchedRunner): void {
  watchEvaluator(watched)
  watchRequests(watched)
}

/** What is evaluated, whether by Node's loader or by Vitest's own evaluator. */
function watchEvaluator(watched: WatchedRunner): void {
  const { runner, registry, engine, resets } = watched
  const { evaluator } = runner

  const external: Wrap<ModuleEvaluator['runExternalModule']> = (original) =>
    function (this: ModuleEvaluator, id) {
      const run = () => nodeLoads.whileLoading(idOfMod(id), () => original.call(this, id))
      const load = () => watched.fileHooks.whileLoading(idOfMod(id), run)
      const globals = watched.globals()
      const loading = globals ? globals.whileKept(id, load) : load()
      const states = watched.packageStates()
      return states ? noteWhenLoaded(states, id, loading) : loading
    }
  patch(evaluator, 'runExternalModule', external)

  const inlined: Wrap<ModuleEvaluator['runInlinedModule']> = (original) =>
    function (this: ModuleEvaluator, context, code, mod) {
      registry.noteHandle(mod, context.__vite_ssr_import_meta__)
      acceptReader(context.__vite_ssr_import_meta__, mod)
      resets.redirect(context, mod)
      const { read, conditions = [] } = this.vm ? readStamp(code) : {}
      return engine.capture(this, mod, () => {
        const [stateEvaluator, stateMod] = read
          ? forFileState(this, mod, [...read, ...conditions])
          : [this, mod]
        return original.call(stateEvaluator, context, code, stateMod)
      })
    }
  patch(evaluator, 'runInlinedModule', inlined)
}

/** What is asked of the runner, from the look into the graph to the evaluation. */
function watchRequests(watched: WatchedRunner): void {
  const { runner, installed, sources, registry, engine, resets, linker } = watched

  const cachedModule: Wrap<ModuleRunner['cachedModule']> = (original) =>
    function (this: ModuleRunner, url, importer) {
      return watched.targets.modFor(url, importer) ?? original.call(this, url, importer)
    }
  patch(runner, 'cachedModule', cachedModule)

  const cachedRequest: Wrap<ModuleRunner['cachedRequest']> = (original) =>
    function (this: ModuleRunner, url, mod, callstack, metadata, ignoreMock) {
      const scope = scopeOf(mod)
      if (scope) return scope.requestFromOutside(url, mod, metadata, ignoreMock)
      watched.importNotes.note(mod, callstack, metadata)
      return original.call(this, url, mod, callstack, metadata, ignoreMock)
    }
  patch(runner, 'cachedRequest', cachedRequest)

  const directRequest: Wrap<ModuleRunner['directRequest']> = (original) =>
    function (this: ModuleRunner, url, mod, callstack) {
      const evaluate = () => evaluateGuarded.call(this, url, mod, callstack, original)
      const linked = resets.linkAgain(mod, callstack, linker)
      if (!linked) return evaluate()
      return linked.then(
        (isLinked) => (isLinked ? mod.exports : evaluate()),
        (error) => {
          registry.failed.add(mod)
          throw error
        },
      )
    }

  const evaluateGuarded = function (
    this: ModuleRunner,
    url: string,
    mod: RunnerModule,
    callstack: string[],
    original: ModuleRunner['directRequest'],
  ): Promise<unknown> {
    const lost = putBackLost(installed, mod)
    if (lost) return Promise.resolve(lost.exports)
    try {
      const source = sources.ofMod(mod)
      if (source) guardModule(installed, mod, factsOfSource(source), callstack)
    } catch (error) {
      const refused = Promise.reject(error)
      // Vite would keep the rejected promise: nobody would ask the guard about the next import.
      refused.catch(() => registry.forgetRefused(mod))
      return refused
    }
    const evaluate = () =>
      engine.has(mod)
        ? engine.evaluate(mod, {
            callstack,
            linker,
            onHandle: (meta) => registry.noteHandle(mod, meta),
            target: () => resets.exportsFor(mod),
          })
        : original.call(this, url, mod, callstack)
    const lock = watched.lockFor(mod)
    const whenLocked = lock ? () => lock.then(evaluate) : evaluate
    return watchEvaluation(watched, mod, resets.evaluate(mod, whileKept(watched, mod, whenLocked)))
  }
  patch(runner, 'directRequest', directRequest)
}

/** What a module that stays from file to file changes of the realm stays as well. */
function whileKept(
  { installed, sources, globals }: WatchedRunner,
  mod: RunnerModule,
  evaluate: () => Promise<unknown>,
): () => Promise<unknown> {
  const worker = globals()
  const source = worker && sources.ofMod(mod)
  if (!source || !staysBetweenFiles(installed, source.id, factsOfSource(source))) return evaluate
  return () => worker.whileKept(mod.id, evaluate)
}

/** Before whoever asked for the package goes on. */
async function noteWhenLoaded(
  states: PackageStates,
  id: string,
  loading: Promise<unknown>,
): Promise<unknown> {
  const exports = await loading
  states.note(id, exports)
  return exports
}

/** A failed evaluation is remembered: Vite keeps the rejected promise, and would answer with it for good. */
async function watchEvaluation(
  { installed, registry, resets }: WatchedRunner,
  mod: RunnerModule,
  evaluation: Promise<unknown>,
): Promise<unknown> {
  const { reads } = resets
  const isTestFile = mod.file === installed.host.testFile
  try {
    const exports = await (isTestFile ? evaluation : reads.whileEvaluating(evaluation))
    if (!isTestFile) resets.noteEvaluated(mod)
    noteEvaluated(mod)
    if (installed.state.importHooks.size > 0) {
      const copy = { id: idOfMod(mod.id), exports, handle: registry.handleOf(mod) }
      runImportHooks(installed.state, copy, { reloaded: false, fresh: false })
    }
    return exports
  } catch (error) {
    registry.failed.add(mod)
    forgetFailed(installed, mod)
    throw error
  }
}
