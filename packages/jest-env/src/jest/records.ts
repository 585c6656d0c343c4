/** The runtime's registries, as the core sees them. */
import path from 'node:path'
import { fileOf, type ModuleId, type ModuleRecord, type TakenRecords } from 'fresh-modules/internal/core'
import { idOfFile, queryOf } from './module-ids.ts'
import type { Requests } from './request-edges.ts'
import {
  type CjsModule,
  type Entry,
  isCjsModule,
  isVmModule,
  type RuntimeInternals,
  type VmModule,
} from './runtime-internals/detect.ts'

export class Records {
  readonly #internals: RuntimeInternals
  readonly #requests: Requests
  // An ES module's `import.meta`, once it has shown it to us.
  readonly #metas = new WeakMap<VmModule, object>()
  // Entries live as long as their module object. A reset looks at all there are, most of which stay for the whole file.
  readonly #ofModule = new WeakMap<CjsModule, ModuleRecord>()
  /** For the requests and the registry for which they were last looked at. */
  #importers: { version: number; registry: object; index: Importers } | undefined
  /** Module objects that others still list as children -> the ones to be listed in their place. */
  readonly #replaced = new Map<CjsModule, CjsModule>()
  #isBatch = false

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
    if (cjs) return this.#ofCjs(fileOf(id), cjs)
    const esm = this.esm(id)
    return esm && this.#ofEsm(id, esm)
  }

  *all(): Generator<ModuleRecord> {
    const cjs = this.#internals.cjs()
    for (const [file, entry] of [...cjs]) if (isCjsModule(entry)) yield this.#ofCjs(file, entry)
    for (const [key, entry] of [...this.#internals.esm()]) {
      if (!isVmModule(entry) || !path.isAbsolute(entry.identifier)) continue
      if (isCjsModule(cjs.get(entry.identifier))) continue
      yield this.#ofEsm(idOfFile(entry.identifier, this.#internals.esmQuery(key, entry)), entry)
    }
  }

  #ofCjs(file: string, module: CjsModule): ModuleRecord {
    let record = this.#ofModule.get(module)
    if (!record) {
      record = new CjsRecord(file, module, this)
      this.#ofModule.set(module, record)
    }
    return record
  }

  #ofEsm(id: ModuleId, module: VmModule): ModuleRecord {
    const records = this
    return {
      id,
      exports: namespaceOf(module),
      handle: this.#metas.get(module),
      state: module.status === 'evaluated' || module.status === 'errored' ? 'evaluated' : 'evaluating',
      get imports() {
        return records.importsOf(module, fileOf(id))
      },
      get importers() {
        return records.importersOf(id)
      },
    }
  }

  importsOf(module: CjsModule | VmModule, file: string): ReadonlySet<ModuleId> {
    return this.#requests.of(module, file)
  }

  importersOf(id: ModuleId): Iterable<ModuleId> {
    const { version } = this.#requests
    const registry = this.#internals.cjs()
    if (this.#importers?.version !== version || this.#importers.registry !== registry) {
      const index = this.#importers?.registry === registry ? this.#importers.index : new Importers()
      index.update(this.all())
      this.#importers = { version, registry, index }
    }
    return this.#importers.index.of(id)
  }

  staticImports(id: ModuleId): Iterable<ModuleId> {
    const module = this.cjs(id) ?? this.esm(id)
    return module ? this.#requests.staticOf(module, fileOf(id)) : []
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
    if (modules.size > 0) this.#replaceChild((child) => (modules.has(child) ? undefined : child))
  }

  /** Drops ES modules whose evaluation has failed: the runtime keeps them, and would throw the same error at every import. */
  dropErrored(): void {
    const registry = this.#internals.esm()
    for (const [key, entry] of [...registry]) {
      if (isVmModule(entry) && entry.status === 'errored') registry.delete(key)
    }
  }

  /** Importers list the new module object as their child in place of the old one. */
  noteReplaced(before: CjsModule, module: CjsModule): void {
    this.#replaced.set(before, module)
    // One that was put back within a batch is replaced by none.
    this.#replaced.delete(module)
    if (!this.#isBatch) this.#replaceChildren()
  }

  /** Runs what reloads several modules: the children of all modules are gone over once, when it ends. */
  async batch<T>(run: () => Promise<T>): Promise<T> {
    this.#isBatch = true
    try {
      return await run()
    } finally {
      this.#isBatch = false
      this.#replaceChildren()
    }
  }

  #replaceChildren(): void {
    const replaced = this.#replaced
    if (replaced.size === 0) return
    this.#replaceChild((child) => {
      let last = child
      // Code that runs in a batch may reload a module once more.
      for (let next: CjsModule | undefined = child; next; next = replaced.get(next)) last = next
      return last
    })
    replaced.clear()
  }

  /** Goes over what the registered modules list as children. */
  #replaceChild(replace: (child: CjsModule) => CjsModule | undefined): void {
    for (const entry of this.#internals.cjs().values()) {
      // Most list none of them.
      if (!isCjsModule(entry) || entry.children.every((child) => replace(child) === child)) continue
      // A module that a batch has reloaded may have been required again before the old child was removed.
      const children = [...new Set(entry.children.flatMap((child) => replace(child) ?? []))]
      if (children.length < entry.children.length) this.#requests.noteChildGone(entry)
      entry.children.splice(0, entry.children.length, ...children)
    }
  }
}

/** A module object as it is at the time it is asked. */
class CjsRecord implements ModuleRecord {
  readonly id: ModuleId
  readonly handle: CjsModule
  readonly #file: string
  readonly #records: Records

  constructor(file: string, module: CjsModule, records: Records) {
    this.id = idOfFile(file)
    this.handle = module
    this.#file = file
    this.#records = records
  }

  get exports(): unknown {
    return this.handle.exports
  }

  get state(): ModuleRecord['state'] {
    return this.handle.loaded ? 'evaluated' : 'evaluating'
  }

  get imports(): Iterable<ModuleId> {
    return this.#records.importsOf(this.handle, this.#file)
  }

  get importers(): Iterable<ModuleId> {
    return this.#records.importersOf(this.id)
  }
}

/** Who imports whom, kept up to date by looking only at those whose edges have changed since. */
class Importers {
  readonly #byId = new Map<ModuleId, Set<ModuleId>>()
  /** Id -> what it imported when it was last looked at. */
  readonly #imports = new Map<ModuleId, Iterable<ModuleId>>()

  of(id: ModuleId): Iterable<ModuleId> {
    return this.#byId.get(id) ?? []
  }

  update(records: Iterable<ModuleRecord>): void {
    const present = new Set<ModuleId>()
    for (const { id, imports } of records) {
      present.add(id)
      if (this.#imports.get(id) === imports) continue
      this.#remove(id)
      this.#imports.set(id, imports)
      for (const imported of imports) {
        const importers = this.#byId.get(imported)
        if (importers) importers.add(id)
        else this.#byId.set(imported, new Set([id]))
      }
    }
    if (present.size === this.#imports.size) return
    for (const id of this.#imports.keys()) if (!present.has(id)) this.#remove(id)
  }

  #remove(id: ModuleId): void {
    for (const imported of this.#imports.get(id) ?? []) this.#byId.get(imported)?.delete(id)
    this.#imports.delete(id)
  }
}

function namespaceOf(module: VmModule): object | undefined {
  return module.status === 'unlinked' || module.status === 'linking' ? undefined : module.namespace
}
