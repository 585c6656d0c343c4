/** The guard in Jest: asked before each evaluation in the shared world. */
import {
  beforeRawReset,
  callSite,
  FreshModulesError,
  fileOf,
  guardEvaluation,
  type Installed,
  importersChain,
  type ModuleId,
  noteRawReset,
  takeUnreported,
} from 'fresh-modules/internal'
import type { Evaluation, RegistryReset } from './hook-points.ts'
import type { JestHost } from './jest-host.ts'
import { isFrameworkModule } from './never-touch.ts'
import { inSandbox } from './sandbox-errors.ts'

export class JestGuard {
  readonly #installed: Installed
  readonly #host: JestHost
  /** Id -> who asked for it last. Unlike the registry, it survives the resets that the guard has to tell of. */
  readonly #askedBy = new Map<ModuleId, ModuleId>()

  constructor(host: JestHost, installed: Installed) {
    this.#host = host
    this.#installed = installed
  }

  /** @throws `ERR_DUPLICATE_MODULE`, as an error of the sandbox */
  beforeEvaluation({ id, importer, kind, fresh }: Evaluation): void {
    if (fresh || this.#host.isProtected(id)) return
    if (importer !== undefined) this.#askedBy.set(id, importer)
    try {
      guardEvaluation(this.#installed, {
        id,
        facts: this.#host.facts(id),
        importedBy: () => (importer === undefined ? [] : this.#chainFrom(importer)),
        loader: 'Jest',
        format: () => (kind === 'import' ? 'esm' : 'cjs'),
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

  registryReset(by: RegistryReset): void {
    const at = callSite(
      (file) => isFrameworkModule(file as never) || /[\\/]node_modules[\\/]jest-/.test(file),
    )
    if (by === 'resetModules') beforeRawReset(this.#installed)
    noteRawReset(this.#installed, at ? `jest.${by}()` : 'the option resetModules: true', at)
  }

  /** What the test or file that has just ended must fail with, even if it has caught it. */
  unreported(test?: object): FreshModulesError[] {
    return takeUnreported(this.#installed, test)
  }
}
