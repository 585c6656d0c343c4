/** The requests that modules have made: the edges of the graph. Jest 29.7 to 30.4 keeps none of them, 30.5 some. */
import type { ModuleId } from 'fresh-modules/internal/core'
import { type CjsModule, isVmModule, type VmModule } from './runtime-internals/detect.ts'

interface Request {
  /** What it resolves to, once asked for; null where it is no module of the registries. */
  id: ModuleId | null | undefined
  /** Made while the module was evaluated: the module keeps what it got then. */
  readonly isStatic: boolean
}

/** Specifier -> the first request for it. */
type Requested = Map<string, Request>

/** How a specifier resolves for a file, without evaluating anything. */
export type ResolveRequest = (
  specifier: string,
  importer: string,
  kind: 'import' | 'require',
) => ModuleId | null

/** What one CommonJS module has asked for. */
class Asked {
  readonly required: Requested = new Map()
  /** Cached edges, valid while the counts are unchanged. Replacing a child keeps its id, so it changes no edge. */
  edges:
    | {
        readonly children: number
        readonly required: number
        readonly imported: Requested | undefined
        readonly imports: number
        readonly ids: ReadonlySet<ModuleId>
      }
    | undefined
}

export class Requests {
  readonly #resolve: ResolveRequest
  // Entries of both live as long as their module object.
  readonly #asked = new WeakMap<CjsModule, Asked>()
  // A module that an earlier file has evaluated -> what it asked for then, until it is looked at here.
  readonly #inherited = new WeakMap<CjsModule, ReadonlyMap<string, { readonly isStatic: boolean }>>()
  readonly #linked = new WeakMap<VmModule, Requested>()
  // File -> what its registered copy has asked for by `import()`. An entry goes when the module leaves the registry.
  readonly #imported = new Map<string, Requested>()
  /** Changes whenever an edge is added, so that what was derived from all of them can be kept until then. */
  version = 0

  constructor(resolve: ResolveRequest) {
    this.#resolve = resolve
  }

  noteRequire(module: CjsModule, specifier: string): void {
    this.#note(this.#askedBy(module).required, specifier, !module.loaded)
  }

  #askedBy(module: CjsModule): Asked {
    let asked = this.#asked.get(module)
    if (!asked) {
      asked = new Asked()
      this.#asked.set(module, asked)
      for (const [specifier, { isStatic }] of this.#inherited.get(module) ?? []) {
        asked.required.set(specifier, { id: undefined, isStatic })
      }
    }
    return asked
  }

  /** An earlier file has evaluated the module. What it asked for then may lead elsewhere in this one. */
  inherit(module: CjsModule, requests: ReadonlyMap<string, { readonly isStatic: boolean }>): void {
    this.#inherited.set(module, requests)
    this.version++
  }

  /** Each specifier that the module has required, and whether that was while it was evaluated. */
  *requiredBy(module: CjsModule): Iterable<readonly [specifier: string, isStatic: boolean]> {
    for (const [specifier, { isStatic }] of this.#asked.get(module)?.required ?? [])
      yield [specifier, isStatic]
  }

  /** What the copy holds by static imports: for CommonJS by what it required while it was evaluated. */
  staticOf(module: CjsModule | VmModule, file: string): Set<ModuleId> {
    const ids = new Set<ModuleId>()
    if (isVmModule(module)) this.#add(ids, this.#linksOf(module), file, 'import')
    else this.#add(ids, this.#askedBy(module).required, file, 'require', ({ isStatic }) => isStatic)
    return ids
  }

  noteImport(file: string, specifier: string): void {
    const requested = this.#imported.get(file) ?? new Map()
    this.#imported.set(file, requested)
    this.#note(requested, specifier, false)
  }

  #note(requested: Requested, specifier: string, isStatic: boolean): void {
    if (requested.has(specifier)) return
    requested.set(specifier, { id: undefined, isStatic })
    this.version++
  }

  forget(file: string): void {
    this.#imported.delete(file)
    this.version++
  }

  forgetAll(): void {
    this.#imported.clear()
    this.version++
  }

  /** To be called when a child was taken out of the module's list: its length alone may be the same again. */
  noteChildGone(module: CjsModule): void {
    this.#askedBy(module).edges = undefined
    this.version++
  }

  /** For a CommonJS module the same set until an edge is added or goes away: a reset asks for those of all packages. */
  of(module: CjsModule | VmModule, file: string): ReadonlySet<ModuleId> {
    const imported = this.#imported.get(file)
    if (isVmModule(module)) {
      const ids = new Set<ModuleId>()
      this.#add(ids, this.#linksOf(module), file, 'import')
      this.#add(ids, imported, file, 'import')
      return ids
    }
    const asked = this.#askedBy(module)
    const children = module.children.length
    const required = asked.required.size
    const imports = imported?.size ?? 0
    const { edges } = asked
    if (
      edges?.children === children &&
      edges.required === required &&
      edges.imported === imported &&
      edges.imports === imports
    ) {
      return edges.ids
    }
    const ids = new Set<ModuleId>()
    this.#add(ids, asked.required, file, 'require')
    for (const child of module.children) ids.add(child.id as ModuleId)
    this.#add(ids, imported, file, 'import')
    asked.edges = { children, required, imported, imports, ids }
    return ids
  }

  #linksOf(module: VmModule): Requested {
    let requested = this.#linked.get(module)
    if (!requested) {
      requested = new Map(
        staticRequests(module).map((specifier) => [specifier, { id: undefined, isStatic: true }]),
      )
      this.#linked.set(module, requested)
    }
    return requested
  }

  #add(
    ids: Set<ModuleId>,
    requested: Requested | undefined,
    file: string,
    kind: 'import' | 'require',
    counts: (request: Request) => boolean = () => true,
  ): void {
    for (const [specifier, request] of requested ?? []) {
      if (!counts(request)) continue
      if (request.id === undefined) request.id = this.#resolve(specifier, file, kind)
      if (request.id !== null) ids.add(request.id)
    }
  }
}

/** What the source of an ES module imports statically. */
export function staticRequests(module: VmModule): string[] {
  const requests =
    module.moduleRequests?.map(({ specifier }) => specifier) ?? module.dependencySpecifiers ?? []
  return [...new Set(requests)]
}
