/**
 * Modules of one worker at a time in plain Node: each process, and each thread of it, is a worker. A lock that is taken
 * is kept until the process ends, since nobody tells which of its files has tests.
 */
import { isMainThread, threadId } from 'node:worker_threads'
import type { FreshModulesOptions } from '../flags/adapter-options.ts'
import { refuses, resolveSpec } from '../flags/specs.ts'
import type { CoreState } from '../host/core-state.ts'
import { ParallelWorkerError } from '../host/errors.ts'
import type { Installed } from '../host/host-slot.ts'
import { isFileId, type ModuleId } from '../host/module-id.ts'
import { SingleWorker } from '../locks/single-worker.ts'
import { VERSIONS_WITH_HOOKS } from './capabilities.ts'
import type { NodeHost } from './node-host.ts'

/** Copies take their locks from now on; with `lockRegistered` what is loaded as usual does as well. */
export function lockCopies(
  installed: Installed,
  { onParallelWorker, lockTimeout }: FreshModulesOptions,
): void {
  const host = installed.host as NodeHost
  const singleWorker = new SingleWorker(installed, {
    mode: onParallelWorker ?? 'wait',
    lockTimeout,
    worker: isMainThread ? 'node' : `node thread ${threadId}`,
    report: (line) => process.stderr.write(`${line}\n`),
  })
  host.lock = (id) => {
    if (!isFileId(id) || mayRunAnywhere(installed.state, id)) return false
    const key = singleWorker.needs(id, host.facts(id))
    if (key === undefined) return false
    singleWorker.acquireSync(id, key)
    return true
  }
  host.singleWorker = singleWorker
}

/** The short way for nearly all: what was merged for this module, where nothing has been set at run time. */
function mayRunAnywhere({ writtenSpecs, runtimeFlags, stretches }: CoreState, id: ModuleId): boolean {
  if (runtimeFlags.size > 0 || stretches.size > 0) return false
  return writtenSpecs.get(id)?.spec.flags.allowParallelWorkers.value === true
}

/** The lock comes after the guard: what will be refused need not be waited for. */
export function lockRegistered({ world, lock }: NodeHost): void {
  const guard = world.beforeEvaluation
  world.beforeEvaluation = (id, importer) => {
    guard?.(id, importer)
    lock?.(id)
  }
}

/**
 * Node 20 tells nobody of an ES module before it runs. So it is found out afterwards, and said.
 *
 * @throws `ERR_PARALLEL_WORKER` for the first that has run without its lock
 */
export function assertAllLocked(installed: Installed): void {
  const { world, singleWorker } = installed.host as NodeHost
  if (world.hasHooks || !singleWorker) return
  for (const id of world.esm.ids()) {
    const facts = (installed.host as NodeHost).facts(id)
    if (!refuses(resolveSpec(installed, id, facts), 'allowParallelWorkers')) continue
    if (singleWorker.needs(id, facts) === undefined) continue
    throw new ParallelWorkerError(
      id,
      `it has run without its lock, since Node ${process.version} tells nobody of an ES module before it runs. ` +
        `Run on Node ${VERSIONS_WITH_HOOKS}, or make it CommonJS`,
    )
  }
}
