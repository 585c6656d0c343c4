/** How specifiers resolve in Jest, mocks included, without evaluating anything. */
import { existsSync } from 'node:fs'
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
  readonly #exists: (file: string) => boolean

  constructor(internals: RuntimeInternals, exists: (file: string) => boolean = existsSync) {
    this.#internals = internals
    this.#exists = exists
  }

  isEsm(file: string): boolean {
    return this.#internals.isEsm(file)
  }

  /** Whether an ES importer gets the module from the loader of ES modules. */
  isEsmTarget(id: ModuleId): boolean {
    return fileOf(id).endsWith('.json') || this.isEsm(fileOf(id))
  }

  /** Fails with the runtime's own error. */
  idOf(
    specifier: string,
    importer: string,
    kind: ResolveKind,
    conditions: readonly string[] = [],
  ): MaybePromise<ModuleId> {
    if (this.#internals.isCore(specifier)) return builtinName(specifier) as ModuleId
    const id = this.#asOfNow(() => this.#resolve(specifier, importer, kind, conditions))
    if (isThenable(id)) return id
    const file = fileOf(id as ModuleId)
    if (!path.isAbsolute(file) || this.#exists(file)) return id
    // The resolver remembers what it has found as well. It may have gone, and left its name to another file.
    this.#internals.forgetResolved(file)
    try {
      return this.#resolve(specifier, importer, kind, conditions)
    } catch (error) {
      // What is still registered has its id, as long as nobody wants to evaluate it.
      if (this.#internals.cjs().get(file)) return id
      throw error
    }
  }

  /** The resolver remembers what was missing, which may have been created since. */
  #asOfNow<T>(resolve: () => T): T {
    try {
      return resolve()
    } catch (error) {
      if (!isNotFound(error)) throw error
      this.#internals.forgetMissing()
      return resolve()
    }
  }

  #resolve(
    specifier: string,
    importer: string,
    kind: ResolveKind,
    conditions?: readonly string[],
  ): MaybePromise<ModuleId> {
    const from =
      path.extname(importer) || !importer.endsWith(path.sep) ? importer : path.join(importer, 'index.js')
    if (kind === 'require' || !this.isEsm(from)) {
      const request = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
      return idOfFile(
        this.#internals.rootMock(from, request) ?? this.#internals.resolveCjs(from, request, conditions),
      )
    }
    const { path: request, query } = splitSpecifier(specifier)
    const name = request.startsWith('file:') ? fileURLToPath(request) : request
    const resolved = this.#internals.resolveEsm(from, name, conditions)
    return isThenable(resolved)
      ? (resolved as Promise<string>).then((file) => idOfFile(file, query))
      : idOfFile(resolved as string, query)
  }

  async #asOfNowAsync<T>(resolve: () => MaybePromise<T>): Promise<T> {
    try {
      return await resolve()
    } catch (error) {
      if (!isNotFound(error)) throw error
      this.#internals.forgetMissing()
      return resolve()
    }
  }

  /** Whether a mock answers a `require`. Fails with the runtime's own error where it has to resolve, and cannot. */
  isMockedCjs(importer: string, specifier: string): boolean {
    return this.#asOfNow(() => this.#internals.isMockedCjs(importer, specifier))
  }

  idOfResolved(resolved: string): ModuleId {
    return this.#internals.isCore(resolved) ? (builtinName(resolved) as ModuleId) : moduleId(resolved)
  }

  /** What a `require` resolves to; undefined where there is nothing, or nothing that could be fresh or blocked. */
  idOfRequire(
    specifier: string,
    importer: string,
    isActual: boolean,
    conditions?: readonly string[],
  ): ModuleId | undefined {
    if (this.#internals.isCore(specifier)) return builtinName(specifier) as ModuleId
    try {
      const mock = isActual ? undefined : this.#internals.rootMock(importer, specifier)
      return idOfFile(
        mock ?? this.#asOfNow(() => this.#internals.resolveCjs(importer, specifier, conditions)),
      )
    } catch {
      return undefined
    }
  }

  /** The same for an ES import, whatever the system of its importer; and whether a mock answers it. */
  async idOfImport(
    specifier: string,
    importer: string,
    conditions?: readonly string[],
  ): Promise<ImportTarget> {
    if (specifier === '@jest/globals' || specifier.startsWith('data:'))
      return { id: undefined, isMocked: false }
    const { path: request, query } = splitSpecifier(specifier)
    const name = request.startsWith('file:') ? fileURLToPath(request) : request
    const isMocked = await this.#asOfNowAsync(() => this.#internals.isMockedEsm(importer, name))
    if (this.#internals.isCore(specifier)) return { id: builtinName(specifier) as ModuleId, isMocked }
    const resolve = () => this.#internals.resolveEsm(importer, name, conditions)
    try {
      return { id: idOfFile(await this.#asOfNowAsync(resolve), query), isMocked }
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

function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'MODULE_NOT_FOUND'
}
