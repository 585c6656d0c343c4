/**
 * Whether an evaluation may be of any interest to the guard or to locks: a second copy of a package that is known to break
 * by one, or something that has flags. Only a rough look, wrong in one direction: what might be of interest counts.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { isFrameworkModule } from '../vitest/never-touch.ts'

/** Which loader evaluates, and as what. `node`: asked for by the module runner, evaluated by Node as it likes. */
export type Loader = 'runner' | 'node' | 'esm' | 'cjs'

interface SeenPackage {
  readonly dir: string
  readonly isModule: boolean
  /** Its `package.json` says something of our flags. */
  readonly hasFlags: boolean
  /** It is known to break where there are two copies of it. */
  readonly isSingle: boolean
  readonly loaders: Set<Loader>
  /** Loader, file and query of what was evaluated. */
  readonly files: Set<string>
}

// The folder of a package that a path lies in. The last node_modules counts.
const INSTALLED = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/
const OURS = /[\\/]node_modules[\\/]fresh-modules[\\/]/

/** Whether a file is one of an installed package, rather than the project's own. */
export function isInstalled(file: string): boolean {
  return INSTALLED.test(file)
}

export class Sights {
  readonly #singles: ReadonlySet<string>
  /** Name of an installed package -> its first copy. */
  readonly #packages = new Map<string, SeenPackage>()
  /** Folder of an installed package -> its name and what has been seen of it. */
  readonly #byDir = new Map<string, { readonly name: string; readonly seen: SeenPackage }>()
  /** Folder of the project -> whether a `package.json` that applies to it mentions flags. */
  readonly #flagged = new Map<string, boolean>()

  /** @param singles names of packages that there may be only one copy of */
  constructor(singles: Iterable<string>) {
    this.#singles = new Set(singles)
  }

  /** @param id The path of a file, possibly with a query; anything else is of no interest. */
  isOfInterest(id: string, loader: Loader): boolean {
    const file = id.replace(/[?#].*$/, '')
    if (!path.isAbsolute(file)) return false
    // Whoever imports the helpers is about to use them.
    if (isFrameworkModule(file as never)) return OURS.test(file)
    if (file.endsWith('.node')) return true
    const [, dir] = INSTALLED.exec(file) ?? []
    return dir === undefined ? this.#isFlagged(path.dirname(file)) : this.#isSecond(dir, id, file, loader)
  }

  /** Whether Node evaluates a file as CommonJS. */
  isCommonJs(file: string): boolean {
    if (/\.m[jt]s$/.test(file)) return false
    if (/\.(?:c[jt]s|json|node)$/.test(file)) return true
    const [, dir] = INSTALLED.exec(file) ?? []
    return dir === undefined || !this.#packageAt(dir).seen.isModule
  }

  #isSecond(dir: string, id: string, file: string, loader: Loader): boolean {
    const { name, seen } = this.#packageAt(dir)
    if (seen.hasFlags) return true
    if (!seen.isSingle) return false
    const first = this.#packages.get(name) ?? seen
    this.#packages.set(name, first)
    // A package's data is no part of what there may be only one of.
    if (file.endsWith('.json')) return false
    if (first.dir !== dir) return true
    const isAgain = loader !== 'node' && seen.files.has(`${loader} ${id}`)
    const isAnother = loader !== 'runner' && file !== id
    seen.files.add(`${loader} ${id}`)
    // Node 20 tells nothing of the ES modules that it evaluates.
    seen.loaders.add(loader === 'node' && !this.isCommonJs(file) ? 'esm' : loader)
    return isAgain || isAnother || isMixed(seen.loaders)
  }

  #packageAt(dir: string) {
    let known = this.#byDir.get(dir)
    if (!known) {
      const text = readText(path.join(dir, 'package.json'))
      const { name, type } = parse(text)
      // As the core does: one without a name has that under which it was installed.
      const ownName = typeof name === 'string' && name !== '' ? name : installedName(dir)
      known = {
        name: ownName,
        seen: {
          dir,
          isModule: type === 'module',
          hasFlags: text.includes('"freshModules"'),
          isSingle: this.#singles.has(ownName),
          loaders: new Set(),
          files: new Set(),
        },
      }
      this.#byDir.set(dir, known)
    }
    return known
  }

  /** The nearest `package.json` with a name counts, and any without one below it may. */
  #isFlagged(dir: string): boolean {
    let flagged = this.#flagged.get(dir)
    if (flagged === undefined) {
      const text = readText(path.join(dir, 'package.json'))
      const parent = path.dirname(dir)
      const isLast = parent === dir || parse(text).name !== undefined
      flagged = text.includes('"freshModules"') || (!isLast && this.#isFlagged(parent))
      this.#flagged.set(dir, flagged)
    }
    return flagged
  }
}

function installedName(dir: string): string {
  return dir.replace(/^.*[\\/]node_modules[\\/]/, '')
}

/** Once by the module runner and once by Node, or in both of Node's formats: those are copies of each other. */
function isMixed(loaders: ReadonlySet<Loader>): boolean {
  if (loaders.has('runner') && loaders.size > 1) return true
  return loaders.has('esm') && loaders.has('cjs')
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function parse(text: string): { readonly name?: unknown; readonly type?: unknown } {
  try {
    return (text ? JSON.parse(text.replace(/^\uFEFF/, '')) : undefined) ?? {}
  } catch {
    return {}
  }
}
