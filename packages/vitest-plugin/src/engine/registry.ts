/** The runner's graph of evaluated modules as the core's registry, with what Vite does not keep: whose handle is whose. */
import { isFirstParty, type ModuleId, type ModuleRecord, type TakenRecords } from 'fresh-modules/internal'
import { isExternal, type NodeDelegate } from '../vitest/node-delegate.ts'
import type { EvaluatedModules, RunnerModule } from '../vitest/runner-internals.ts'
import { idOfMod, modIdOf, type Sources } from '../vitest/sources.ts'

export interface RegistryOptions {
  readonly modules: EvaluatedModules
  readonly delegate: NodeDelegate
  readonly sources: Sources
  /** A module has lost its copy. */
  onCleared(mod: RunnerModule): void
}

export class Registry {
  readonly #modules: EvaluatedModules
  readonly #delegate: NodeDelegate
  readonly #sources: Sources
  readonly #onCleared: (mod: RunnerModule) => void
  /** Module -> the `import.meta` of its copy. */
  readonly #handles = new WeakMap<RunnerModule, ImportMeta>()
  /** `import.meta` -> the id of its module. */
  readonly #idsOfHandles = new WeakMap<object, ModuleId>()
  /** Modules whose evaluation failed: Vite keeps the rejected promise. */
  readonly failed = new Set<RunnerModule>()

  constructor({ modules, delegate, sources, onCleared }: RegistryOptions) {
    this.#modules = modules
    this.#delegate = delegate
    this.#sources = sources
    this.#onCleared = onCleared
  }

  mod(id: ModuleId): RunnerModule | undefined {
    return this.#modules.getModuleById(modIdOf(id))
  }

  record(id: ModuleId): ModuleRecord | undefined {
    const mod = this.mod(id)
    return mod?.promise ? this.#recordOf(mod) : undefined
  }

  /** All that have a copy, and inner files of packages that are left to Node. */
  *records(): Generator<ModuleRecord> {
    for (const mod of this.#modules.idToModuleMap.values()) {
      if (mod.promise && !mod.id.startsWith('mock:')) yield this.#recordOf(mod)
    }
    // Inner files of packages that are left to Node.
    for (const record of this.#delegate.madeHost?.records() ?? []) {
      if (!isFirstParty(record.id) && !this.mod(record.id)) yield record
    }
  }

  idOf(object: object): ModuleId | undefined {
    const id = this.#idsOfHandles.get(object)
    if (id) return id
    for (const mod of this.#modules.idToModuleMap.values()) {
      if (mod.exports === object && mod.promise) return idOfMod(mod.id)
    }
    return undefined
  }

  take(ids: readonly ModuleId[]): TakenRecords {
    const byNode = this.#delegate.madeHost?.take(this.#heldByNode(ids))
    const taken = ids.flatMap((id) => {
      const mod = this.mod(id)
      return mod?.promise ? [{ mod, record: this.#recordOf(mod), ...this.#clear(mod) }] : []
    })
    // The graph has a record of a package's entry as well; of its inner files only Node has one.
    const inner = byNode?.records.filter(({ id }) => !this.mod(id)) ?? []
    return {
      records: [...taken.map(({ record }) => record), ...inner],
      putBack: () => {
        byNode?.putBack()
        for (const { mod, saved, handle } of taken.splice(0)) {
          Object.assign(mod, saved)
          if (handle) this.#handles.set(mod, handle)
          else this.#handles.delete(mod)
        }
      },
    }
  }

  drop(ids: readonly ModuleId[]): void {
    this.#delegate.madeHost?.drop(this.#heldByNode(ids))
    for (const id of ids) {
      const mod = this.mod(id)
      if (mod) this.#clear(mod)
    }
  }

  /** Modules that Node's loader holds: packages that are left to it, and their inner files. */
  #heldByNode(ids: readonly ModuleId[]): ModuleId[] {
    return ids.filter((id) => {
      const mod = this.mod(id)
      return mod ? isExternal(mod) : this.#delegate.madeHost?.record(id) !== undefined
    })
  }

  handleOf(mod: RunnerModule): ImportMeta | undefined {
    return this.#handles.get(mod)
  }

  noteHandle(mod: RunnerModule, handle: ImportMeta): void {
    this.#handles.set(mod, handle)
    this.#idsOfHandles.set(handle, idOfMod(mod.id))
  }

  /** The guard has refused its evaluation: there is no copy. */
  forgetRefused(mod: RunnerModule): void {
    this.#clear(mod)
  }

  /** Forgets failed evaluations that a module has led to: the next import tries again with the file as it is. */
  async forgetFailures(mod: RunnerModule): Promise<void> {
    const visited = new Set<RunnerModule>()
    const failures: RunnerModule[] = []
    const visit = (at: RunnerModule) => {
      if (visited.has(at) || !this.failed.has(at)) return
      visited.add(at)
      failures.push(at)
      for (const imported of at.imports) {
        const next = this.#modules.getModuleById(imported)
        if (next) visit(next)
      }
    }
    visit(mod)
    for (const failure of failures) {
      this.failed.delete(failure)
      this.#clear(failure)
      await this.#sources.drop(idOfMod(failure.id))
    }
  }

  #recordOf(mod: RunnerModule): ModuleRecord {
    return new RunnerRecord(mod, this.#handles.get(mod))
  }

  /** Takes the copy off a module; the module and its source stay. */
  #clear(mod: RunnerModule) {
    const { promise, exports, evaluated, imports, importers } = mod
    const saved = { promise, exports, evaluated, imports, importers }
    const handle = this.#handles.get(mod)
    if (promise && !evaluated) {
      const settled = () => {
        saved.evaluated = true
      }
      promise.then(settled, settled)
    }
    Object.assign(mod, { promise: undefined, exports: undefined, evaluated: false })
    mod.imports = new Set()
    mod.importers = new Set()
    this.#handles.delete(mod)
    this.failed.delete(mod)
    this.#onCleared(mod)
    return { saved, handle }
  }
}

/** What a module holds when it is asked for. */
class RunnerRecord implements ModuleRecord {
  readonly id: ModuleId
  readonly exports: unknown
  readonly handle: ImportMeta | undefined
  readonly state: ModuleRecord['state']
  readonly #imports: ReadonlySet<string>
  readonly #importers: ReadonlySet<string>
  /** A record is asked several times while a reset is planned, during which nothing is imported. */
  #importedIds: readonly ModuleId[] | undefined

  constructor(mod: RunnerModule, handle: ImportMeta | undefined) {
    this.id = idOfMod(mod.id)
    this.exports = mod.exports
    this.handle = handle
    this.state = mod.evaluated ? 'evaluated' : 'evaluating'
    this.#imports = mod.imports
    this.#importers = mod.importers
  }

  get imports(): readonly ModuleId[] {
    if (this.#importedIds?.length !== this.#imports.size)
      this.#importedIds = Array.from(this.#imports, idOfMod)
    return this.#importedIds
  }

  get importers(): readonly ModuleId[] {
    return Array.from(this.#importers, idOfMod)
  }
}
