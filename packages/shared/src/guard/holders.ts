/**
 * Who holds the copies that the framework is about to drop. What nobody holds who stays is gone with its record:
 * evaluating it again doubles nothing.
 */

import type { Installed } from '../host/host-slot.ts'
import type { GuardedCopy, ModuleHost } from '../host/module-host.ts'
import { fileOf, type ModuleId } from '../host/module-id.ts'

/** A copy has been evaluated for the first time: setup files and the test file hold what is loaded along with them. */
export function noteHolderOf({ state: { guard } }: Installed, copy: GuardedCopy): void {
  // A separate world stands only while the call runs that has made it: who made it takes out what is wanted.
  if (guard.isCollecting && copy.isolation === undefined) guard.held.add(copy)
}

/** While the registry still has what is about to be dropped, or to be covered by another one: which copies are held. */
export function noteHeldCopies(installed: Installed): void {
  const { host, state } = installed
  const { firstCopies, hasDroppedAll, held } = state.guard
  // Whoever stays, and what they import statically, had been loaded by then: later copies are others.
  if (hasDroppedAll) return
  let reached: ReadonlySet<ModuleId> | undefined
  for (const copy of firstCopies.values()) {
    if (held.has(copy) || copy.isolation !== undefined) continue
    reached ??= reachedStatically(host)
    if (reached.has(copy.id)) held.add(copy)
  }
}

/** Whether somebody who stays holds the module by static imports, however deep. */
export function isHeldStatically({ host, state }: Installed, id: ModuleId): boolean {
  return !state.guard.hasDroppedAll && reachedStatically(host).has(id)
}

/** What the test file, setup files, and what else the host keeps between tests import statically. */
function reachedStatically(host: ModuleHost): Set<ModuleId> {
  const { resets, testFile } = host
  const reached = new Set<ModuleId>()
  if (testFile !== undefined) reached.add(testFile as ModuleId)
  for (const { id } of host.records()) {
    if (fileOf(id) === testFile || resets?.keptBetweenTests(id) || resets?.usedWhileCollecting?.(id)) {
      reached.add(id)
    }
  }
  // The set grows while it is gone through.
  for (const id of reached) {
    for (const imported of resets?.staticImports(id) ?? host.record(id)?.imports ?? []) reached.add(imported)
  }
  return reached
}
