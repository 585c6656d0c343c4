/** A scope in Node's own loaders: CommonJS copies are ours, ES module copies are the loader's under marked URLs. */

import { NotFreshError, notFoundError } from '../host/errors.ts'
import { isOrdinaryObject } from '../host/exports-replacement.ts'
import { noteFormerCopy } from '../host/lifecycle.ts'
import type { BlockRequest, Copy, ResolveKind, ScopeRules } from '../host/module-host.ts'
import { fileOf, isBuiltinId, type ModuleId } from '../host/module-id.ts'
import type { MaybePromise } from '../host/steps.ts'
import { OWN_FILE } from '../own-file.ts'
import { noteBlockedError } from './blocked-errors.ts'
import { CommonJsCopies } from './cjs/copies.ts'
import { bindingsOf, exportNames, namespaceLike } from './cjs/names.ts'
import { isMocked } from './esm/resolve-import.ts'
import { type Mark, marked, urlOfId } from './esm/urls.ts'
import { formatOf } from './format.ts'
import { foundSince, type KnownFile, lookCount } from './known-files.ts'
import { asRequired, type CommonJsModule, cachedModule, namespaceAt, newModule } from './node-internals.ts'
import type { FreshScope, ScopeHost } from './world.ts'

interface EsmCopy {
  readonly id: ModuleId
  readonly url: string
  /** What it asked for that is fresh too, in order. */
  readonly imports: ModuleId[]
  isReported: boolean
}

export class NodeScope implements FreshScope {
  readonly host: ScopeHost
  readonly rules: ScopeRules
  readonly #kind: ResolveKind
  readonly mark: Mark
  readonly #commonJs: CommonJsCopies
  /** Id -> its copy by the ES module loader, from when its text is loaded; a copy that failed is not kept. */
  readonly #esm = new Map<ModuleId, EsmCopy>()
  /** Id -> how often it failed: the loader keeps failures by URL. */
  readonly #failures = new Map<ModuleId, number>()
  /** Evaluations of ES modules that are under way. */
  #pending = 0
  #asksLater = false

  readonly #openedAt = lookCount()

  constructor(host: ScopeHost, rules: ScopeRules, kind: ResolveKind) {
    this.host = host
    this.rules = rules
    this.#kind = kind
    this.mark = `s${host.world.nextNumber()}`
    this.#commonJs = new CommonJsCopies(this)
  }

