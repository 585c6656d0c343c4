/** What counts as loaded: registered, set aside by `withUnloaded`, or dropped by anything but an allowed `unload`. */
import { realpathSync } from 'node:fs'
import type { Installed } from './host-slot.ts'
import type { ModuleRecord } from './module-host.ts'
import { fileOf, identityOf, isFileId, type ModuleId } from './module-id.ts'
import { isVirtualPath, normalPath } from './paths.ts'

// Real paths by path as the host writes it. Only modules that refuse are looked up, so it stays small.
const realPaths = new Map<string, string>()

/** The identity by real file, so that a symlink that the host preserves makes no second id. */
export function realIdentityOf(id: ModuleId): ModuleId {
  const identity = identityOf(id)
  if (!isFileId(identity)) return identity
  const file = fileOf(identity)
  let real = realPaths.get(file)
  if (real === undefined) {
    try {
      // Two virtual paths of Yarn are two modules, though they have one file.
      real = isVirtualPath(file) ? file : normalPath(realpathSync.native(file))
    } catch {
      real = file
    }
    realPaths.set(file, real)
  }
  return (real + identity.slice(file.length)) as ModuleId
}

/** The registered record that is a copy of the same module, under this id or another one. @internal */
export function registeredCopyOf({ host }: Installed, id: ModuleId): ModuleRecord | undefined {
  const record = host.record(id)
  if (record) return record
  const identity = realIdentityOf(id)
  const name = baseName(identity)
  for (const other of host.records()) {
    if (baseName(identityOf(other.id)) === name && realIdentityOf(other.id) === identity) return other
  }
  return undefined
}

export function isLoaded(installed: Installed, id: ModuleId): boolean {
  const identity = realIdentityOf(id)
  return (
    registeredCopyOf(installed, id) !== undefined ||
    (installed.state.setAside.get(identity) ?? 0) > 0 ||
    installed.state.guard.firstCopies.has(identity)
  )
}

function baseName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1)
}
