/**
 * A scope in Vite's module runner. Whoever evaluates its copies, we or Vite's own code by way of a runner that inherits
 * from the real one, imports of a copy come back to the scope: they stay in it for good.
 */
import {
  type Copy,
  currentCall,
  fileOf,
  type HostScope,
  type ModuleId,
  type NodeHost,
  noteFormerCopy,
  type PendingCall,
  type ScopeRules,
} from 'fresh-modules/internal'
import type { Linker } from '../engine/engine.ts'
import { plainExports } from '../engine/live-exports.ts'
import { newNamespace } from '../engine/namespace.ts'
import { DelegatedScope, isExternal } from '../vitest/node-delegate.ts'
import { DYNAMIC, resolveRelative } from '../vitest/request-urls.ts'
import {
  looseMod,
  type ModuleEvaluator,
  type ModuleRunner,
  type RequestMetadata,
  type RunnerModule,
} from '../vitest/runner-internals.ts'
import { idOfMod, type Source } from '../vitest/sources.ts'
import type { VitestHost } from '../worker/vitest-host.ts'
import { ScopeBlocks } from './scope-blocks.ts'
import { targetMod } from './target-requests.ts'

/** A scope's module knows it: that is how a request that is made in the shared world finds its way into one. */
interface FreshModule extends RunnerModule {
  readonly scope: VitestScope
}

export function scopeOf(mod: RunnerModule | FreshModule): VitestScope | undefined {
  return 'scope' in mod ? mod.scope : undefined
}

export class VitestScope implements HostScope, Linker {
  readonly #host: VitestHost
  readonly #rules: ScopeRules
  /** Id -> this scope's copy, from the moment in which its evaluation is asked for until it fails, if it does. */
  readonly #mods = new Map<ModuleId, RunnerModule>()
  /** Copy -> the call that was pending when its evaluation began. */
  readonly #madeIn = new WeakMap<RunnerModule, PendingCall>()
  readonly #blocks: ScopeBlocks
  /** Made for the first copy that Vitest's evaluator has to evaluate. */
  #derived: ModuleRunner | undefined
  /** Made for the first copy that Node's loader has to evaluate. */
  #delegated: DelegatedScope | undefined

  constructor(host: VitestHost, rules: ScopeRules) {
    this.#host = host
    this.#rules = rules
    this.#blocks = new ScopeBlocks(rules)
  }

  async evaluate(id: ModuleId): Promise<Copy> {
    const source = this.#host.quietSource(id) ?? (await this.#host.sourceOf(id))
    const mod = this.#freshMod(source)
    const exports = await this.#import(source.meta.url, mod, this.#host.mockCallstack())
    return { id, exports, handle: this.#host.registry.handleOf(mod) }
  }

  /** A static import of one of this scope's copies that we evaluate. */
  request(url: string, mod: RunnerModule, chain: string[], metadata?: RequestMetadata): unknown {
    this.#blocks.check({ specifier: url }, mod.id)
    const source = this.#host.quietSourceByUrl(url)
    if (!source) return this.#requestUnknown(url, mod, chain, metadata)
    this.#blocks.check({ id: source.id }, mod.id)
    const decision = this.#rules.decide(source.id)
    if (decision === 'fresh') {
      // What has changed since is fetched again.
      if (!this.#mods.has(source.id) && this.#host.sources.isOutdated(source)) {
        return this.#requestUnknown(url, mod, chain, metadata)
      }
      const target = this.#freshMod(source)
      mod.imports.add(target.id)
      return target.evaluated ? target.exports : this.#import(url, target, chain, metadata)
    }
    const shared = decision === 'shared' ? this.#host.fetchedMod(url) : undefined
    if (!shared?.evaluated || this.#host.registry.failed.has(shared)) {
      return this.#requestUnknown(url, mod, chain, metadata)
    }
    mod.imports.add(shared.id)
    return shared.exports
  }

  async requestDynamic(url: string, mod: RunnerModule, chain: string[]): Promise<unknown> {
    return this.#requestUnknown(resolveRelative(url, mod), mod, chain, DYNAMIC)
  }

  importMeta(meta: ImportMeta, path: string): ImportMeta {
    return this.#blocks.importMeta(meta, path)
  }

  /** Vite's own way, which applies mocks and asks the server. */
  async #requestUnknown(
    url: string,
    mod: RunnerModule,
    chain: string[],
    metadata: RequestMetadata | undefined,
  ): Promise<unknown> {
    const target = await this.#runner.cachedModule(url, mod.meta?.file || mod.id)
    mod.imports.add(target.id)
    return this.#runner.cachedRequest(url, target, chain, metadata)
  }

