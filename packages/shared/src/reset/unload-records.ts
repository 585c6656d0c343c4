/** What `unload` does with modules that may be unloaded, and the end of a file with those that hold a lock. */

import { forgetUnloaded } from '../guard/guard.ts'
import type { Installed } from '../host/host-slot.ts'
import { dispose, importersFirst, noteFormerCopy, throwTogether } from '../host/lifecycle.ts'
import type { ModuleRecord } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'

/** Unloads records that may be: their callbacks run, the registry forgets them, the guard too. */
export async function unloadRecords(
  installed: Installed,
  records: readonly ModuleRecord[],
): Promise<ModuleId[]> {
  const { host, state } = installed
  const ids = records.map(({ id }) => id)
  const { errors } = await dispose(state, importersFirst(records))
  for (const record of records) noteFormerCopy(state, record, false)
  host.drop(ids)
  forgetUnloaded(installed, ids)
  throwTogether(errors)
  return ids
}
