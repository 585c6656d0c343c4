/**
 * What the host learns from the runner: whose `import.meta` is whose, which evaluations failed, what is imported by
 * the function form. Each is a wrapper on the instance, cheap while nobody asks for anything.
 */
import { runImportHooks } from 'fresh-modules/internal'
import { targetNode } from '../fresh/target-requests.ts'
import { scopeOf } from '../fresh/vitest-scope.ts'
import { nodeLoads } from '../guard/node-loads.ts'
import { forgetFailed, guardNode, noteEvaluated, putBackLost } from '../guard/vitest-guard.ts'
import { forFileState, type RunnerNode } from '../vitest/runner-internals.ts'
import { idOfNode } from '../vitest/sources.ts'
import { readStamp } from '../vitest/stamp.ts'
import { RegisteredLinker } from './registered-linker.ts'
import type { VitestHost } from './vitest-host.ts'

export function watchRunner(host: VitestHost): void {
  const { runner } = host
  const { cachedModule, cachedRequest, directRequest, evaluator } = runner
  const linker = new RegisteredLinker(host)
  const { runInlinedModule, runExternalModule } = evaluator

  evaluator.runExternalModule = function (id) {
    const run = () => nodeLoads.whileLoading(idOfNode(id), () => runExternalModule.call(this, id))
    const load = () => host.fileHooks.whileLoading(idOfNode(id), run)
    return host.globals ? host.globals.whileKept(id, load) : load()
  }

  evaluator.runInlinedModule = function (context, code, node) {
    host.registry.noteHandle(node, context.__vite_ssr_import_meta__)
    host.resets.redirect(context, node)
    const read = this.vm && readStamp(code).read
    return host.engine.capture(this, node, () => {
      const [stateEvaluator, stateNode] = read ? forFileState(this, node, read) : [this, node]
      return runInlinedModule.call(stateEvaluator, context, code, stateNode)
    })
  }

  runner.cachedModule = function (url, importer) {
    return targetNode(host, url, importer) ?? cachedModule.call(this, url, importer)
  }

  runner.cachedRequest = function (url, node, callstack, metadata, ignoreMock) {
    const scope = scopeOf(node)
    if (scope) return scope.requestFromOutside(url, node, metadata, ignoreMock)
    host.noteRequest(node, callstack, metadata)
    return cachedRequest.call(this, url, node, callstack, metadata, ignoreMock)
  }

  runner.directRequest = function (url, node, callstack) {
    const lost = putBackLost(host.installed, node)
    if (lost) return Promise.resolve(lost.exports)
    try {
      const source = host.sources.ofNode(node)
      if (source) guardNode(host.installed, node, host.factsOf(source), callstack)
    } catch (error) {
      const refused = Promise.reject(error)
      // Vite would keep the rejected promise: nobody would ask the guard about the next import.
      refused.catch(() => host.registry.forgetRefused(node))
      return refused
    }
    const evaluate = () =>
      host.engine.has(node)
        ? host.engine.evaluate(node, {
            callstack,
            linker,
            onHandle: (meta) => host.registry.noteHandle(node, meta),
            target: () => host.resets.exportsFor(node),
          })
        : directRequest.call(this, url, node, callstack)
    const lock = host.lockFor(node)
    return watchEvaluation(
      host,
      node,
      host.resets.evaluate(node, lock ? () => lock.then(evaluate) : evaluate),
    )
  }
}

/** A failed evaluation is remembered: Vite keeps the rejected promise, and would answer with it for good. */
async function watchEvaluation(
  host: VitestHost,
  node: RunnerNode,
  evaluation: Promise<unknown>,
): Promise<unknown> {
  const { reads } = host.resets
  const isTestFile = node.file === host.testFile
  try {
    const exports = await (isTestFile ? evaluation : reads.whileEvaluating(evaluation))
    if (!isTestFile) host.resets.noteEvaluated(node)
    noteEvaluated(node)
    if (host.state.importHooks.size > 0) {
      const copy = { id: idOfNode(node.id), exports, handle: host.registry.handleOf(node) }
      runImportHooks(host.state, copy, { reloaded: false, fresh: false })
    }
    return exports
  } catch (error) {
    host.registry.failed.add(node)
    forgetFailed(host.installed, node)
    throw error
  }
}