  /** A fresh node's exports: by us, unless a mock stands in its place. */
  #import(url: string, mod: RunnerModule, chain: string[], metadata?: RequestMetadata): Promise<unknown> {
    return this.#host.isMocked(mod)
      ? this.#runner.cachedRequest(url, mod, chain, metadata)
      : this.#evaluateOnce(url, mod, chain)
  }

  get #runner(): ModuleRunner {
    this.#derived ??= this.#deriveRunner()
    return this.#derived
  }

  /** The module that a request of a member gets; also for targets of the function form. */
  async modFor(url: string, importer: string | undefined): Promise<RunnerModule> {
    this.#blocks.check({ specifier: url }, importer)
    const source = await this.#host.sourceByUrl(url, importer)
    this.#blocks.check({ id: source.id }, importer)
    if (source.meta.mockedModule) return this.#shared(url, importer)
    const decision = await this.#rules.decide(source.id)
    if (decision === 'shared') return this.#shared(url, importer)
    // As the file is by now: it may have changed since it was fetched.
    return this.#freshMod(await this.#host.sourceOf(source.id))
  }

  /** A request for one of this scope's modules that comes from the shared world. */
  requestFromOutside(
    url: string,
    mod: RunnerModule,
    metadata: RequestMetadata | undefined,
    ignoreMock?: boolean,
  ): Promise<unknown> {
    return this.#runner.cachedRequest(url, mod, this.#host.mockCallstack(), metadata, ignoreMock)
  }

  /** Whether a copy of this scope is being evaluated. */
  isEvaluating(id: ModuleId): boolean {
    const mod = this.#mods.get(id)
    return mod?.promise !== undefined && !mod.evaluated
  }

  get caller(): ModuleId | undefined {
    return this.#rules.caller
  }

  #deriveRunner(): ModuleRunner {
    const base = this.#host.runner
    const runner = Object.create(base) as ModuleRunner
    const prototype = Object.getPrototypeOf(base) as ModuleRunner
    runner.cachedModule = (url, importer) => {
      const target = this.#isOwnImport(importer) ? undefined : targetMod(this.#host, url, importer)
      return target ?? this.modFor(url, importer)
    }
    // Not the registry's own wrappers of these two, which watch registered evaluations.
    runner.cachedRequest = prototype.cachedRequest
    runner.directRequest = prototype.directRequest
    runner._cachedRequest = (url, mod, callstack = [], metadata) => {
      const scope = scopeOf(mod)
      if (scope === this) return this.#evaluateOnce(url, mod, callstack)
      // A target of the function form that a copy of ours has called.
      if (scope) return scope.requestFromOutside(url, mod, metadata)
      return this.#requestShared(url, mod, callstack, metadata)
    }
    runner.evaluator = this.#deriveEvaluator(base.evaluator)
    const { createImportMeta } = base.options
    if (createImportMeta) {
      runner.options = {
        ...base.options,
        createImportMeta: async (path) => this.#blocks.importMeta(await createImportMeta(path), path),
      }
    }
    return runner
  }

  /**
   * In a copy of the very file in which the function of a pending call stands, imports are the copy's own: it was made
   * within that call.
   */
  #isOwnImport(importer: string | undefined): boolean {
    const copy = importer === undefined ? undefined : this.#mods.get(idOfMod(importer))
    return copy !== undefined && this.#madeIn.get(copy) === currentCall(this.#host.state)
  }

  /** The copy's `require` is Node's: it can hide modules, but not make them fresh. */
  #deriveEvaluator(base: ModuleEvaluator): ModuleEvaluator {
    const evaluator = Object.create(base) as ModuleEvaluator
    evaluator.createRequire = (url) => this.#blocks.require(base.createRequire(url), url)
    // The mark in the URL of a copy that Node has made does not change what kind of file it is.
    evaluator.shouldInterop = (path, namespace) => base.shouldInterop(fileOf(path as ModuleId), namespace)
    // A fresh copy of the test file is not the test file: `import.meta.vitest` is undefined in it.
    evaluator.options = Object.create(base.options, {
      getCurrentTestFilepath: { value: () => undefined },
    }) as ModuleEvaluator['options']
    return evaluator
  }

  #freshMod(source: Source): RunnerModule {
    let mod = this.#mods.get(source.id)
    if (!mod) {
      mod = Object.assign(looseMod(source.id, source.meta), { scope: this }) satisfies FreshModule
      this.#mods.set(source.id, mod)
    }
    return mod
  }

  /**
   * The registered module as this scope's members see it: Vite notes each importer on the module it gets, and a copy
   * that is not registered must not stand among the registered importers.
   */
  async #shared(url: string, importer: string | undefined): Promise<RunnerModule> {
    const { runner } = this.#host
    // Whether the request is a target has been asked before.
    const mod = await (Object.getPrototypeOf(runner) as ModuleRunner).cachedModule.call(runner, url, importer)
    return Object.create(mod, { importers: { value: new Set() } }) as RunnerModule
  }

  async #requestShared(
    url: string,
    link: RunnerModule,
    callstack: string[],
    metadata: RequestMetadata | undefined,
  ): Promise<unknown> {
    const { runner } = this.#host
    const mod = runner.evaluatedModules.getModuleById(link.id) ?? link
    const chain = this.#host.activeScopes.callersOf(this)
    // Vite adds the last of the chain to the importers, which is right only for a module that is loaded by this.
    const importer = mod.promise ? '' : (callstack.at(-1) ?? '')
    try {
      return await runner._cachedRequest(url, mod, [...chain, importer], metadata)
    } catch (error) {
      await this.#host.registry.forgetFailures(mod)
      throw error
    }
  }

  #evaluateOnce(url: string, mod: RunnerModule, callstack: string[]): Promise<unknown> {
    if (mod.promise && !mod.evaluated && this.#isCycle(mod, callstack)) return Promise.resolve(mod.exports)
    mod.promise ??= this.#evaluateMod(url, mod, callstack)
    return mod.promise
  }

  async #evaluateMod(url: string, mod: RunnerModule, callstack: string[]): Promise<unknown> {
    const id = idOfMod(mod.id)
    const isOutermost = this.#host.activeScopes.enter(this)
    try {
      this.#host.noteDependency(mod)
      const call = currentCall(this.#host.state)
      if (call) this.#madeIn.set(mod, call)
      // Before its body runs the module is known as being evaluated: it may import itself.
      await this.#host.lockFor(mod)
      if (isExternal(mod)) return await this.#evaluateByNode(id, mod)
      const exports = this.#host.engine.has(mod)
        ? await this.#host.engine.evaluate(mod, {
            callstack,
            linker: this,
            onHandle: (meta) => this.#host.registry.noteHandle(mod, meta),
            target: () => plainExports(newNamespace()),
            isKnown: true,
          })
        : await this.#runner.directRequest(url, mod, callstack)
      this.#rules.onEvaluated({ id, exports, handle: this.#host.registry.handleOf(mod) })
      return exports
    } catch (error) {
      // The source stays, for the stack trace too: the next try looks whether the file has changed.
      this.#mods.delete(id)
      throw error
    } finally {
      mod.evaluated = true
      if (isOutermost) this.#host.activeScopes.leave(this)
    }
  }

  async #evaluateByNode(id: ModuleId, mod: RunnerModule): Promise<unknown> {
    this.#delegated ??= new DelegatedScope(this.#host.delegate.host as NodeHost, this.#rules)
    const copy = await this.#delegated.evaluate(id, this.#runner)
    mod.exports = copy.exports
    noteFormerCopy(this.#host.state, copy, true)
    return copy.exports
  }

  /** Whether waiting for the module would wait for its own chain. */
  #isCycle(mod: RunnerModule, callstack: string[], visited = new Set<string>()): boolean {
    if (!mod.exports) return false
    if (callstack.includes(mod.id)) return true
    visited.add(mod.id)
    for (const imported of mod.imports) {
      if (visited.has(imported)) continue
      const next = this.#mods.get(idOfMod(imported))
      if (!next?.promise || next.evaluated) continue
      if (callstack.includes(imported) || this.#isCycle(next, callstack, visited)) return true
    }
    return false
  }
}
