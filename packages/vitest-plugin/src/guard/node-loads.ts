/**
 * What Node's own loader evaluates in this worker: packages that Vitest leaves to it, whatever those load in turn, and
 * what `createRequire` gives. The module runner knows of the first of each chain only.
 *
 * Not seen: in the vm pools, which have their own loader, all but what the runner asks for; on versions of Node
 * without sound hooks, ES modules that are imported by other modules of Node's.
 */
import { fileURLToPath } from 'node:url'
import {
  fileOf,
  forgetFailedCopy,
  guardEvaluation,
  guardedFormatOf,
  type Installed,
  isHeldStatically,
  isRequiredByPackage,
  type ModuleFacts,
  type ModuleId,
  moduleId,
  moduleKindOf,
  NODE_LOADER,
  noteAddonLoaded,
} from 'fresh-modules/internal'
import type { Registry } from '../engine/registry.ts'
import { factsOfSource } from '../vitest/facts.ts'
import { normalizeModId } from '../vitest/mod-ids.ts'
import { isFrameworkModule } from '../vitest/never-touch.ts'
import type { NodeDelegate } from '../vitest/node-delegate.ts'
import { type LoaderWatch, watchNodeLoader } from '../vitest/node-loader.ts'
import { type CommonJsModule, commonJsEntry, hasRealmPerFile } from '../vitest/runner-internals.ts'
import { idOfMod, type Sources } from '../vitest/sources.ts'

/** What of a worker's host is asked about loads by Node. */
interface NodeLoadsWatcher {
  readonly installed: Installed
  readonly sources: Sources
  readonly registry: Registry
  readonly delegate: NodeDelegate
  /** Whether somebody else than the guard wants to know of loads. */
  readonly isFollowed?: boolean
}

class NodeLoads implements LoaderWatch {
  /** The host of this worker; with several module runners in it, that of the newest. */
  #watcher: NodeLoadsWatcher | undefined
  #isWatching = false
  /** Id -> who imports it in the module runner, nearest first. As many entries as there are external modules. */
  readonly #announced = new Map<ModuleId, () => readonly ModuleId[]>()
  readonly #loading = new Set<ModuleId>()
  /**
   * ES module, or CommonJS file that one imports -> the file that asked for it first. What was asked for with a query
   * stands there without it as well: the next one in a chain is known by its file.
   */
  readonly #parents = new Map<ModuleId, ModuleId>()

