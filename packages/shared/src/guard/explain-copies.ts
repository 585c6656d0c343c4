/** What is said under the failure of a test that runs with two copies of a package. */

import type { Installed } from '../host/host-slot.ts'
import type { GuardedCopy, ModuleHost } from '../host/module-host.ts'
import { fileOf, type ModuleId } from '../host/module-id.ts'

/** @param errors What a test has failed with; Jest has pairs of an error and the place that waited for it. */
export function explainStandingCopies({ host, state }: Installed, errors: readonly unknown[]): void {
  if (state.guard.standing.size === 0 || errors.length === 0) return
  let loaded: ReadonlySet<ModuleId> | undefined
  const isLoaded = (copy: GuardedCopy) => {
    loaded ??= loadedByTestFile(host)
    return isPartOf(loaded, copy)
  }
  for (const { first, second, explanation } of state.guard.standing.values()) {
    if (isLoaded(first) && isLoaded(second)) for (const error of errors.flat()) append(error, explanation)
  }
}

/** What the test file has imported so far, however deep, itself included. */
function loadedByTestFile(host: ModuleHost): Set<ModuleId> {
  const { testFile } = host
  const loaded = new Set(testFile === undefined ? [] : [testFile as ModuleId])
  // The set grows while it is gone through.
  for (const id of loaded) for (const imported of host.record(id)?.imports ?? []) loaded.add(imported)
  return loaded
}

/** Of what another loader holds, the host may know only who has asked for it. */
function isPartOf(loaded: ReadonlySet<ModuleId>, { id, importedBy }: GuardedCopy): boolean {
  return [id, ...importedBy].some((part) => loaded.has(part) || loaded.has(fileOf(part) as ModuleId))
}

function append(error: unknown, explanation: string): void {
  const { message, stack } = (error ?? {}) as Partial<Error>
  if (typeof message !== 'string' || message.includes(explanation)) return
  const longer = `${message}\n\n${explanation}`
  try {
    ;(error as Error).message = longer
    // Jest shows the stack, which begins with the message as it was.
    if (typeof stack === 'string') (error as Error).stack = stack.replace(message, () => longer)
  } catch {
    // A frozen error stays as it is.
  }
}
