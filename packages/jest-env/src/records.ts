/** The runtime's registries, as the core sees them. */
import path from 'node:path'
import { fileOf, type ModuleId, type ModuleRecord, type TakenRecords } from 'fresh-modules/internal/core'
import { idOfFile, queryOf } from './module-ids.ts'
import type { Requests } from './requests.ts'
import {
  type CjsModule,
  type Entry,
  isCjsModule,
  isVmModule,
  type RuntimeInternals,
  type VmModule,
} from './runtime-internals.ts'

export class Records {
  readonly #internals: RuntimeInternals
  readonly #requests: Requests
  // An ES module's `import.meta`, once it has shown it to us.
  readonly #metas = new WeakMap<VmModule, object>()
  /** Id -> ids of the records that import it, for the requests and the registry for which it was made. */
  #importers: { version: number; registry: object; byId: Map<ModuleId, Set<ModuleId>> } | undefined

  constructor(internals: RuntimeInternals, requests: Requests) {
    this.#internals = internals
    this.#requests = requests
  }

  cjs(id: ModuleId): CjsModule | undefined {
    const entry = queryOf(id) ? undefined : this.#internals.cjs().get(fileOf(id))
    return isCjsModule(entry) ? entry : undefined
  }

  /** Of an ES module; or of the view that ES modules have of a CommonJS one. */
  esm(id: ModuleId): VmModule | undefined {
    const entry = this.#internals.esm().get(this.#internals.esmKey(fileOf(id), queryOf(id)))
    return isVmModule(entry) ? entry : undefined
  }

  get(id: ModuleId): ModuleRecord | undefined {
    const cjs = this.cjs(id)
    if (cjs) return this.#ofCjs(id, cjs)
    const esm = this.esm(id)
    return esm && this.#ofEsm(id, esm)
  }

  *all(): Generator<ModuleRecord> {
    const cjs = this.#internals.cjs()
    for (const [file, entry] of [...cjs]) if (isCjsModule(entry)) yield this.#ofCjs(idOfFile(file), entry)
    for (const [key, entry] of [...this.#internals.esm()]) {
      if (!isVmModule(entry) || !path.isAbsolute(entry.identifier)) continue
      if (isCjsModule(cjs.get(entry.identifier))) continue
      yield this.#ofEsm(idOfFile(entry.identifier, queryOfKey(key, entry)), entry)
    }
  }

  #ofCjs(id: ModuleId, module: CjsModule): ModuleRecord {
    return {
      id,
      exports: module.exports,
      handle: module,
      state: module.loaded ? 'evaluated' : 'evaluating',
      ...this.#edges(id, module),
    }
  }

  #ofEsm(id: ModuleId, module: VmModule): ModuleRecord {
    return {
      id,
      exports: namespaceOf(module),
      handle: this.#metas.get(module),
      state: module.status === 'evaluated' || module.status === 'errored' ? 'evaluated' : 'evaluating',
      ...this.#edges(id, module),
    }
  }

  #edges(id: ModuleId, module: CjsModule | VmModule): Pick<ModuleRecord, 'imports' | 'importers'> {
    const imports = () => this.#requests.of(module, fileOf(id))
    const importers = () => this.#importersOf(id)
    return {
      imports: { [Symbol.iterator]: () => imports()[Symbol.iterator]() },
      importers: { [Symbol.iterator]: () => importers()[Symbol.iterator]() },
    }
  }

  staticImports(id: ModuleId): Iterable<ModuleId> {
    const module = this.cjs(id) ?? this.esm(id)
    return module ? this.#requests.staticOf(module, fileOf(id)) : []
  }

  #importersOf(id: ModuleId): Set<ModuleId> {
    const registry = this.#internals.cjs()
    if (this.#importers?.version !== this.#requests.version || this.#importers.registry !== registry) {
      const byId = new Map<ModuleId, Set<ModuleId>>()
      for (const record of this.all()) {
        for (const imported of record.imports) {
          const importers = byId.get(imported)
          if (importers) importers.add(record.id)
          else byId.set(imported, new Set([record.id]))
        }
      }
      this.#importers = { version: this.#requests.version, registry, byId }
    }
    return this.#importers.byId.get(id) ?? new Set()
  }

  /** Remembers an `import.meta` that a registered module has shown. */
  noteMeta(id: ModuleId, meta: object): void {
    const module = this.esm(id)
    if (module && !this.#metas.has(module)) this.#metas.set(module, meta)
  }

  /** The id of the registered module whose exports these are. */
  idOfExports(exports: object): ModuleId | undefined {
    for (const { id, exports: own } of this.all()) if (own === exports) return id
    return undefined
  }

  take(ids: readonly ModuleId[]): TakenRecords {
    const records = ids.flatMap((id) => this.get(id) ?? [])
    const taken: [Map<string, Entry>, string, Entry][] = []
    const take = (registry: Map<string, Entry>, key: string) => {
      const entry = registry.get(key)
      if (entry !== undefined && registry.delete(key)) taken.push([registry, key, entry])
    }
    for (const id of ids) {
      const [file, query] = [fileOf(id), queryOf(id)]
      if (!query) take(this.#internals.cjs(), file)
      take(this.#internals.esm(), this.#internals.esmKey(file, query))
    }
    this.#requests.version++
    return {
      records,
      putBack: () => {
        for (const [registry, key, entry] of taken.splice(0)) registry.set(key, entry)
        this.#requests.version++
      },
    }
  }

  drop(ids: readonly ModuleId[]): void {
    const modules = new Set(ids.flatMap((id) => this.cjs(id) ?? []))
    this.take(ids)
    for (const id of ids) this.#requests.forget(fileOf(id))
    if (modules.size > 0) this.replaceChild((child) => (modules.has(child) ? undefined : child))
  }

  /** Drops ES modules whose evaluation has failed: the runtime keeps them, and would throw the same error for good. */
  dropErrored(): void {
    const registry = this.#internals.esm()
    for (const [key, entry] of [...registry]) {
      if (isVmModule(entry) && entry.status === 'errored') registry.delete(key)
    }
  }

  /** Goes over what the registered modules list as children. */
  replaceChild(replace: (child: CjsModule) => CjsModule | undefined): void {
    for (const entry of this.#internals.cjs().values()) {
      // Each reload goes over all modules there are, and few of them list the one in question.
      if (!isCjsModule(entry) || entry.children.every((child) => replace(child) === child)) continue
      const children = entry.children.flatMap((child) => replace(child) ?? [])
      entry.children.splice(0, entry.children.length, ...children)
    }
  }
}

function namespaceOf(module: VmModule): object | undefined {
  return module.status === 'unlinked' || module.status === 'linking' ? undefined : module.namespace
}

/** Keys are URLs in 30.5; before, paths with the query behind, without its question mark. */
function queryOfKey(key: string, { identifier }: VmModule): string {
  if (key.startsWith('file:')) return /[?#].*$/.exec(key)?.[0] ?? ''
  const query = key.slice(identifier.length)
  return query === '' || /^[?#]/.test(query) ? query : `?${query}`
}
