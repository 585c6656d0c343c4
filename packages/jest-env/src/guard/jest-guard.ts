/** The guard in Jest: asked before each evaluation in the shared world. */
import {
  beforeIsolation,
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
import type { JestHost } from '../file/jest-host.ts'
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

export class JestGuard {
  readonly #installed: Installed
  readonly #host: JestHost
  /** Id -> who asked for it last. Unlike the registry, it survives the resets that the guard has to tell of. */
  readonly #askedBy = new Map<ModuleId, ModuleId>()
  /** The registry over which `isolateModules` has put another one, and how often that was done. */
  #covered: object | undefined
  #isolations = 0
  /** Whether all tests have ended: the runtime drops its registries along with itself. */
  #hasEnded = false

  constructor(host: JestHost, installed: Installed) {
    this.#host = host
    this.#installed = installed
  }

  /** @throws `ERR_DUPLICATE_MODULE`, as an error of the sandbox */
  beforeEvaluation({ id, importer, kind, fresh }: Evaluation, facts: ModuleFacts): void {
    if (fresh || this.#host.isProtected(id)) return
    if (importer !== undefined) this.#askedBy.set(id, importer)
    try {
      guardEvaluation(this.#installed, {
        id,
        facts,
        importedBy: () => (importer === undefined ? [] : this.#chainFrom(importer)),
        loader: 'Jest',
        format: () => (kind === 'import' ? 'esm' : 'cjs'),
        isolation: this.#isIsolated() ? this.#isolations : undefined,
      })
    } catch (error) {
      throw error instanceof FreshModulesError ? inSandbox(this.#host.realm, error) : error
    }
  }

  #chainFrom(importer: ModuleId): ModuleId[] {
    const chain = [importer]
    for (let at = this.#askedBy.get(importer); at && !chain.includes(at); at = this.#askedBy.get(at)) {
      chain.push(at)
    }
    const [end = importer] = chain.slice(-1)
    return fileOf(end) === this.#host.testFile ? chain : [...chain, ...importersChain(this.#installed, end)]
  }

  isolating(): void {
    this.#covered = this.#host.internals.cjs()
    this.#isolations++
    if (this.#isGuarding()) beforeIsolation(this.#installed)
  }

  registryReset(by: RegistryReset): void {
    if (this.#hasEnded) return
    const isGuarding = this.#isGuarding()
    if (by === 'resetModules') {
      this.#covered = undefined
      beforeRawReset(this.#installed)
    }
    if (isGuarding) this.#installed.state.guard.rawReset = new CalledReset(by, new Error())
  }

  /** Where nothing is guarded, nothing can be doubled. */
  #isGuarding(): boolean {
    return this.#installed.state.guard.firstCopies.size > 0
  }

  #isIsolated(): boolean {
    return this.#covered !== undefined && this.#host.internals.cjs() !== this.#covered
  }

  fileEnded(): void {
    this.#hasEnded = true
  }

  /** What the test or file that has just ended must fail with, even if it has caught it. */
  unreported(test?: object): FreshModulesError[] {
    return takeUnreported(this.#installed, test)
  }
}
