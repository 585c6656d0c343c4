/**
 * A scope in Jest: an overlay of registries that belongs to its copies. Their `require` and `import()` are built to
 * ask here, so nothing outside ever sees it.
 */
import { pathToFileURL } from 'node:url'
import {
  type Copy,
  fileOf,
  type HostScope,
  type MaybePromise,
  type ModuleId,
  notFoundError,
  type ResolveKind,
  type ScopeRules,
} from 'fresh-modules/internal/core'
import type { JestHost } from '../file/jest-host.ts'
import { idOfFile, queryOf } from '../jest/module-ids.ts'
import {
  type CjsModule,
  createModule,
  type JestObject,
  type JestRequire,
  type LoadSeams,
  type VmModule,
} from '../jest/runtime-internals/detect.ts'
import { inSandbox } from '../jest/sandbox-errors.ts'
import { EsmCopies } from './esm-copies.ts'

export class JestScope implements HostScope {
  readonly host: JestHost
  readonly rules: ScopeRules
  /** Id -> this scope's copy of a CommonJS module. */
  readonly #cjs = new Map<ModuleId, CjsModule>()
  /** File -> the `jest` object of its copies, which requires on their behalf. */
  readonly #jest = new Map<string, JestObject>()
  readonly #esm: EsmCopies

  readonly #kind: ResolveKind

  constructor(host: JestHost, rules: ScopeRules, kind: ResolveKind) {
    this.host = host
    this.rules = rules
    this.#kind = kind
    this.#esm = new EsmCopies(this)
  }

  evaluate(id: ModuleId): MaybePromise<Copy> {
    const { host, rules } = this
    const importer = host.importerFile(rules.caller)
    host.refresh(id)
    const isEsm = host.isEsm(fileOf(id))
    if (this.#kind === 'import' && (isEsm || host.isEsm(importer))) return this.#esm.evaluate(id, importer)
    if (isEsm) throw host.onlyAsync(id)
    if (host.internals.isMockedCjs(importer, fileOf(id))) return host.load(id, importer, 'require')
    const module = this.requireCopy(id, importer, fileOf(id))
    return { id, exports: module.exports, handle: module }
  }

  /** The scope's copy as an `import()` by that file gets it. */
  importTarget(id: ModuleId, importer: string): Promise<VmModule> {
    this.host.refresh(id)
    return this.#esm.evaluated(id, importer)
  }

  /** The scope's copy of a CommonJS module, evaluated if there is none yet; a partial one within a cycle. */
  requireCopy(id: ModuleId, importer: string, specifier: string): CjsModule {
    const { host, rules } = this
    const known = this.#cjs.get(id)
    if (known) return known
    const module = createModule(fileOf(id))
    this.#cjs.set(id, module)
    host.noteHandle(module, id)
    try {
      host.points.beforeEvaluation({ id, importer: idOfFile(importer), kind: 'require', fresh: true })
      const parents = {
        get: (file: string) => this.#cjs.get(idOfFile(file)) ?? host.internals.cjs().get(file),
      }
      host.internals.loadCjs({ module, importer, specifier, parents }, this.#seams(module))
    } catch (error) {
      this.#cjs.delete(id)
      host.forget(id)
      throw error
    }
    rules.onEvaluated({ id, exports: module.exports, handle: module })
    return module
  }

  #seams({ filename }: CjsModule): LoadSeams {
    return {
      require: (original) =>
        likeOriginal(
          original,
          (specifier) => this.#require(filename, specifier, original),
          (specifier, options) => {
            this.refuseBlocked('require', specifier, filename)
            const resolved = original.resolve(specifier, options)
            this.refuseBlocked('require', specifier, filename, this.host.idOfResolved(resolved))
            return resolved
          },
        ),
      jest: () => this.jestObject(filename),
      import: (specifier) => this.#esm.importFrom(filename, specifier),
    }
  }

  /** As the registered copy's, except that it requires for the scope. */
  jestObject(file: string): JestObject {
    const known = this.#jest.get(file)
    if (known) return known
    const original = this.host.internals.jestObject(file)
    const jest = {
      ...original,
      requireActual: (specifier: string) =>
        this.#route(file, specifier, true, () => original.requireActual(specifier)),
    }
    this.#jest.set(file, jest)
    return jest
  }

  #require(importer: string, specifier: string, original: JestRequire): unknown {
    const { host } = this
    const plain = () => original(specifier)
    const target = host.requireTarget(importer, specifier, plain)
    if (target) return target.exports
    if (specifier === '@jest/globals') return { ...(plain() as object), jest: this.jestObject(importer) }
    if (!host.internals.isMockedCjs(importer, specifier))
      return this.#route(importer, specifier, false, plain)
    this.refuseBlocked('require', specifier, importer, host.idOfRequire(specifier, importer, true))
    return plain()
  }

  /** Answers a `require` of a copy: blocked, fresh, or as a plain one. */
  #route(importer: string, specifier: string, isActual: boolean, plain: () => unknown): unknown {
    const { host, rules } = this
    this.refuseBlocked('require', specifier, importer)
    const id = host.idOfRequire(specifier, importer, isActual)
    // The runtime says best what it cannot find.
    if (id === undefined) return plain()
    this.refuseBlocked('require', specifier, importer, id)
    if (host.sync(id, rules.decide(id)) === 'shared') return host.internals.unrecorded(plain)
    if (host.isEsm(fileOf(id))) throw host.onlyAsync(id)
    return this.requireCopy(id, importer, specifier).exports
  }

  /** `import.meta.resolve` of a copy. */
  resolveForMeta(specifier: string, importer: string): string {
    this.refuseBlocked('import', specifier, importer)
    const id = this.host.sync(idOfFile(specifier), this.host.resolve(specifier, importer, 'import'))
    this.refuseBlocked('import', specifier, importer, id)
    return id.startsWith('node:') ? id : pathToFileURL(fileOf(id)).href + queryOf(id)
  }

  refuseBlocked(kind: ResolveKind, specifier: string, importer: string, id?: ModuleId): void {
    const name = this.rules.blockedName({ specifier, id })
    if (name === undefined) return
    throw inSandbox(this.host.realm, notFoundError(kind, specifier, importer))
  }
}

/** A `require` in place of the original, with everything that hangs on it. */
function likeOriginal(
  original: JestRequire,
  require: (specifier: string) => unknown,
  resolve: (specifier: string, options?: object) => string,
): JestRequire {
  Object.assign(resolve, { paths: original.resolve.paths })
  const { length: _, name: __, ...properties } = Object.getOwnPropertyDescriptors(original)
  return Object.defineProperties(require, {
    ...properties,
    resolve: { ...properties.resolve, value: resolve },
  }) as JestRequire
}
