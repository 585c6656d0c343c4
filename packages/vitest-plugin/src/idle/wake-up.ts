/** Loads the full plugin in a worker that was idle so far, and tells it what the worker has written down. */
import { endCollecting, testStarted } from 'fresh-modules/internal'
import { nodeLoads } from '../guard/node-loads.ts'
import { forgetFailed, guardModule, noteEvaluated } from '../guard/vitest-guard.ts'
import { factsOfSource } from '../vitest/facts.ts'
import type { ModuleRunner } from '../vitest/runner-internals.ts'
import { idOfMod } from '../vitest/sources.ts'
import { FileRun } from '../worker/file-run.ts'
import type { VitestHost } from '../worker/vitest-host.ts'
import type { Everything } from './idle-file.ts'
import type { FailedEvaluation, IdleLog, LoggedEvaluation } from './idle-log.ts'

export const wakeUp: Everything['wakeUp'] = (moduleRunner: ModuleRunner, log: IdleLog) => {
  const run = FileRun.join(moduleRunner)
  const { vitest: host, state } = run.installed
  if (!host) return run
  noteModules(host, log)
  nodeLoads.adopt(log.parents, log.loading)
  const { collected = Number.POSITIVE_INFINITY } = log
  for (const evaluation of log.evaluations.slice(0, collected)) replay(host, evaluation)
  if (log.collected !== undefined) endCollecting(state)
  for (const evaluation of log.evaluations.slice(collected)) replay(host, evaluation)
  log.onFailed = (failed) => forget(host, failed)
  if (log.untouched) {
    run.joinFile(log.untouched)
    log.onEvaluated = (mod, held) => {
      host.resets.noteEvaluated(mod, held)
      noteEvaluated(mod)
    }
  }
  for (const test of log.tests) testStarted(state, test)
  return run
}

export const startFile: Everything['startFile'] = FileRun.start

export const loads: Everything['loads'] = nodeLoads

function noteModules(host: VitestHost, log: IdleLog): void {
  const { registry, resets, importNotes } = host
  for (const [mod, handle] of log.handles) registry.noteHandle(mod, handle)
  for (const request of log.requests) importNotes.noteEarlier(request)
  resets.noteFileStart(log.loadedAtStart.map(idOfMod))
  if (log.loadedAfterSetup) resets.noteSetupDone(log.loadedAfterSetup.map(idOfMod))
}

/** First copies as a rule: a worker that sees a possible second one is idle no longer. */
function replay(host: VitestHost, evaluation: LoggedEvaluation): void {
  try {
    if (evaluation.by === 'cjs') nodeLoads.guardCommonJs(evaluation.file, evaluation.parent)
    else if (evaluation.by === 'esm') nodeLoads.beforeEsModule(evaluation.url)
    else if (evaluation.by === 'failed') forget(host, evaluation)
    else replayByRunner(host, evaluation)
  } catch {
    // It has been evaluated. The guard remembers the error for the end of the test.
  }
}

function replayByRunner(host: VitestHost, evaluation: LoggedEvaluation & { by: 'runner' }): void {
  const { mod, callstack, isLoaded } = evaluation
  const source = host.sources.ofMod(mod)
  if (source) guardModule(host.installed, mod, factsOfSource(source), callstack, () => !isLoaded)
  if (mod.evaluated) noteEvaluated(mod)
}

function forget(host: VitestHost, failed: FailedEvaluation): void {
  if ('file' in failed) {
    nodeLoads.failed(failed.file)
    return
  }
  host.registry.failed.add(failed.mod)
  forgetFailed(host.installed, failed.mod)
}
