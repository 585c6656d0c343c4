/** Transformed sources of modules, as the server gives them: what a fresh copy is made of. */
import { statSync } from 'node:fs'
import {
  type Evidence,
  fileOf,
  type ModuleFacts,
  type ModuleId,
  moduleId,
  patch,
} from 'fresh-modules/internal'
import { normalizeModId } from './mod-ids.ts'
import { dropRequest } from './protocol.ts'
import {
  type EvaluatedModules,
  type FetchResult,
  type ModuleRunner,
  type RunnerModule,
  resolveInServer,
} from './runner-internals.ts'
import { readStamp, type Stamp } from './stamp.ts'

export interface Source {
  readonly id: ModuleId
  readonly meta: FetchResult
  readonly stamp: Stamp
  /** What follows from all that, once somebody has asked. */
  facts?: ModuleFacts
  evidence?: Evidence | undefined
}

export class Sources {
  readonly #runner: ModuleRunner
  /** Url as it stands in compiled code -> source, for modules that the registry does not hold as they are now. */
  readonly #byUrl = new Map<string, Source>()
  readonly #byId = new Map<ModuleId, Source>()
  /** Source of a registered module, by its meta: parsing a stamp once is enough. */
  readonly #ofMeta = new WeakMap<FetchResult, Source>()
  /** Sources of registered copies whose file was dropped: those copies stay, but nothing new is made of them. */
  readonly #dropped = new WeakSet<FetchResult>()
  /** Files that the server was told to drop -> their state then, since a cache by content may keep an old stamp. */
  readonly #seen = new Map<string, readonly [number, number]>()
  /** What was fetched last of each module, for its source map: an error's stack is formatted when it is read. */
  readonly #maps: EvaluatedModules

  constructor(runner: ModuleRunner) {
    this.#runner = runner
    const { evaluatedModules } = runner
    this.#maps = new (evaluatedModules.constructor as new () => EvaluatedModules)()
    // Stack traces of fresh copies need their source maps, though no module of theirs stands in the runner's graph.
    patch(
      evaluatedModules,
      'getModuleSourceMapById',
      (original) => (id) =>
        this.#isNewestHere(id) ? this.#maps.getModuleSourceMapById(id) : original.call(evaluatedModules, id),
    )
  }

  /** What is known without asking the server. */
  known(id: ModuleId): Source | undefined {
    const own = this.#byId.get(id)
    if (own) return own
    return this.#current(this.#runner.evaluatedModules.getModuleById(modIdOf(id)))
  }

  /** The source that a registered module is made of. */
  ofMod({ meta }: RunnerModule): Source | undefined {
    return meta && !meta.mockedModule ? this.#sourceOf(meta) : undefined
  }

  knownByUrl(url: string): Source | undefined {
    const own = this.#byUrl.get(url)
    if (own) return own
    const mod = this.#runner.evaluatedModules.getModuleByUrl(url)
    return (mod && this.#byId.get(idOfMod(mod.id))) ?? this.#current(mod)
  }

  #current(mod: RunnerModule | undefined): Source | undefined {
    return mod?.meta && !this.#dropped.has(mod.meta) ? this.ofMod(mod) : undefined
  }

  /** Asks the server, without registering a module. Fails with the host's own error if there is no such module. */
  async fetch(url: string, importer: string | undefined): Promise<Source> {
    const meta = await this.#runner.transport.invoke('fetchModule', [url, importer, { cached: false }])
    const fetched: FetchResult = { ...meta, id: meta.externalize ?? meta.id, url: meta.url ?? url }
    const source = this.#sourceOf(fetched)
    if (!fetched.mockedModule) {
      this.#byUrl.set(url, source)
      this.#byId.set(source.id, source)
      Object.assign(this.#maps.ensureModule(fetched.id, fetched.url), { meta: fetched, map: undefined })
    }
    return source
  }

  /** Whether what was fetched here last is newer than what the registry holds, if that holds anything. */
  #isNewestHere(id: string): boolean {
    const own = this.#maps.getModuleById(id)?.meta
    const registered = this.#runner.evaluatedModules.getModuleById(id)?.meta
    if (!own || !registered) return own !== undefined
    const [ownTime = 0] = this.#sourceOf(own).stamp.read ?? []
    const [time = 0] = this.#sourceOf(registered).stamp.read ?? []
    return ownTime > time
  }

  /** Whether the file on disk is another one than the source was read from. Modules that are no files never are. */
  isOutdated({ id, stamp }: Source): boolean {
    const file = fileOf(id)
    const read = this.#seen.get(file) ?? stamp.read
    if (!read) return false
    const now = stateOf(file)
    return now !== undefined && (now[0] !== read[0] || now[1] !== read[1])
  }

  /**
   * Drops what worker and server hold of a file: its transformed code, its resolution, an error. The registered copy
   * stays; the next evaluation is of the file as it is then.
   */
  async drop(id: ModuleId): Promise<void> {
    const file = fileOf(id)
    for (const [url, source] of this.#byUrl) if (fileOf(source.id) === file) this.#byUrl.delete(url)
    this.#byId.delete(id)
    const state = stateOf(file)
    if (state) this.#seen.set(file, state)
    await resolveInServer(this.#runner, dropRequest(file))
    const mod = this.#runner.evaluatedModules.getModuleById(modIdOf(id))
    // A module that has no copy must not keep the old code; one that has keeps what its copy was made of.
    if (mod && !mod.promise) Object.assign(mod, { meta: undefined, map: undefined })
    else if (mod?.meta) this.#dropped.add(mod.meta)
  }

  #sourceOf(meta: FetchResult): Source {
    let source = this.#ofMeta.get(meta)
    if (!source) {
      source = { id: idOfMeta(meta), meta, stamp: readStamp(meta.code) }
      this.#ofMeta.set(meta, source)
    }
    return source
  }
}

function stateOf(file: string): readonly [number, number] | undefined {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat && [stat.mtimeMs, stat.size]
}

function idOfMeta(meta: FetchResult): ModuleId {
  return idOfMod(meta.id)
}

// Vite's id -> ours. As many entries as there are modules.
const ids = new Map<string, ModuleId>()

/** Vite's ids as ours: paths for files, whatever the loader in charge. */
export function idOfMod(id: string): ModuleId {
  let known = ids.get(id)
  if (known === undefined) {
    known = moduleId(normalizeModId(id))
    ids.set(id, known)
  }
  return known
}

/** Ours as Vite's: the runner's graph knows builtins without the prefix, but for those that have no other name. */
export function modIdOf(id: ModuleId): string {
  return id.startsWith('node:') && !PREFIX_ONLY.has(id) ? id.slice('node:'.length) : id
}

const PREFIX_ONLY = new Set(['node:sea', 'node:sqlite', 'node:test', 'node:test/reporters'])
