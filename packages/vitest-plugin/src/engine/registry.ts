/** The runner's graph of evaluated modules as the core's registry, with what Vite does not keep: whose handle is whose. */
import { isFirstParty, type ModuleId, type ModuleRecord, type TakenRecords } from 'fresh-modules/internal'
import { isExternal, type NodeDelegate } from '../vitest/node-delegate.ts'
import type { EvaluatedModules, RunnerNode } from '../vitest/runner-internals.ts'
import { idOfNode, nodeIdOf, type Sources } from '../vitest/sources.ts'

export interface RegistryOptions {
  readonly modules: EvaluatedModules
  readonly delegate: NodeDelegate
  readonly sources: Sources
  /** A node has lost its copy. */
  onCleared(node: RunnerNode): void
}

export class Registry {
  readonly #modules: EvaluatedModules
  readonly #delegate: NodeDelegate
  readonly #sources: Sources
  readonly #onCleared: (node: RunnerNode) => void
  /** Node -> the `import.meta` of its copy. */
  readonly #handles = new WeakMap<RunnerNode, ImportMeta>()
  /** `import.meta` -> the id of its module. */
  readonly #idsOfHandles = new WeakMap<object, ModuleId>()
  /** Nodes whose evaluation failed: Vite keeps the rejected promise. */
  readonly failed = new Set<RunnerNode>()

  constructor({ modules, delegate, sources, onCleared }: RegistryOptions) {
    this.#modules = modules
    this.#delegate = delegate
    this.#sources = sources
    this.#onCleared = onCleared
  }

  node(id: ModuleId): RunnerNode | undefined {
    return this.#modules.getModuleById(nodeIdOf(id))
  }

  record(id: ModuleId): ModuleRecord | undefined {
    const node = this.node(id)
    return node?.promise ? this.#recordOf(node) : undefined
  }

  /** All that have a copy, and inner files of packages that are left to Node. */
  *records(): Generator<ModuleRecord> {
    for (const node of this.#modules.idToModuleMap.values()) {
      if (node.promise && !node.id.startsWith('mock:')) yield this.#recordOf(node)
    }
    // Inner files of packages that are left to Node.
    for (const record of this.#delegate.madeHost?.records() ?? []) {
      if (!isFirstParty(record.id) && !this.node(record.id)) yield record
    }
  }

  idOf(object: object): ModuleId | undefined {
    const id = this.#idsOfHandles.get(object)
    if (id) return id
    for (const node of this.#modules.idToModuleMap.values()) {
      if (node.exports === object && node.promise) return idOfNode(node.id)
    }
    return undefined
  }

  take(ids: readonly ModuleId[]): TakenRecords {
    const byNode = this.#delegate.madeHost?.take(this.#heldByNode(ids))
    const taken = ids.flatMap((id) => {
      const node = this.node(id)
      return node?.promise ? [{ node, record: this.#recordOf(node), ...this.#clear(node) }] : []
    })
    return {
      records: taken.map(({ record }) => record),
      putBack: () => {
        byNode?.putBack()
        for (const { node, saved, handle } of taken.splice(0)) {
          Object.assign(node, saved)
          if (handle) this.#handles.set(node, handle)
          else this.#handles.delete(node)
        }
      },
    }
  }

  drop(ids: readonly ModuleId[]): void {
    this.#delegate.madeHost?.drop(this.#heldByNode(ids))
    for (const id of ids) {
      const node = this.node(id)
      if (node) this.#clear(node)
    }
  }

  /** Modules that Node's loader holds: packages that are left to it, and their inner files. */
  #heldByNode(ids: readonly ModuleId[]): ModuleId[] {
    return ids.filter((id) => {
      const node = this.node(id)
      return node ? isExternal(node) : this.#delegate.madeHost?.record(id) !== undefined
    })
  }

  handleOf(node: RunnerNode): ImportMeta | undefined {
    return this.#handles.get(node)
  }

  noteHandle(node: RunnerNode, handle: ImportMeta): void {
    this.#handles.set(node, handle)
    this.#idsOfHandles.set(handle, idOfNode(node.id))
  }

  /** The guard has refused its evaluation: there is no copy. */
  forgetRefused(node: RunnerNode): void {
    this.#clear(node)
  }

  /** Forgets failed evaluations that a node has led to, so that the next import tries again with the file as it is. */
  async forgetFailures(node: RunnerNode): Promise<void> {
    const visited = new Set<RunnerNode>()
    const failures: RunnerNode[] = []
    const visit = (at: RunnerNode) => {
      if (visited.has(at) || !this.failed.has(at)) return
      visited.add(at)
      failures.push(at)
      for (const imported of at.imports) {
        const next = this.#modules.getModuleById(imported)
        if (next) visit(next)
      }
    }
    visit(node)
    for (const failure of failures) {
      this.failed.delete(failure)
      this.#clear(failure)
      await this.#sources.drop(idOfNode(failure.id))
    }
  }

  #recordOf(node: RunnerNode): ModuleRecord {
    return new NodeRecord(node, this.#handles.get(node))
  }

  /** Takes the copy off a node; the node and its source stay. */
  #clear(node: RunnerNode) {
    const { promise, exports, evaluated, imports, importers } = node
    const saved = { promise, exports, evaluated, imports, importers }
    const handle = this.#handles.get(node)
    if (promise && !evaluated) {
      const settled = () => {
        saved.evaluated = true
      }
      promise.then(settled, settled)
    }
    Object.assign(node, { promise: undefined, exports: undefined, evaluated: false })
    node.imports = new Set()
    node.importers = new Set()
    this.#handles.delete(node)
    this.failed.delete(node)
    this.#onCleared(node)
    return { saved, handle }
  }
}

/** What a node holds when it is asked for. */
class NodeRecord implements ModuleRecord {
  readonly id: ModuleId
  readonly exports: unknown
  readonly handle: ImportMeta | undefined
  readonly state: ModuleRecord['state']
  readonly #imports: ReadonlySet<string>
  readonly #importers: ReadonlySet<string>
  /** A record is asked several times while a reset is planned, during which nothing is imported. */
  #importedIds: readonly ModuleId[] | undefined

  constructor(node: RunnerNode, handle: ImportMeta | undefined) {
    this.id = idOfNode(node.id)
    this.exports = node.exports
    this.handle = handle
    this.state = node.evaluated ? 'evaluated' : 'evaluating'
    this.#imports = node.imports
    this.#importers = node.importers
  }

  get imports(): readonly ModuleId[] {
    if (this.#importedIds?.length !== this.#imports.size)
      this.#importedIds = Array.from(this.#imports, idOfNode)
    return this.#importedIds
  }

  get importers(): readonly ModuleId[] {
    return Array.from(this.#importers, idOfNode)
  }
}
