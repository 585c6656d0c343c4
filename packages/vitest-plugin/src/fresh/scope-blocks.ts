/** What a scope hides from its copies, wherever they ask: imports, `import.meta.resolve`, `require`. */
import {
  type BlockRequest,
  fileOf,
  NotFreshError,
  notFoundError,
  type ScopeRules,
} from 'fresh-modules/internal'
import { idOfMod } from '../vitest/sources.ts'

export class ScopeBlocks {
  readonly #rules: ScopeRules

  constructor(rules: ScopeRules) {
    this.#rules = rules
  }

  /** @throws what an import of a package that is not installed throws */
  check(request: BlockRequest, importer: string | undefined): void {
    const name = this.#rules.blockedName(request)
    if (name === undefined) return
    throw notFoundError('import', name, importer ?? this.#rules.caller ?? 'its importer')
  }

  importMeta(meta: ImportMeta, path: string): ImportMeta {
    const { resolve } = meta
    meta.resolve = (specifier: string, parent?: string | URL) => {
      this.check({ specifier }, path)
      const resolved = resolve(specifier, parent)
      this.check({ id: idOfMod(resolved) }, path)
      return resolved
    }
    return meta
  }

  /** The `require` of an inlined copy is Node's: it can hide modules, but not make them fresh. */
  require(require: NodeJS.Require, url: string): NodeJS.Require {
    const importer = fileOf(idOfMod(url))
    const resolve = (specifier: string, options?: { paths?: string[] }) => {
      this.#checkRequire({ specifier }, specifier, importer)
      const resolved = require.resolve(specifier, options)
      this.#checkRequire({ id: idOfMod(resolved) }, specifier, importer)
      return resolved
    }
    const scoped = (specifier: string) => {
      if (this.#rules.decide(idOfMod(resolve(specifier))) === 'fresh') {
        throw new NotFreshError(
          specifier,
          `"${importer}" loads it with require, and what an inlined module requires comes from Node's loader`,
          'Import it instead, or leave it out of the fresh set.',
        )
      }
      return require(specifier) as unknown
    }
    return Object.assign(scoped, require, {
      resolve: Object.assign(resolve, require.resolve),
    }) as NodeJS.Require
  }

  #checkRequire(request: BlockRequest, specifier: string, importer: string): void {
    if (this.#rules.blockedName(request) !== undefined) throw notFoundError('require', specifier, importer)
  }
}
