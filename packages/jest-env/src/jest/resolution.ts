/** How specifiers resolve in Jest, mocks included, without evaluating anything. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  builtinName,
  fileOf,
  isThenable,
  type MaybePromise,
  type ModuleId,
  moduleId,
  type ResolveKind,
} from 'fresh-modules/internal/core'
import { idOfFile, splitSpecifier } from './module-ids.ts'
import type { RuntimeInternals } from './runtime-internals/detect.ts'

/** What an ES import resolves to; no id where only a mock answers it, or nothing that could be fresh. */
export interface ImportTarget {
  readonly id: ModuleId | undefined
  readonly isMocked: boolean
}

export class Resolution {
  readonly #internals: RuntimeInternals

  constructor(internals: RuntimeInternals) {
    this.#internals = internals
  }

  isEsm(file: string): boolean {
    return this.#internals.isEsm(file)
  }

  /** Whether an ES importer gets the module from the loader of ES modules. */
  isEsmTarget(id: ModuleId): boolean {
    return fileOf(id).endsWith('.json') || this.isEsm(fileOf(id))
  }

  /** Fails with the runtime's own error. */
  idOf(specifier: string, importer: string, kind: ResolveKind): MaybePromise<ModuleId> {
    if (this.#internals.isCore(specifier)) return builtinName(specifier) as ModuleId
    try {
      return this.#resolve(specifier, importer, kind)
    } catch (error) {
      // The resolver remembers what was missing; it may have been created since.
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error
      this.#internals.forgetMissing()
      return this.#resolve(specifier, importer, kind)
    }
  }

  #resolve(specifier: string, importer: string, kind: ResolveKind): MaybePromise<ModuleId> {
    const from =
      path.extname(importer) || !importer.endsWith(path.sep) ? importer : path.join(importer, 'index.js')
    if (kind === 'require' || !this.isEsm(from)) {
      const request = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
      return idOfFile(this.#internals.rootMock(from, request) ?? this.#internals.resolveCjs(from, request))
    }
    const { path: request, query } = splitSpecifier(specifier)
    const name = request.startsWith('file:') ? fileURLToPath(request) : request
    const resolved = this.#internals.resolveEsm(from, name)
    return isThenable(resolved)
      ? (resolved as Promise<string>).then((file) => idOfFile(file, query))
      : idOfFile(resolved as string, query)
  }

  idOfResolved(resolved: string): ModuleId {
    return this.#internals.isCore(resolved) ? (builtinName(resolved) as ModuleId) : moduleId(resolved)
  }

  /** What a `require` resolves to; undefined where there is nothing, or nothing that could be fresh or blocked. */
  idOfRequire(specifier: string, importer: string, isActual: boolean): ModuleId | undefined {
    if (this.#internals.isCore(specifier)) return builtinName(specifier) as ModuleId
    try {
      const mock = isActual ? undefined : this.#internals.rootMock(importer, specifier)
      return idOfFile(mock ?? this.#internals.resolveCjs(importer, specifier))
    } catch {
      return undefined
    }
  }

  /** The same for an ES import, whatever the system of its importer; and whether a mock answers it. */
  async idOfImport(specifier: string, importer: string): Promise<ImportTarget> {
    if (specifier === '@jest/globals' || specifier.startsWith('data:'))
      return { id: undefined, isMocked: false }
    const { path: request, query } = splitSpecifier(specifier)
    const name = request.startsWith('file:') ? fileURLToPath(request) : request
    const isMocked = await this.#internals.isMockedEsm(importer, name)
    if (this.#internals.isCore(specifier)) return { id: builtinName(specifier) as ModuleId, isMocked }
    try {
      return { id: idOfFile(await this.#internals.resolveEsm(importer, name), query), isMocked }
    } catch (error) {
      // A mock may replace what does not exist.
      if (isMocked) return { id: undefined, isMocked }
      throw error
    }
  }

  /** The registered module that a request leads to; null where it leads to a mock, a builtin or nowhere. */
  idOfEdge(specifier: string, importer: string, kind: ResolveKind): ModuleId | null {
    if (this.#internals.isCore(specifier) || specifier === '@jest/globals') return null
    try {
      if (kind === 'require' && this.#internals.isMockedCjs(importer, specifier)) return null
      const id = this.#resolve(specifier, importer, kind)
      return isThenable(id) ? null : (id as ModuleId)
    } catch {
      return null
    }
  }
}
