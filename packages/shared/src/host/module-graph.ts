/** Pure walks over the host's records: children by name, and chains of importers for messages. */
import type { Installed } from './host-slot.ts'
import type { ModuleHost, ModuleRecord } from './module-host.ts'
import { fileOf, isBuiltinId, isFileId, isInstalled, type ModuleId } from './module-id.ts'
import { packageNameOf, packageOf } from './packages.ts'
import { isSamePath } from './paths.ts'

/** Whether an id belongs to a target by name, as `pkg.sub` belongs to `pkg` in Python. */
export type Membership = (id: ModuleId) => boolean

const NONE: Membership = () => false

/**
 * The children of a target: for a bare package specifier every module of that package (not of its nested
 * `node_modules`); for a folder's index module every module below the folder; for any other file none.
 */
export function childrenOf(host: ModuleHost, specifier: string, id: ModuleId): Membership {
  const folder = childFolder(specifier, id)
  if (folder === undefined) return NONE
  return (other) => {
    if (other === id || !isFileId(other) || isUntouchable(host, other)) return false
    const file = fileOf(other).replaceAll('\\', '/')
    return file.startsWith(folder) && !isInstalled(file.slice(folder.length - 1))
  }
}

function childFolder(specifier: string, id: ModuleId): string | undefined {
  if (!isFileId(id)) return undefined
  const file = fileOf(id)
  const name = packageNameOf(specifier)
  if (name === specifier) {
    const pkg = packageOf(file)
    if (pkg?.name === name) return `${pkg.dir.replaceAll('\\', '/')}/`
  }
  const path = file.replaceAll('\\', '/')
  return /\/index\.[cm]?[jt]sx?$/.test(path) ? path.slice(0, path.lastIndexOf('/') + 1) : undefined
}

/** Whether the module is the running test file, in whatever spelling of its path. */
export function isTestFile({ testFile }: ModuleHost, id: ModuleId): boolean {
  return testFile !== undefined && isSamePath(fileOf(id), testFile)
}

/** The framework, ourselves and the running test file: never fresh by membership, never unloaded. */
export function isUntouchable(host: ModuleHost, id: ModuleId): boolean {
  return whyUntouchable(host, id) !== undefined
}

/** The same as a reason for messages. */
export function whyUntouchable(host: ModuleHost, id: ModuleId): string | undefined {
  if (isBuiltinId(id)) return 'built into Node'
  if (host.isProtected(id)) return `it is part of ${host.label} or of fresh-modules`
  return isTestFile(host, id) ? 'it is the running test file' : undefined
}

/** The registered records of a target and its children, the target first. */
export function withChildren(host: ModuleHost, specifier: string, id: ModuleId): ModuleRecord[] {
  const isChild = childrenOf(host, specifier, id)
  const target = host.record(id)
  const records = target ? [target] : []
  if (isChild === NONE) return records
  for (const record of host.records()) if (isChild(record.id)) records.push(record)
  return records
}

/** The chain of modules that import `id`, nearest first, up to the test file or a module nobody imports. */
export function importersChain({ host }: Installed, id: ModuleId): ModuleId[] {
  const parents = new Map<ModuleId, ModuleId | undefined>([[id, undefined]])
  const queue: ModuleId[] = [id]
  let end = id
  for (const current of queue) {
    end = current
    if (isTestFile(host, current)) break
    for (const importer of host.record(current)?.importers ?? []) {
      if (parents.has(importer)) continue
      parents.set(importer, current)
      queue.push(importer)
    }
  }
  const chain: ModuleId[] = []
  for (let at: ModuleId | undefined = end; at !== undefined && at !== id; at = parents.get(at))
    chain.unshift(at)
  return chain
}
