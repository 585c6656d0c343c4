/**
 * What the host learns from the runner: whose `import.meta` is whose, which evaluations failed, what is imported by
 * the function form. Each is a wrapper on the instance, cheap while nobody asks for anything.
 */
import { runImportHooks } from 'fresh-modules/internal'
import { targetMod } from '../fresh/target-requests.ts'
import { scopeOf } from '../fresh/vitest-scope.ts'
import { nodeLoads } from '../guard/node-loads.ts'
import { forgetFailed, guardModule } from '../guard/vitest-guard.ts'
import { forFileState, type RunnerModule } from '../vitest/runner-internals.ts'
import { idOfMod } from '../vitest/sources.ts'
import { readStamp } from '../vitest/stamp.ts'
import { RegisteredLinker } from './registered-linker.ts'
import type { VitestHost } from './vitest-host.ts'

export function watchRunner(host: VitestHost): void {
  const { runner } = host
  const { cachedModule, cachedRequest, directRequest, evaluator } = runner
  const linker = new RegisteredLinker(host)
  const { runInlinedModule, runExternalModule } = evaluator

  evaluator.runExternalModule = function (id) {
    const run = () => nodeLoads.whileLoading(idOfMod(id), () => runExternalModule.call(this, id))
    const load = () => host.fileHooks.whileLoading(idOfMod(id), run)
    return host.globals ? host.globals.whileKept(id, load) : load()
  }

  evaluator.runInlinedModule = function (context, code, mod) {
    host.registry.noteHandle(mod, context.__vite_ssr_import_meta__)
    host.resets.redirect(context, mod)
    const read = this.vm && readStamp(code).read
    return host.engine.capture(this, mod, () => {
      const [stateEvaluator, stateMod] = read ? forFileState(this, mod, read) : [this, mod]
      return runInlinedModule.call(stateEvaluator, context, code, stateMod)
    })
  }

  runner.cachedModule = function (url, importer) {
    return targetMod(host, url, importer) ?? cachedModule.call(this, url, importer)
  }

  runner.cachedRequest = function (url, mod, callstack, metadata, ignoreMock) {
    const scope = scopeOf(mod)
    if (scope) return scope.requestFromOutside(url, mod, metadata, ignoreMock)
    host.noteRequest(mod, callstack, metadata)
    return cachedRequest.call(this, url, mod, callstack, metadata, ignoreMock)
  }

  runner.directRequest = function (url, mod, callstack) {
    try {
      const source = host.sources.ofMod(mod)
      if (source) guardModule(host.installed, mod, host.factsOf(source), callstack)
    } catch (error) {
      const refused = Promise.reject(error)
      // Vite would keep the rejected promise: nobody would ask the guard about the next import.
      refused.catch(() => host.registry.forgetRefused(mod))
      return refused
    }
    const evaluate = () =>
      host.engine.has(mod)
        ? host.engine.evaluate(mod, {
            callstack,
            linker,
            onHandle: (meta) => host.registry.noteHandle(mod, meta),
            target: () => host.resets.exportsFor(mod),
          })
        : directRequest.call(this, url, mod, callstack)
    const lock = host.lockFor(mod)
    return watchEvaluation(host, mod, host.resets.evaluate(mod, lock ? () => lock.then(evaluate) : evaluate))
  }
}

/** A failed evaluation is remembered: Vite keeps the rejected promise, and would answer with it for good. */
async function watchEvaluation(
  host: VitestHost,
  mod: RunnerModule,
  evaluation: Promise<unknown>,
): Promise<unknown> {
  try {
    const exports = await evaluation
    if (host.state.importHooks.size > 0) {
      const copy = { id: idOfMod(mod.id), exports, handle: host.registry.handleOf(mod) }
      runImportHooks(host.state, copy, { reloaded: false, fresh: false })
    }
    return exports
  } catch (error) {
    host.registry.failed.add(mod)
    forgetFailed(host.installed, mod)
    throw error
  }
}
