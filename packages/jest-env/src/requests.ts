/** What modules have asked for: the edges of the graph, which Jest does not keep (29.7 to 30.4), or not all of them. */
import type { ModuleId } from 'fresh-modules/internal/core'
import { type CjsModule, isVmModule, type VmModule } from './runtime-internals.ts'

interface Request {
  /** What it resolves to, once somebody wanted to know; null where it is no module of the registries. */
  id: ModuleId | null | undefined
  /** Made while the module was evaluated: what it asked for then, importers of it hold for good. */
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

/** The edges of a CommonJS module when it had so many children and requests. */
interface KnownEdges {
  readonly children: number
  readonly requests: number
  readonly removals: number
  readonly ids: ReadonlySet<ModuleId>
}

export class Requests {
  readonly #resolve: ResolveRequest
  // Entries of both live as long as their module object.
  readonly #required = new WeakMap<CjsModule, Requested>()
  readonly #linked = new WeakMap<VmModule, Requested>()
  // File -> what its registered copy has asked for by `import()`. An entry goes when the module leaves the registry.
  readonly #imported = new Map<string, Requested>()
  // A reset asks for the edges of everything that is loaded, most of which are packages, whose edges stay.
  readonly #edges = new WeakMap<CjsModule, KnownEdges>()
  /** How often edges may have gone away. */
  #removals = 0
  /** Changes whenever an edge is added, so that what was derived from all of them can be kept until then. */
  version = 0

  constructor(resolve: ResolveRequest) {
    this.#resolve = resolve
  }

  noteRequire(module: CjsModule, specifier: string): void {
    let requested = this.#required.get(module)
    if (!requested) {
      requested = new Map()
      this.#required.set(module, requested)
    }
    this.#note(requested, specifier, !module.loaded)
  }

  /** What the copy holds by static imports: for CommonJS by what it required while it was evaluated. */
  staticOf(module: CjsModule | VmModule, file: string): Set<ModuleId> {
    const ids = new Set<ModuleId>()
    if (isVmModule(module)) this.#add(ids, this.#linksOf(module), file, 'import')
    else this.#add(ids, this.#required.get(module), file, 'require', ({ isStatic }) => isStatic)
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
    this.#removals++
    this.version++
  }

  forgetAll(): void {
    this.#imported.clear()
    this.#removals++
    this.version++
  }

  of(module: CjsModule | VmModule, file: string): ReadonlySet<ModuleId> {
    const ids = new Set<ModuleId>()
    const imported = this.#imported.get(file)
    if (isVmModule(module)) {
      this.#add(ids, this.#linksOf(module), file, 'import')
      this.#add(ids, imported, file, 'import')
      return ids
    }
    const required = this.#required.get(module)
    const children = module.children.length
    const requests = (required?.size ?? 0) + (imported?.size ?? 0)
    const known = this.#edges.get(module)
    // Each only grows, but for removals; a child that is replaced has the id of the one before.
    if (known?.children === children && known.requests === requests && known.removals === this.#removals) {
      return known.ids
    }
    this.#add(ids, required, file, 'require')
    for (const child of module.children) ids.add(child.id as ModuleId)
    this.#add(ids, imported, file, 'import')
    this.#edges.set(module, { children, requests, removals: this.#removals, ids })
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
