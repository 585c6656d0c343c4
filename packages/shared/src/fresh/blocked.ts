/** Names that a scope hides from its copies, by what an import says and by what it resolves to. */
import type { Installed } from '../host/host-slot.ts'
import type { BlockRequest } from '../host/module-host.ts'
import { builtinName, fileOf, isFileId, isInstalled, type ModuleId, moduleId } from '../host/module-id.ts'
import { packageNameOf, packageOf } from '../host/packages.ts'
import type { Steps } from '../host/steps.ts'
import { wait } from '../host/steps.ts'

interface BlockedName {
  readonly name: string
  /** The package that is hidden with all its subpaths. */
  readonly packageName: string | undefined
  /** Where that package is, for imports that the host shows us resolved only; linked packages have no telling path. */
  readonly packageDir: string | undefined
  readonly id: ModuleId | undefined
  asked: boolean
}

export class BlockedNames {
  readonly #names: readonly BlockedName[]

  private constructor(names: readonly BlockedName[]) {
    this.#names = names
  }

  static *resolve({ host }: Installed, names: readonly string[], importer: string): Steps<BlockedNames> {
    const blocked: BlockedName[] = []
    for (const name of names) {
      let id: ModuleId | undefined
      try {
        id = yield* wait(host.resolve(name, importer, 'import'))
      } catch {
        // What does not exist cannot be found anyway.
      }
      const packageName = packageNameOf(name) === name ? name : undefined
      const pkg = packageName && id && isFileId(id) ? packageOf(fileOf(id)) : undefined
      const packageDir = pkg?.name === packageName ? pkg?.dir : undefined
      blocked.push({ name, packageName, packageDir, id, asked: false })
    }
    return new BlockedNames(blocked)
  }

  get size(): number {
    return this.#names.length
  }

  /** The name that hides what is requested. */
  match(request: BlockRequest): string | undefined {
    const hit = this.#names.find((name) => matches(name, request))
    if (hit) hit.asked = true
    return hit?.name
  }

  /** Names that nothing has asked for yet, though one of `ids` is what they hide. */
  notAskedBut(ids: Iterable<ModuleId>): string[] {
    const left = this.#names.filter(({ asked }) => !asked)
    if (left.length === 0) return []
    const reached = [...ids]
    return left.filter((name) => reached.some((id) => matches(name, { id }))).map(({ name }) => name)
  }
}

function matches(blocked: BlockedName, { specifier, id }: BlockRequest): boolean {
  if (id !== undefined) {
    if (blocked.id !== undefined && (id === blocked.id || fileOf(id) === fileOf(blocked.id))) return true
    if (blocked.packageDir !== undefined && isInPackage(id, blocked.packageDir)) return true
    if (blocked.packageName !== undefined && isInPackageNamed(id, blocked.packageName)) return true
  }
  if (specifier === undefined) return false
  if (blocked.packageName !== undefined) return packageNameOf(specifier) === blocked.packageName
  // What a relative name means depends on who writes it: only what it resolves to can tell.
  return (
    (specifier === blocked.name && !isRelative(specifier)) ||
    (blocked.id?.startsWith('node:') === true && isSameBuiltin(specifier, blocked.id))
  )
}

function isInPackage(id: ModuleId, dir: string): boolean {
  const file = fileOf(id)
  const rest = file.slice(dir.length)
  return file.startsWith(dir) && /^[\\/]/.test(rest) && !isInstalled(rest)
}

function isInPackageNamed(id: ModuleId, name: string): boolean {
  const inside = fileOf(id).replaceAll('\\', '/').split('/node_modules/').at(-1)
  return inside !== fileOf(id) && inside?.startsWith(`${name}/`) === true
}

function isRelative(specifier: string): boolean {
  return /^\.{1,2}(?:[\\/]|$)/.test(specifier)
}

function isSameBuiltin(specifier: string, id: ModuleId): boolean {
  return moduleId(specifier) === id || builtinName(specifier) === id
}
