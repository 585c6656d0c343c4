/** Every package that is loaded in more than one copy, version or format, whether anybody has marked it or not. */
import { isOfItself, isOtherTree } from '../guard/package-copies.ts'
import type { GuardedCopy } from '../host/module-host.ts'
import { fileOf, isInstalled, type ModuleId } from '../host/module-id.ts'
import { packageOf } from '../host/packages.ts'
import type { CopyPart, PackagePart } from './parts.ts'

/** An evaluation of a package's file, by whichever loader. */
export interface LoadedCopy {
  readonly id: ModuleId
  readonly loader: string
  readonly format: () => 'esm' | 'cjs' | undefined
  /** Whether what it requires is another loader's. */
  readonly isEntryOnly?: () => boolean
  /** Who imports it, nearest first, up to the test file. */
  readonly importedBy: () => readonly ModuleId[]
}

interface Known extends GuardedCopy {
  readonly dir: string
  readonly version: string | undefined
}

export class PackageCopies {
  /** Package -> its copies. */
  readonly #copies = new Map<string, Known[]>()
  /** Folder and loader of packages whose copy is known: most evaluations are of those. */
  readonly #seen = new Map<string, Set<string>>()
  /** Packages with another copy than when they were last taken. */
  readonly #more = new Set<string>()

  note({ id, loader, format, isEntryOnly, importedBy }: LoadedCopy): void {
    const file = fileOf(id)
    const pkg = isInstalled(id) ? packageOf(file) : undefined
    if (!pkg || file.endsWith('.json')) return
    const seen = this.#seen.get(pkg.dir) ?? new Set()
    this.#seen.set(pkg.dir, seen)
    const name = format()
    const kind = `${loader}\0${name}`
    if (seen.has(kind)) return
    const copy: Known = {
      id,
      loader,
      format: name,
      isEntryOnly: isEntryOnly?.() ?? false,
      importedBy: importedBy(),
      dir: pkg.dir,
      version: pkg.version,
    }
    // How a package is made up is its own affair.
    if (isOfItself(copy)) return
    seen.add(kind)
    const copies = this.#copies.get(pkg.name) ?? []
    if (!copies.every((other) => other.dir !== copy.dir || isOtherTree(other, copy))) return
    this.#copies.set(pkg.name, [...copies, copy])
    if (copies.length > 0) this.#more.add(pkg.name)
  }

  /**
   * Packages of which another copy was loaded since the last call.
   *
   * @param isCounted of which copies there have to be two
   */
  take(isCounted: (id: ModuleId) => boolean = () => true): PackagePart[] {
    const taken = [...this.#more].flatMap((name) => {
      const copies = (this.#copies.get(name) ?? []).filter(({ id }) => isCounted(id))
      return copies.length > 1 ? [{ name, copies: copies.map(partOf) }] : []
    })
    this.#more.clear()
    return taken
  }
}

function partOf({ version, dir, format, loader, importedBy }: Known): CopyPart {
  return { version, dir, format, loader, chain: importedBy }
}
