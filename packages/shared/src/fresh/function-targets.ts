/** The function form of `importFresh`: which requests of the running code are targets. */
import { fileCalledBy } from '../host/caller.ts'
import type { CoreState, FunctionTargets } from '../host/core-state.ts'
import { enclosingCalls } from '../host/pending-calls.ts'

const BOUNDARY = 'freshModulesTargetBoundary'

/** Wraps the user's function, so that its own frame can be recognised on the stack. */
export function targetBoundary<T>(run: () => T): () => T {
  return { [BOUNDARY]: () => run() }[BOUNDARY] as () => T
}

/**
 * The pending function form of which a request by `importer` is a target: one whose function stands in that file.
 * Hosts ask at each request while `state.pendingCalls` is not 0.
 *
 * @param textOf the code of the importer as it runs, where a compiled `import()` asks only when the function has
 * returned: its frame is gone by then, and its text tells.
 */
export function functionTargetsFor(
  state: CoreState,
  importer: string,
  textOf?: () => string | undefined,
): FunctionTargets | undefined {
  for (const { targets } of enclosingCalls(state)) {
    if (!targets) continue
    if (targets.file === importer) return targets
    // The function may stand in another file than the call: its frame tells, while it runs synchronously.
    if (targets.count > 0) continue
    if (fileCalledBy(BOUNDARY) === importer || textOf?.()?.includes(targets.source)) {
      targets.file = importer
      return targets
    }
  }
  return undefined
}
