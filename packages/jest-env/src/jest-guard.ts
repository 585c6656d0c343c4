/** The guard in Jest: asked before each evaluation in the shared world. */
import {
  beforeRawReset,
  callSite,
  FreshModulesError,
  guardEvaluation,
  type Installed,
  importersChain,
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

  constructor(host: JestHost, installed: Installed) {
    this.#host = host
    this.#installed = installed
  }

  /** @throws `ERR_DUPLICATE_MODULE`, as an error of the sandbox */
  beforeEvaluation({ id, importer, kind, fresh }: Evaluation): void {
    if (fresh || this.#host.isProtected(id)) return
    try {
      guardEvaluation(this.#installed, {
        id,
        facts: this.#host.facts(id),
        importedBy: () =>
          importer === undefined ? [] : [importer, ...importersChain(this.#installed, importer)],
        loader: 'Jest',
        format: () => (kind === 'import' ? 'esm' : 'cjs'),
      })
    } catch (error) {
      throw error instanceof FreshModulesError ? inSandbox(this.#host.realm, error) : error
    }
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
