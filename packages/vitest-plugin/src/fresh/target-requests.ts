/** Requests that are targets of the function form, `importFresh(() => import('./config'))`. */
import {
  type CoreState,
  type FunctionTargets,
  fileOf,
  functionTargetsFor,
  isFileId,
  isInstalled,
  type ModuleId,
  packageOf,
  runAsync,
} from 'fresh-modules/internal'
import type { CurrentSources } from '../vitest/current-sources.ts'
import type { Resolver } from '../vitest/resolver.ts'
import type { ModuleRunner, RunnerModule } from '../vitest/runner-internals.ts'

export interface TargetRequestsOptions {
  readonly runner: ModuleRunner
  readonly state: CoreState
  readonly current: CurrentSources
  readonly resolver: Resolver
}

/** The scope of a pending call, as far as its targets are concerned. */
interface TargetScope {
  modFor(url: string, importer: string): Promise<RunnerModule>
}

export class TargetRequests {
  readonly #runner: ModuleRunner
  readonly #state: CoreState
  readonly #current: CurrentSources
  readonly #resolver: Resolver

  constructor({ runner, state, current, resolver }: TargetRequestsOptions) {
    this.#runner = runner
    this.#state = state
    this.#current = current
    this.#resolver = resolver
  }

  /** The module of a target, if the request is one. */
  modFor(url: string, importer: string | undefined): Promise<RunnerModule> | undefined {
    if (this.#state.pendingCalls === 0 || importer === undefined) return undefined
    const targets = functionTargetsFor(this.#state, importer)
    return targets && this.#admit(targets, url, importer)
  }

  async #admit(targets: FunctionTargets, url: string, importer: string): Promise<RunnerModule> {
    const { id } = await this.#current.byUrl(url, importer)
    const admission = await runAsync(targets.admit(await this.#specifierOf(id, url, importer), id))
    if (admission === 'fresh') return (targets.scope as unknown as TargetScope).modFor(url, importer)
    const prototype = Object.getPrototypeOf(this.#runner) as ModuleRunner
    return prototype.cachedModule.call(this.#runner, url, importer)
  }

  /** Compiled code shows us urls. A package's entry was imported by the package's name, which has children. */
  async #specifierOf(id: ModuleId, url: string, importer: string): Promise<string> {
    const pkg = isFileId(id) ? packageOf(fileOf(id)) : undefined
    if (!pkg || !isInstalled(fileOf(id))) return url
    try {
      return (await this.#resolver.resolve(pkg.name, importer)) === id ? pkg.name : url
    } catch {
      return url
    }
  }
}
