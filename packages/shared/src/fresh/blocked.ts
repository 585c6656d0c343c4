/** Names that a scope hides from its copies, by what an import says and by what it resolves to. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { didYouMean } from '../flags/did-you-mean.ts'
import type { Installed } from '../host/host-slot.ts'
import type { BlockRequest, ModuleHost, ResolveKind } from '../host/module-host.ts'
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
  /** Nothing of this name was found. */
  readonly isMissing: boolean
  asked: boolean
}

const NOT_FOUND = new Set<unknown>(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'])

export class BlockedNames {
  readonly #names: readonly BlockedName[]
  readonly #importer: string
  /** What copies have asked for, as it is written. Kept only where a name was not found. */
  readonly #requests = new Set<string>()
  readonly #hasMissing: boolean

  private constructor(names: readonly BlockedName[], importer: string) {
    this.#names = names
    this.#importer = importer
    this.#hasMissing = names.some(({ isMissing }) => isMissing)
  }

  static *resolve(
    { host }: Installed,
    names: readonly string[],
    importer: string,
    kind: ResolveKind = 'import',
  ): Steps<BlockedNames> {
    const blocked: BlockedName[] = []
    for (const name of names) {
      const { id, error } = yield* find(host, name, importer, kind)
      const isMissing = id === undefined && NOT_FOUND.has((error as { code?: unknown } | undefined)?.code)
      const packageName = packageNameOf(name) === name ? name : undefined
      const pkg = packageName && id && isFileId(id) ? packageOf(fileOf(id)) : undefined
      const packageDir = pkg?.name === packageName ? pkg?.dir : undefined
      blocked.push({ name, packageName, packageDir, id, isMissing, asked: false })
    }
    return new BlockedNames(blocked, importer)
  }

  get size(): number {
    return this.#names.length
  }

  /** The name that hides what is requested. */
  match(request: BlockRequest): string | undefined {
    if (this.#hasMissing && request.specifier !== undefined) this.#requests.add(request.specifier)
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

  /**
   * Says of names that are probably misspelt what is wrong with them: nothing has asked for them yet, and nothing of that
   * name was found. That a package is not installed is no mistake: it is one where its name is like another one.
   */
  *problems(): Generator<string> {
    for (const { name, isMissing, asked } of this.#names) {
      if (!isMissing || asked || this.#isRequested(name)) continue
      const isFile = isRelative(name)
      const known = isFile ? neighboursOf(name, this.#importer) : this.#packages()
      const hint = didYouMean(name, known)
      if (!isFile && hint === '') continue
      yield `"${name}" in blocked hides nothing: it is not found from "${this.#importer}", and nothing has asked for it` +
        (hint || '.')
    }
  }

  /** Whether a copy has asked in vain for a file that is called so: it may well be this one. */
  #isRequested(name: string): boolean {
    return (
      isRelative(name) &&
      [...this.#requests].some((request) => isRelative(request) && isSameFile(request, name))
    )
  }

  #packages(): string[] {
    return [...this.#requests, ...dependenciesNear(this.#importer), ...installedNear(this.#importer)]
  }
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [path.posix.basename(one), path.posix.basename(other)]
  return first === second || path.parse(first).name === second || path.parse(second).name === first
}

/** What the name leads to for the caller. Where it requires, an import's answer will do as well. */
function* find(
  host: ModuleHost,
  name: string,
  importer: string,
  kind: ResolveKind,
): Steps<{ id?: ModuleId; error?: unknown }> {
  try {
    return { id: yield* wait(host.resolve(name, importer, kind)) }
  } catch (error) {
    if (kind === 'require') return yield* find(host, name, importer, 'import')
    // What does not exist cannot be found anyway.
    return { error }
  }
}

/** The files of the folder in which a relative name would lie, by such names. */
function neighboursOf(name: string, importer: string): string[] {
  const folder = name.slice(0, name.lastIndexOf('/') + 1)
  return namesIn(path.resolve(path.dirname(fileOf(importer)), folder || name)).map(
    (file) => `${folder}${file}`,
  )
}

/** The packages that the caller's package depends on. */
function dependenciesNear(importer: string): string[] {
  const { dependencies = [], optionalDependencies = [] } = packageOf(importer)?.manifest ?? {}
  return [...dependencies, ...optionalDependencies]
}

/** The packages that are installed for the caller's package. */
function installedNear(importer: string): string[] {
  const folder = `${packageOf(importer)?.dir ?? path.dirname(fileOf(importer))}/node_modules`
  return namesIn(folder).flatMap((name) =>
    name.startsWith('@') ? namesIn(`${folder}/${name}`).map((inner) => `${name}/${inner}`) : [name],
  )
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
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
