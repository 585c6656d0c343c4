/** The source that a new copy of a module is made of: the file as it is now, with `vi.mock` calls in force. */
import { type CoreState, isFileId, type ModuleId } from 'fresh-modules/internal'
import { underConditions } from './conditions.ts'
import type { Resolver } from './resolver.ts'
import {
  hasPendingMocks,
  isMocked,
  type ModuleRunner,
  type RunnerModule,
  resolvePendingMocks,
} from './runner-internals.ts'
import type { Source, Sources } from './sources.ts'

export interface CurrentSourcesOptions {
  readonly runner: ModuleRunner
  readonly state: CoreState
  readonly sources: Sources
  readonly resolver: Resolver
}

export class CurrentSources {
  readonly #runner: ModuleRunner
  readonly #state: CoreState
  readonly #sources: Sources
  readonly #resolver: Resolver

  constructor({ runner, state, sources, resolver }: CurrentSourcesOptions) {
    this.#runner = runner
    this.#state = state
    this.#sources = sources
    this.#resolver = resolver
  }

  /** Fetched again if the file has changed. */
  async of(id: ModuleId): Promise<Source> {
    await resolvePendingMocks(this.#runner)
    const url = this.#resolver.urlOf(id)
    const source = this.#sources.known(id)
    if (!source) return this.#sources.fetch(url, undefined)
    if (!this.#sources.isOutdated(source)) return source
    await this.#sources.drop(id)
    return this.#sources.fetch(url, undefined)
  }

  /** The source as it is compiled under more conditions; what Node's loader is to load is not compiled. */
  async under(conditions: readonly string[], id: ModuleId): Promise<Source> {
    const plain = await this.of(id)
    if (conditions.length === 0 || plain.meta.externalize !== undefined || !isFileId(id)) return plain
    const url = underConditions(this.#resolver.urlOf(id), conditions)
    const known = this.#sources.knownByUrl(url)
    const isCurrent = known && !this.#sources.isOutdated(known)
    // Its copy is a copy of the plain module.
    return { ...(isCurrent ? known : await this.#sources.fetch(url, undefined)), id }
  }

  async byUrl(url: string, importer: string | undefined): Promise<Source> {
    await resolvePendingMocks(this.#runner)
    return this.#sources.knownByUrl(url) ?? this.#sources.fetch(url, importer)
  }

  /** The source of a module, if nothing has to be waited for. */
  quiet(id: ModuleId): Source | undefined {
    return this.#isQuiet() ? this.#sources.known(id) : undefined
  }

  quietByUrl(url: string): Source | undefined {
    return this.#isQuiet() ? this.#sources.knownByUrl(url) : undefined
  }

  isOutdated(source: Source): boolean {
    return this.#sources.isOutdated(source)
  }

  /**
   * The registered module of a url as it is written in compiled code, if importing it needs neither the server nor a
   * mock nor a look at pending calls of helpers.
   */
  fetchedMod(url: string): RunnerModule | undefined {
    if (!this.#isQuiet()) return undefined
    const mod = this.#runner.evaluatedModules.getModuleByUrl(url)
    return mod?.meta && !mod.meta.mockedModule && !isMocked(this.#runner, mod) ? mod : undefined
  }

  #isQuiet(): boolean {
    return this.#state.pendingCalls === 0 && !hasPendingMocks(this.#runner)
  }
}
