/** Modules of packages that stay evaluated in a realm from file to file. */
import type { ModuleFacts } from 'fresh-modules/internal/core'
import type { CjsModule } from '../jest/runtime-internals/detect.ts'
import { KeptExports, type SeenObjects } from './kept-exports.ts'

/** What a package registered with the test framework while it was evaluated: done again in each file that imports it. */
export type Registration = (globals: FrameworkGlobals) => void

/** The framework's globals of one file. */
export interface FrameworkGlobals {
  readonly expect?: {
    extend(matchers: object): void
    addEqualityTesters?(testers: readonly unknown[]): void
    addSnapshotSerializer?(serializer: object): void
  }
  readonly [hook: string]: unknown
}

/** One request of a module. */
export interface KeptRequest {
  /** Whether it was made while the module was evaluated. */
  readonly isStatic: boolean
  /** The file that it leads to, among those that may be kept; undefined for a builtin, and for what was not found. */
  readonly target: string | undefined
  /** Whether it could be resolved when it was made. */
  readonly isFound: boolean
}

export interface KeptModule {
  readonly file: string
  readonly module: CjsModule
  readonly facts: ModuleFacts
  /** Specifier -> the request. Grows when a kept copy asks for something late. */
  readonly requests: Map<string, KeptRequest>
  readonly registrations: readonly Registration[]
  readonly exports: KeptExports
}

export class KeptPackages {
  /** File -> its copy. An entry goes when the copy cannot be used by another file. */
  readonly #modules = new Map<string, KeptModule>()
  readonly #seen: SeenObjects = new WeakSet()
  /** File -> what is adopted along with its copy, what it imports first; made when it is first asked for. */
  readonly #subtrees = new Map<string, readonly KeptModule[]>()
  /** Changes with the set of copies. */
  version = 0

  get(file: string): KeptModule | undefined {
    return this.#modules.get(file)
  }

  all(): Iterable<KeptModule> {
    return this.#modules.values()
  }

  keep(evaluated: Omit<KeptModule, 'exports'>): void {
    const exports = new KeptExports(evaluated.module.exports, this.#seen)
    this.#modules.set(evaluated.file, { ...evaluated, exports })
    this.#changed()
  }

  forget(file: string): void {
    if (this.#modules.delete(file)) this.#changed()
  }

  #changed(): void {
    this.version++
    this.#subtrees.clear()
  }

  /** The copy and all that it has required while it was evaluated, what is required first. */
  subtree(root: KeptModule): readonly KeptModule[] {
    const known = this.#subtrees.get(root.file)
    if (known) return known
    const found = new Set<KeptModule>()
    const entered = new Set<KeptModule>()
    const visit = (kept: KeptModule): void => {
      if (entered.has(kept)) return
      entered.add(kept)
      for (const { isStatic, target } of kept.requests.values()) {
        const next = isStatic && target !== undefined ? this.#modules.get(target) : undefined
        if (next) visit(next)
      }
      found.add(kept)
    }
    visit(root)
    const subtree = [...found]
    this.#subtrees.set(root.file, subtree)
    return subtree
  }

  /** Puts back what a file has changed on exports. What cannot be put back is evaluated again. */
  putBackExports(files: Iterable<string>): void {
    for (const file of files) {
      if (this.#modules.get(file)?.exports.putBack() === false) this.forget(file)
    }
  }
}