  evaluate(id: ModuleId): MaybePromise<Copy> {
    if (isMocked(this.host.world, id)) return this.host.load(id, this.rules.caller ?? OWN_FILE, this.#kind)
    const isEsm = this.#isEsm(id)
    if (isEsm && this.#kind === 'import') return this.#import(id)
    const parent = this.rules.caller === undefined ? undefined : callerModule(this.rules.caller)
    if (this.#kind === 'require') {
      if (isEsm) return { id, exports: this.#requireEsm(id), handle: undefined }
      // The flags of the target have been looked up just now, and its file with them.
      const copy = this.#commonJs.evaluate(id, parent, foundSince(this.#openedAt, fileOf(id)))
      return { id, exports: copy.exports, handle: copy }
    }
    const module = this.#commonJs.evaluate(id, parent)
    return { id, exports: this.#namespaceOf(id, module), handle: module }
  }

  assertNotBlocked(kind: ResolveKind, request: BlockRequest, importer: () => string): void {
    const name = this.rules.blockedName(request)
    if (name === undefined) return
    const error = notFoundError(kind, request.specifier ?? name, importer())
    noteBlockedError(error)
    throw error
  }

  needsAsync(target: string): NotFreshError {
    return new NotFreshError(
      target,
      `${this.host.label} loads it asynchronously here`,
      'Use await importFresh(...), which gives the same copy.',
    )
  }

  /** What `require` of a member gives: this scope's copy, evaluated if there is none yet. */
  require(id: ModuleId, parent: CommonJsModule | undefined, known?: KnownFile): unknown {
    if (known?.body === undefined && this.#isEsm(id)) return this.#requireEsm(id)
    return this.#commonJs.evaluate(id, parent, known).exports
  }

  /** The CommonJS copy, for its facade. */
  copyOf(id: ModuleId): CommonJsModule {
    return this.#commonJs.evaluate(id, undefined)
  }

  createRequire(file: string): NodeJS.Require {
    return this.#commonJs.createRequire(file)
  }

  /** Keeps the scope findable by its mark, because a copy of it may call `import()` later. */
  keep(): void {
    this.#asksLater = true
    this.host.world.scopes.set(this.mark, this)
  }

  /** Lets a framework import this scope's copy by its own way, under the URL that gives it. */
  async importBy<T>(id: ModuleId, load: (url: string) => Promise<T>): Promise<T> {
    this.#begin()
    try {
      return await load(this.urlOf(id))
    } finally {
      this.#end()
    }
  }

  urlOf(id: ModuleId): string {
    const failures = this.#failures.get(id)
    const url = urlOfId(id)
    // Told apart by the hash, so that the mark stays what it is.
    return marked(failures === undefined ? url : `${url}#${failures}`, this.mark)
  }

  /** A member is asked for. If nobody waits for it here, it is a late import, which will have to be reported. */
  requested(importer: ModuleId, id: ModuleId): void {
    this.#esm.get(importer)?.imports.push(id)
    this.host.world.scopes.set(this.mark, this)
    if (this.#pending > 0) return
    this.#pending++
    queueMicrotask(() => this.#settle(id))
  }

  /** @param asksLater whether it can ask for more after it has been evaluated */
  loading(id: ModuleId, url: string, asksLater: boolean): void {
    if (!this.#isEsm(id)) return
    this.host.lock?.(id)
    this.#esm.set(id, { id, url, imports: [], isReported: false })
    this.host.noteEsmCopy()
    this.#asksLater ||= asksLater
  }

  #isEsm(id: ModuleId): boolean {
    const format = formatOf(id)
    return format === 'module' || format === 'wasm'
  }

  async #import(id: ModuleId): Promise<Copy> {
    this.#begin()
    try {
      const exports: unknown = await import(/* @vite-ignore */ this.urlOf(id))
      return await this.#report(id, exports)
    } catch (error) {
      this.#fail()
      throw error
    } finally {
      this.#end()
    }
  }

  async #settle(id: ModuleId): Promise<void> {
    try {
      await this.#report(id, await import(/* @vite-ignore */ this.urlOf(id)))
    } catch {
      // Whoever imported it gets the error.
      this.#fail()
    } finally {
      this.#end()
    }
  }

  #requireEsm(id: ModuleId): unknown {
    this.#begin()
    try {
      const url = this.urlOf(id)
      const namespace = namespaceAt(url)
      this.#reportSync(id, namespace)
      return asRequired(namespace, url)
    } catch (error) {
      this.#fail()
      throw error
    } finally {
      this.#end()
    }
  }

  #begin(): void {
    this.host.world.useHooks()
    this.#pending++
    this.host.world.scopes.set(this.mark, this)
  }

  #end(): void {
    if (--this.#pending === 0 && !this.#asksLater) this.host.world.scopes.delete(this.mark)
  }

  /** A failed URL fails for ever. Everything that was loaded with it and has not finished is loaded again as well. */
  #fail(): void {
    for (const { id, isReported } of this.#esm.values()) {
      if (isReported) continue
      this.#failures.set(id, (this.#failures.get(id) ?? 0) + 1)
      this.#esm.delete(id)
    }
  }

  /** Reports the copy and, before it, those that it imports: in the order of their evaluation. */
  async #report(id: ModuleId, exports: unknown): Promise<Copy> {
    const copies = this.#unreported(id)
    for (const copy of copies) copy.isReported = true
    // Wrapped, since a namespace may export a `then`.
    const namespaces = await Promise.allSettled(
      copies.map(async (copy) => ({
        own: copy.id === id ? exports : ((await import(/* @vite-ignore */ copy.url)) as unknown),
      })),
    )
    namespaces.forEach((settled, index) => {
      if (settled.status === 'fulfilled') this.#reportOne(copies[index] as EsmCopy, settled.value.own)
    })
    return this.#esm.get(id) ? this.#copy(id, exports) : { id, exports, handle: undefined }
  }

  /** The same for `require`, whose caller may ask about the copy at once. */
  #reportSync(id: ModuleId, exports: unknown): void {
    for (const copy of this.#unreported(id)) {
      copy.isReported = true
      this.#reportOne(copy, copy.id === id ? exports : namespaceAt(copy.url))
    }
  }

  #copy(id: ModuleId, exports: unknown): Copy {
    const { handles } = this.host.world
    const url = this.#esm.get(id)?.url ?? ''
    return { id, exports, handle: handles.get(url) }
  }

  #reportOne({ id, url }: EsmCopy, exports: unknown): void {
    const copy = this.#copy(id, exports)
    this.host.remember(copy)
    this.rules.onEvaluated(copy)
    if (copy.handle === undefined) this.host.world.handles.delete(url)
  }

  /** Imported before importer, each once. */
  #unreported(id: ModuleId, found: EsmCopy[] = [], visited = new Set<ModuleId>()): EsmCopy[] {
    const copy = this.#esm.get(id)
    if (!copy || visited.has(id)) return found
    visited.add(id)
    for (const imported of copy.imports) this.#unreported(imported, found, visited)
    if (!copy.isReported) found.push(copy)
    return found
  }

  /** CommonJS copy -> the namespace that imports of it get. */
  #namespaces: WeakMap<CommonJsModule, object> | undefined

  #namespaceOf(id: ModuleId, module: CommonJsModule): unknown {
    if (isForCompiledCaller(module.exports, this.rules.caller)) return module.exports
    const known = this.#namespaces?.get(module)
    if (known) return known
    const names = exportNames(module, this.#commonJs.textOf(id))
    const namespace = namespaceLike(bindingsOf(module.exports, names))
    this.#namespaces ??= new WeakMap()
    this.#namespaces.set(module, namespace)
    noteFormerCopy(this.host.state, { id, exports: namespace, handle: module }, true)
    return namespace
  }
}

/** An `import()` that is compiled to CommonJS, and so a `require`, gives what was compiled so as well as it is. */
export function isForCompiledCaller(exports: unknown, caller: string | undefined): boolean {
  if (caller === undefined || formatOf(caller as ModuleId) !== 'commonjs') return false
  return isOrdinaryObject(exports) && '__esModule' in exports
}

/** What `module.parent` of a target is: the module that asked. One that is no CommonJS module has none, so we make one. */
function callerModule(caller: ModuleId): CommonJsModule | undefined {
  if (isBuiltinId(caller)) return undefined
  const file = fileOf(caller)
  return cachedModule(file) ?? newModule(file)
}
