/** Modules of packages that stay evaluated in a realm from file to file. */
import type { ModuleFacts } from 'fresh-modules/internal/core'
import type { CjsModule } from '../jest/runtime-internals/detect.ts'
import { KeptExports, type RequiredExports } from './kept-exports.ts'

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
  /** Of what it got while it was evaluated, the copy: it holds that one, whichever is kept later. */
  readonly copy: CjsModule | undefined
}

export interface KeptModule {
  readonly file: string
  readonly module: CjsModule
  readonly facts: ModuleFacts
  /** Specifier -> the request. Grows when a kept copy asks for something late. */
  readonly requests: Map<string, KeptRequest>
  readonly registrations: readonly Registration[]
}

/** Who has asked for what, among the copies that are kept. */
interface Graph {
  /** File -> those that have asked for it. */
  readonly importers: ReadonlyMap<string, readonly string[]>
  /** Those that have got something, while they were evaluated, of which no copy is kept. */
  readonly incomplete: ReadonlySet<string>
}

/** How a request is known among what is mocked. */
export type MockKeyOf = (file: string, specifier: string) => string | undefined

export class KeptPackages {
  /** File -> its copy. An entry goes when the copy cannot be used by another file. */
  readonly #modules = new Map<string, KeptModule>()
  readonly #exports = new KeptExports()
  /** File -> what is adopted along with its copy, what it imports first; made when it is first asked for. */
  readonly #subtrees = new Map<string, readonly KeptModule[]>()
  #graph: Graph | undefined
  /** Key of a mock -> files that have asked for what it mocks. */
  #askers: ReadonlyMap<string, readonly string[]> | undefined
  /** Changes with the copies and with what they have asked for. */
  version = 0

  get(file: string): KeptModule | undefined {
    return this.#modules.get(file)
  }

  /** Whether a copy is kept that can be used as long as nothing is mocked. */
  hasWhole(file: string): boolean {
    return this.#modules.has(file) && !this.graph().incomplete.has(file)
  }

  all(): Iterable<KeptModule> {
    return this.#modules.values()
  }

  /** A module has been evaluated, and has got those exports meanwhile. */
  keep(evaluated: KeptModule, required: readonly RequiredExports[]): void {
    this.#exports.note(evaluated.module.exports, required)
    this.#modules.set(evaluated.file, evaluated)
    this.#changed()
  }

  /** What a module gets that is being evaluated. */
  look(exports: unknown): RequiredExports {
    return this.#exports.look(exports)
  }

  forget(file: string): void {
    if (this.#modules.delete(file)) this.#changed()
  }

  #changed(): void {
    this.version++
    this.#subtrees.clear()
    this.#graph = undefined
    this.#askers = undefined
  }

  /** A kept copy has asked for something late. */
  noteLate({ requests }: KeptModule, specifier: string, request: KeptRequest): void {
    requests.set(specifier, request)
    this.#changed()
  }

  graph(): Graph {
    this.#graph ??= this.#graphNow()
    return this.#graph
  }

  #graphNow(): Graph {
    const importers = new Map<string, string[]>()
    const incomplete = new Set<string>()
    for (const { file, requests } of this.#modules.values()) {
      for (const { target, isStatic, copy } of requests.values()) {
        if (target === undefined) continue
        add(importers, target, file)
        if (isStatic && this.#modules.get(target)?.module !== copy) incomplete.add(file)
      }
    }
    return { importers, incomplete }
  }

  /** Files that have asked for what is mocked by one of these keys. */
  askersOf(mocked: Iterable<string>, keyOf: MockKeyOf): readonly string[] {
    this.#askers ??= this.#askersNow(keyOf)
    return [...mocked].flatMap((key) => this.#askers?.get(key) ?? [])
  }

  #askersNow(keyOf: MockKeyOf): Map<string, string[]> {
    const askers = new Map<string, string[]>()
    for (const { file, requests } of this.#modules.values()) {
      for (const specifier of requests.keys()) {
        const key = keyOf(file, specifier)
        if (key !== undefined) add(askers, key, file)
      }
    }
    return askers
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
      const kept = this.#modules.get(file)
      if (kept && !this.#exports.putBack(kept.module.exports)) this.forget(file)
    }
  }
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