  watch(watcher: NodeLoadsWatcher): void {
    const isAsked = watcher.isFollowed || watcher.installed.state.guard.onDuplicate !== 'off'
    if (hasRealmPerFile() || !isAsked) return
    this.#watcher = watcher
    if (this.#isWatching) return
    this.#isWatching = true
    watchNodeLoader(this)
  }

  /** The module runner is about to have Node load it, unless Node has it already. */
  announce(id: ModuleId, importedBy: () => readonly ModuleId[]): void {
    if (!this.#announced.has(id)) this.#announced.set(id, importedBy)
  }

  /** Knows a module as being loaded by Node on behalf of the module runner while it is. */
  async whileLoading<T>(id: ModuleId, load: () => Promise<T>): Promise<T> {
    const file = fileOf(id) as ModuleId
    this.#loading.add(file)
    try {
      return await load()
    } finally {
      this.#loading.delete(file)
    }
  }

  /** Whether the evaluation of a CommonJS file, should there be one, comes by here. */
  willSee(file: string): boolean {
    return this.#isWatching && commonJsEntry(file) === undefined
  }

  /** A file is about to be evaluated that is required, or CommonJS. */
  beforeCommonJs(file: string, module: CommonJsModule): () => void {
    const parent = module.parent?.filename ?? undefined
    if (file.endsWith('.node')) noteAddonLoaded(file, parent)
    if (!this.#isOurs(module)) this.guardCommonJs(file, parent)
    return () => this.failed(file)
  }

  guardCommonJs(file: string, parent: string | undefined): void {
    // `require` of an ES module: its own loader tells of it.
    if (guardedFormatOf(file) !== 'cjs') return
    this.#guard(idOfFile(file), 'cjs', parent === undefined ? undefined : idOfFile(parent))
  }

  beforeEsModule(url: string): void {
    this.#guard(idOfUrl(url), 'esm')
  }

  resolved(url: string, parent: string): void {
    for (const asked of [idOfUrl(url), idOfFile(fileURLToPath(url))]) {
      if (!this.#parents.has(asked)) this.#parents.set(asked, idOfFile(parent))
    }
  }

  /** What was known while nobody asked: the first importers of files, and what is being loaded right now. */
  adopt(parents: ReadonlyMap<string, string>, loading: ReadonlyMap<string, Promise<unknown>>): void {
    for (const [file, parent] of parents) this.#parents.set(idOfFile(file), idOfFile(parent))
    for (const [id, loaded] of loading) this.whileLoading(idOfMod(id), () => loaded).catch(() => {})
  }

  /** A fresh copy, or a reload in place: the helper that makes it has asked the flags. */
  #isOurs(module: CommonJsModule): boolean {
    const world = this.#watcher?.delegate.madeHost?.world
    if (!world) return false
    return world.scopeOf(module) !== undefined || world.reloading.has(module as never)
  }

  #guard(id: ModuleId, format: 'esm' | 'cjs', parent?: ModuleId): void {
    if (!this.#watcher || isFrameworkModule(id)) return
    const { installed, sources } = this.#watcher
    guardEvaluation(installed, {
      id,
      facts: factsOf(id, sources),
      importedBy: () => this.importersOf(id, parent),
      loader: NODE_LOADER,
      format: () => format,
      // It keeps ES modules for good, and tells of each once; a CommonJS file comes by when it is evaluated.
      isKeptByLoader: format === 'esm',
      isStillHeld: () => isRequiredByPackage(fileOf(id), parent) || isHeldStatically(installed, id),
    })
  }

  failed(file: string): void {
    if (this.#watcher) forgetFailedCopy(this.#watcher.installed, idOfFile(file))
  }

  /** Who asked Node for it, nearest first, and from where Node comes in on whom the module runner knows. */
  importersOf(id: ModuleId, parent: ModuleId | undefined): readonly ModuleId[] {
    const chain: ModuleId[] = []
    for (const importer of this.#parentsOf(id, parent)) {
      if (chain.includes(importer) || isFrameworkModule(importer)) break
      chain.push(importer)
    }
    const outermost = chain.at(-1) ?? (fileOf(id) as ModuleId)
    return [...chain, ...(this.#announced.get(outermost)?.() ?? this.#runnerImporters(outermost))]
  }

  /** The file that asked for it, the one that asked for that, and so on, as far as Node tells. A cycle has no end. */
  *#parentsOf(id: ModuleId, parent: ModuleId | undefined): Generator<ModuleId> {
    const file = fileOf(id) as ModuleId
    // A second copy, under a query, was asked for by somebody else than the first.
    const ofCopy = parent ?? (id === file ? undefined : this.#parents.get(id))
    let next = ofCopy ?? this.#firstParentOf(file)
    while (next !== undefined) {
      yield next
      const requiring = commonJsEntry(next)?.parent?.filename
      next = requiring ? idOfFile(requiring) : this.#firstParentOf(next)
    }
  }

  /** None of a file for which the module runner asked: who imports that, the runner knows. */
  #firstParentOf(file: ModuleId): ModuleId | undefined {
    return this.#announced.has(file) ? undefined : this.#parents.get(file)
  }

  /** Where Node does not tell who imports: a module of the runner, or the one that Node loads right now. */
  #runnerImporters(file: ModuleId): readonly ModuleId[] {
    const [importer] = this.#watcher?.registry.record(file)?.importers ?? []
    if (importer !== undefined && importer !== file) return [importer]
    const [loaded, another] = this.#loading
    if (loaded === undefined || another !== undefined || loaded === file) return []
    return [loaded, ...(this.#announced.get(loaded)?.() ?? [])]
  }
}

/** One for each thread: the patches of Node's loader are there once. */
export const nodeLoads = new NodeLoads()

/** Not kept, as `idOfMod` does: Node is asked for urls without end, one for each copy. */
export function idOfFile(file: string): ModuleId {
  return moduleId(normalizeModId(file))
}

export function idOfUrl(url: string): ModuleId {
  return idOfFile(fileURLToPath(url) + url.slice(fileOf(url).length))
}

function factsOf(id: ModuleId, sources: Sources): ModuleFacts {
  const kind = moduleKindOf(id)
  if (kind !== 'source') return { kind }
  // A first-party file that the runner has as well: its docblock is known.
  const known = sources.known(id)
  return known ? factsOfSource(known) : { kind }
}
