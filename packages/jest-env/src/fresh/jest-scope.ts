/**
 * A scope in Jest: an overlay of registries that belongs to its copies. Their `require` and `import()` are built to
 * ask here, so nothing outside ever sees it.
 */
import { pathToFileURL } from 'node:url'
import {
  type Copy,
  fileOf,
  type HostScope,
  isFileId,
  type MaybePromise,
  type ModuleId,
  notFoundError,
  type ResolveKind,
  type ScopeRules,
} from 'fresh-modules/internal/core'
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
import { EsmCopies, type EsmCopiesOptions } from './esm-copies.ts'
import { atOnce, notFoundInstead, onlyAsync } from './not-fresh.ts'

/** What scopes are made of, except their rules: the same for all scopes of a file. */
export interface ScopeOptions extends EsmCopiesOptions {
  readonly testFile: string
}

export class JestScope implements HostScope {
  readonly #given: ScopeOptions
  readonly rules: ScopeRules
  /** Id -> this scope's copy of a CommonJS module. */
  readonly #cjs = new Map<ModuleId, CjsModule>()
  /** File -> the `jest` object of its copies, which requires on their behalf. */
  readonly #jest = new Map<string, JestObject>()
  readonly #esm: EsmCopies

  readonly #kind: ResolveKind

  constructor(given: ScopeOptions, rules: ScopeRules, kind: ResolveKind) {
    this.#given = given
    this.rules = rules
    this.#kind = kind
    this.#esm = new EsmCopies(given, this)
  }

  evaluate(id: ModuleId): MaybePromise<Copy> {
    const { internals, resolution, files, realm, testFile, load } = this.#given
    const { caller } = this.rules
    const importer = caller === undefined ? testFile : fileOf(caller)
    files.refresh(id)
    const isEsm = resolution.isEsm(fileOf(id))
    if (this.#kind === 'import' && (isEsm || resolution.isEsm(importer)))
      return this.#esm.evaluate(id, importer)
    if (isEsm) throw onlyAsync(realm, id)
    if (internals.isMockedCjs(importer, fileOf(id))) return load(id, importer, 'require')
    const module = this.requireCopy(id, importer, fileOf(id))
    return { id, exports: module.exports, handle: module }
  }

  /** The scope's copy as an `import()` by that file gets it. */
  importTarget(id: ModuleId, importer: string): Promise<VmModule> {
    this.#given.files.refresh(id)
    return this.#esm.evaluated(id, importer)
  }

  /** The scope's copy of a CommonJS module, evaluated if there is none yet; a partial one within a cycle. */
  requireCopy(id: ModuleId, importer: string, specifier: string): CjsModule {
    const { internals, files, handles, beforeEvaluation } = this.#given
    const known = this.#cjs.get(id)
    if (known) return known
    const module = createModule(fileOf(id))
    this.#cjs.set(id, module)
    handles.note(module, id)
    try {
      beforeEvaluation({ id, importer: idOfFile(importer), kind: 'require', fresh: true })
      const parents = {
        get: (file: string) => this.#cjs.get(idOfFile(file)) ?? internals.cjs().get(file),
      }
      internals.loadCjs({ module, importer, specifier, parents }, this.#seams(module))
    } catch (error) {
      this.#cjs.delete(id)
      files.forget(id)
      throw notFoundInstead(this.#given.realm, error, { kind: 'require', id, importer })
    }
    this.rules.onEvaluated({ id, exports: module.exports, handle: module })
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
            const resolved = this.#resolved(filename, specifier) ?? original.resolve(specifier, options)
            this.refuseBlocked('require', specifier, filename, this.#given.resolution.idOfResolved(resolved))
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
    const original = this.#given.internals.jestObject(file)
    const jest = {
      ...original,
      requireActual: (specifier: string) =>
        this.#route(file, specifier, true, () => original.requireActual(specifier)),
    }
    this.#jest.set(file, jest)
    return jest
  }

  #require(importer: string, specifier: string, original: JestRequire): unknown {
    const { resolution, targets } = this.#given
    const plain = () => original(specifier)
    const target = targets.require(importer, specifier, plain)
    if (target) return target.exports
    if (specifier === '@jest/globals') return { ...(plain() as object), jest: this.jestObject(importer) }
    if (!resolution.isMockedCjs(importer, specifier)) return this.#route(importer, specifier, false, plain)
    this.refuseBlocked('require', specifier, importer, resolution.idOfRequire(specifier, importer, true))
    return plain()
  }

  /** Answers a `require` of a copy: blocked, fresh, or as a plain one. */
  #route(importer: string, specifier: string, isActual: boolean, plain: () => unknown): unknown {
    const { internals, resolution, realm } = this.#given
    this.refuseBlocked('require', specifier, importer)
    const { conditions } = this.rules
    const id = resolution.idOfRequire(specifier, importer, isActual, conditions)
    // The runtime says best what it cannot find.
    if (id === undefined) return plain()
    this.refuseBlocked('require', specifier, importer, id)
    if (atOnce(realm, id, this.rules.decide(id)) === 'shared') {
      const isChosen = conditions.length > 0 && isFileId(id)
      return internals.unrecorded(isChosen ? () => internals.requirePlain(importer, fileOf(id)) : plain)
    }
    if (resolution.isEsm(fileOf(id))) throw onlyAsync(realm, id)
    return this.requireCopy(id, importer, specifier).exports
  }

  /** What a `require.resolve` of a copy gives under the scope's conditions; undefined where it has none. */
  #resolved(importer: string, specifier: string): string | undefined {
    const { conditions } = this.rules
    if (conditions.length === 0) return undefined
    const id = this.#given.resolution.idOfRequire(specifier, importer, true, conditions)
    return id !== undefined && isFileId(id) ? fileOf(id) : undefined
  }

  /** `import.meta.resolve` of a copy. */
  resolveForMeta(specifier: string, importer: string): string {
    const { resolution, realm } = this.#given
    this.refuseBlocked('import', specifier, importer)
    const id = atOnce(
      realm,
      idOfFile(specifier),
      resolution.idOf(specifier, importer, 'import', this.rules.conditions),
    )
    this.refuseBlocked('import', specifier, importer, id)
    return id.startsWith('node:') ? id : pathToFileURL(fileOf(id)).href + queryOf(id)
  }

  refuseBlocked(kind: ResolveKind, specifier: string, importer: string, id?: ModuleId): void {
    const name = this.rules.blockedName({ specifier, id })
    if (name === undefined) return
    throw inSandbox(this.#given.realm, notFoundError(kind, specifier, importer))
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
