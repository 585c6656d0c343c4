/** The guard in Jest: asked before each evaluation in the shared world. */
import {
  beforeRawReset,
  callSite,
  FreshModulesError,
  fileOf,
  type GuardState,
  guardEvaluation,
  type Installed,
  importersChain,
  type ModuleFacts,
  type ModuleId,
  takeUnreported,
} from 'fresh-modules/internal/core'
import type { Evaluation, RegistryReset } from '../jest/hook-points.ts'
import { isFrameworkModule } from '../jest/never-touch.ts'
import { inSandbox } from '../jest/sandbox-errors.ts'

/** A reset, with its place in the source worked out when a message is to name it. */
class CalledReset implements NonNullable<GuardState['rawReset']> {
  readonly #by: RegistryReset
  readonly #place: Error

  constructor(by: RegistryReset, place: Error) {
    this.#by = by
    this.#place = place
  }

  get at(): string | undefined {
    const isFrameworks = (file: string) =>
      isFrameworkModule(file as ModuleId) || /[\\/]node_modules[\\/]jest-/.test(file)
    return callSite(isFrameworks, this.#place)
  }

  get what(): string {
    return this.at ? `jest.${this.#by}()` : 'the option resetModules: true'
  }
}

export interface JestGuardOptions {
  readonly realm: typeof globalThis
  readonly testFile: string
}

export class JestGuard {
  readonly #installed: Installed
  readonly #realm: typeof globalThis
  readonly #testFile: string
  /** Id -> who asked for it last. Unlike the registry, it survives the resets that the guard has to tell of. */
  readonly #askedBy = new Map<ModuleId, ModuleId>()

  constructor(installed: Installed, { realm, testFile }: JestGuardOptions) {
    this.#installed = installed
    this.#realm = realm
    this.#testFile = testFile
  }

  /** @throws `ERR_DUPLICATE_MODULE`, as an error of the sandbox */
  beforeEvaluation({ id, importer, kind, fresh }: Evaluation, facts: ModuleFacts): void {
    if (fresh || this.#installed.host.isProtected(id)) return
    if (importer !== undefined) this.#askedBy.set(id, importer)
    try {
      guardEvaluation(this.#installed, {
        id,
        facts,
        importedBy: () => (importer === undefined ? [] : this.#chainFrom(importer)),
        loader: 'Jest',
        format: () => (kind === 'import' ? 'esm' : 'cjs'),
      })
    } catch (error) {
      throw error instanceof FreshModulesError ? inSandbox(this.#realm, error) : error
    }
  }

  #chainFrom(importer: ModuleId): ModuleId[] {
    const chain = [importer]
    for (let at = this.#askedBy.get(importer); at && !chain.includes(at); at = this.#askedBy.get(at)) {
      chain.push(at)
    }
    const [end = importer] = chain.slice(-1)
    return fileOf(end) === this.#testFile ? chain : [...chain, ...importersChain(this.#installed, end)]
  }

  registryReset(by: RegistryReset): void {
    const { guard } = this.#installed.state
    // Every file ends in a reset. Where nothing is guarded, nothing can be doubled by it.
    if (guard.firstCopies.size === 0) return
    if (by === 'resetModules') beforeRawReset(this.#installed)
    guard.rawReset = new CalledReset(by, new Error())
  }

  /** What the test or file that has just ended must fail with, even if it has caught it. */
  unreported(test?: object): FreshModulesError[] {
    return takeUnreported(this.#installed, test)
  }
}
