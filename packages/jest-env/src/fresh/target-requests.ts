/** Requests that a pending function form of `importFresh` answers: those by the file in which its function is written. */
import {
  type CoreState,
  type FunctionTargets,
  functionTargetsFor,
  type ModuleId,
  runAsync,
  runSync,
} from 'fresh-modules/internal/core'
import type { Resolution } from '../jest/resolution.ts'
import type { RuntimeInternals, VmModule } from '../jest/runtime-internals/detect.ts'
import { atOnce, onlyAsync } from './not-fresh.ts'

/** A scope that can give its copy to an `import()`. */
interface ImportableScope {
  importTarget(id: ModuleId, importer: string): Promise<VmModule>
}

export interface TargetRequestsOptions {
  readonly state: CoreState
  readonly realm: typeof globalThis
  readonly internals: RuntimeInternals
  readonly resolution: Resolution
}

export class TargetRequests {
  readonly #state: CoreState
  readonly #realm: typeof globalThis
  readonly #internals: RuntimeInternals
  readonly #resolution: Resolution

  constructor({ state, realm, internals, resolution }: TargetRequestsOptions) {
    this.#state = state
    this.#realm = realm
    this.#internals = internals
    this.#resolution = resolution
  }

  /** What a `require` by this file gives, if it is a target. `plain` is what it would give otherwise. */
  require(importer: string, specifier: string, plain: () => unknown): { exports: unknown } | undefined {
    const targets = this.#targetsFor(importer)
    if (!targets || specifier === '@jest/globals') return undefined
    if (!this.#internals.isCore(specifier) && this.#internals.isMockedCjs(importer, specifier)) {
      targets.count++
      return { exports: plain() }
    }
    const id = this.#resolution.idOf(specifier, importer, 'require') as ModuleId
    const admission = runSync(targets.admit(specifier, id), () => onlyAsync(this.#realm, id))
    if (admission === 'plain') return { exports: plain() }
    const { exports } = atOnce(this.#realm, id, targets.scope.evaluate(id))
    return { exports }
  }

  /** The same for an `import()`. */
  async import(importer: string, specifier: string): Promise<VmModule | undefined> {
    const targets = this.#targetsFor(importer)
    if (!targets || specifier === '@jest/globals' || specifier.startsWith('data:')) return undefined
    const { id, isMocked } = await this.#resolution.idOfImport(specifier, importer)
    if (isMocked) targets.count++
    if (isMocked || id === undefined || (await runAsync(targets.admit(specifier, id))) === 'plain') {
      return this.#internals.importPlain(importer, specifier)
    }
    return (targets.scope as unknown as ImportableScope).importTarget(id, importer)
  }

  #targetsFor(importer: string): FunctionTargets | undefined {
    if (this.#state.pendingCalls === 0) return undefined
    return functionTargetsFor(this.#state, importer, () => this.#internals.codeOf(importer))
  }
}
