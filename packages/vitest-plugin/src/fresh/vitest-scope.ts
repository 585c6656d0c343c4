/**
 * A scope in Vite's module runner. Whoever evaluates its copies, we or Vite's own code by way of a runner that inherits
 * from the real one, imports of a copy come back to the scope: they stay in it for good.
 */
import {
  type Copy,
  type CoreState,
  currentCall,
  fileOf,
  type HostScope,
  type ModuleId,
  type NodeHost,
  NotFreshError,
  noteFormerCopy,
  type PendingCall,
  packageOf,
  type ScopeRules,
  VERSIONS_WITH_HOOKS,
} from 'fresh-modules/internal'
import type { Engine, Linker } from '../engine/engine.ts'
import { plainExports } from '../engine/live-exports.ts'
import { newNamespace } from '../engine/namespace.ts'
import type { Registry } from '../engine/registry.ts'
import type { CurrentSources } from '../vitest/current-sources.ts'
import { DelegatedScope, isExternal, type NodeDelegate } from '../vitest/node-delegate.ts'
import { DYNAMIC, resolveRelative } from '../vitest/request-urls.ts'
import {
  isMocked,
  looseMod,
  type ModuleEvaluator,
  type ModuleRunner,
  mockCallstack,
  type RequestMetadata,
  type RunnerModule,
} from '../vitest/runner-internals.ts'
import { idOfMod, type Source } from '../vitest/sources.ts'
import type { ActiveScopes } from './active-scopes.ts'
import { ScopeBlocks } from './scope-blocks.ts'
import type { TargetRequests } from './target-requests.ts'

/** A scope's module knows it: that is how a request that is made in the shared world finds its way into one. */
interface FreshModule extends RunnerModule {
  readonly scope: VitestScope
}

export function scopeOf(mod: RunnerModule | FreshModule): VitestScope | undefined {
  return 'scope' in mod ? mod.scope : undefined
}

export interface ScopeParts {
  readonly runner: ModuleRunner
  readonly state: CoreState
  readonly current: CurrentSources
  readonly registry: Registry
  readonly engine: Engine
  readonly delegate: NodeDelegate
  readonly targets: TargetRequests
  /** All scopes of the host. */
  readonly active: ActiveScopes
  /** The lock that a module has to have before it is evaluated, if it has not got it. */
  lockFor(mod: RunnerModule): Promise<void> | undefined
}

export class VitestScope implements HostScope, Linker {
  readonly #parts: ScopeParts
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

  constructor(parts: ScopeParts, rules: ScopeRules) {
    this.#parts = parts
    this.#rules = rules
    this.#blocks = new ScopeBlocks(rules)
  }

  async evaluate(id: ModuleId): Promise<Copy> {
    const source = this.#quiet?.quiet(id) ?? (await this.#sourceOf(id))
    const mod = this.#freshMod(source)
    const exports = await this.#import(source.meta.url, mod, mockCallstack(this.#parts.runner))
    return { id, exports, handle: this.#parts.registry.handleOf(mod) }
  }

  /** A static import of one of this scope's copies that we evaluate. */
  request(url: string, mod: RunnerModule, chain: string[], metadata?: RequestMetadata): unknown {
    this.#blocks.check({ specifier: url }, mod.id)
    const source = this.#quiet?.quietByUrl(url)
    if (!source) return this.#requestUnknown(url, mod, chain, metadata)
    this.#blocks.check({ id: source.id }, mod.id)
    const decision = this.#rules.decide(source.id)
    if (decision === 'fresh') {
      // What has changed since is fetched again.
      if (!this.#mods.has(source.id) && this.#parts.current.isOutdated(source)) {
        return this.#requestUnknown(url, mod, chain, metadata)
      }
      const target = this.#freshMod(source)
      mod.imports.add(target.id)
      return target.evaluated ? target.exports : this.#import(url, target, chain, metadata)
    }
    const shared = decision === 'shared' ? this.#parts.current.fetchedMod(url) : undefined
    if (!shared?.evaluated || this.#parts.registry.failed.has(shared)) {
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

  /** A fresh module's exports: by us, unless a mock stands in its place. */
  #import(url: string, mod: RunnerModule, chain: string[], metadata?: RequestMetadata): Promise<unknown> {
    return isMocked(this.#parts.runner, mod)
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
    const source = await this.#parts.current.byUrl(url, importer)
    this.#blocks.check({ id: source.id }, importer)
    if (source.meta.mockedModule) return this.#shared(url, importer)
    const decision = await this.#rules.decide(source.id)
    if (decision === 'shared') return this.#shared(url, importer)
    return this.#freshMod(await this.#sourceOf(source.id))
  }

  /** As the file is by now: it may have changed since it was fetched. */
  #sourceOf(id: ModuleId): Promise<Source> {
    return this.#parts.current.under(this.#rules.conditions, id)
  }

  /** What is known without asking: what was compiled for everybody. */
  get #quiet(): CurrentSources | undefined {
    return this.#rules.conditions.length === 0 ? this.#parts.current : undefined
  }

  /** A request for one of this scope's modules that comes from the shared world. */
  requestFromOutside(
    url: string,
    mod: RunnerModule,
    metadata: RequestMetadata | undefined,
    ignoreMock?: boolean,
  ): Promise<unknown> {
    return this.#runner.cachedRequest(url, mod, mockCallstack(this.#parts.runner), metadata, ignoreMock)
  }

  /** Whether a copy of this scope is being evaluated. */
  isEvaluating(id: ModuleId): boolean {
    const mod = this.#mods.get(id)
    return mod?.promise !== undefined && !mod.evaluated
  }

  waitsFor(): ModuleId | undefined {
    const waiting = [...this.#mods.values()].filter(({ promise, evaluated }) => promise && !evaluated)
    const ids = new Set(waiting.map(({ id }) => id))
    const last = waiting.find(({ imports }) => ![...imports].some((id) => ids.has(id)))
    return last && idOfMod(last.id)
  }

  get caller(): ModuleId | undefined {
    return this.#rules.caller
  }

  #deriveRunner(): ModuleRunner {
    const base = this.#parts.runner
    const runner = Object.create(base) as ModuleRunner
    const prototype = Object.getPrototypeOf(base) as ModuleRunner
    runner.cachedModule = (url, importer) => {
      const target = this.#isOwnImport(importer) ? undefined : this.#parts.targets.modFor(url, importer)
      return target ?? this.modFor(url, importer)
    }
    // Not the registry's own wrappers of these two, which watch registered evaluations.
    runner.cachedRequest = prototype.cachedRequest
    runner.directRequest = prototype.directRequest
    runner._cachedRequest = (url, mod, callstack = [], metadata) => {
      const scope = scopeOf(mod)
      if (scope === this) return this.#evaluateOnce(url, mod, callstack)
      // A target of the function form, called by one of this scope's copies.
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
    return copy !== undefined && this.#madeIn.get(copy) === currentCall(this.#parts.state)
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
    const { runner } = this.#parts
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
    const { runner } = this.#parts
    const mod = runner.evaluatedModules.getModuleById(link.id) ?? link
    const chain = this.#parts.active.callersOf(this)
    // Vite adds the last of the chain to the importers, which is right only for a module that is loaded by this.
    const importer = mod.promise ? '' : (callstack.at(-1) ?? '')
    try {
      return await runner._cachedRequest(url, mod, [...chain, importer], metadata)
    } catch (error) {
      await this.#parts.registry.forgetFailures(mod)
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
    const isOutermost = this.#parts.active.enter(this)
    try {
      this.#parts.runner.vitestOptions.getWorkerState().dependencies?.add(mod.id)
      const call = currentCall(this.#parts.state)
      if (call) this.#madeIn.set(mod, call)
      // Before its body runs the module is known as being evaluated: it may import itself.
      await this.#parts.lockFor(mod)
      if (isExternal(mod)) return await this.#evaluateByNode(id, mod)
      const exports = this.#parts.engine.has(mod)
        ? await this.#parts.engine.evaluate(mod, {
            callstack,
            linker: this,
            onHandle: (meta) => this.#parts.registry.noteHandle(mod, meta),
            target: () => plainExports(newNamespace()),
            isKnown: true,
          })
        : await this.#runner.directRequest(url, mod, callstack)
      this.#rules.onEvaluated({ id, exports, handle: this.#parts.registry.handleOf(mod) })
      return exports
    } catch (error) {
      // The source stays, for the stack trace too: the next try looks whether the file has changed.
      this.#mods.delete(id)
      throw error
    } finally {
      mod.evaluated = true
      if (isOutermost) this.#parts.active.leave(this)
    }
  }

  async #evaluateByNode(id: ModuleId, mod: RunnerModule): Promise<unknown> {
    const host = this.#parts.delegate.host as NodeHost
    if (this.#rules.conditions.length > 0 && !host.resolveWith) throw leftToNode(id)
    this.#delegated ??= new DelegatedScope(host, this.#rules)
    const copy = await this.#delegated.evaluate(id, this.#runner)
    mod.exports = copy.exports
    noteFormerCopy(this.#parts.state, copy, true)
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

function leftToNode(id: ModuleId): NotFreshError {
  const name = packageOf(fileOf(id))?.name ?? fileOf(id)
  return new NotFreshError(
    id,
    "Vitest leaves it to Node's own loader, which has one set of conditions here",
    `Run on Node ${VERSIONS_WITH_HOOKS}, or add server: { deps: { inline: ['${name}'] } } to the test config, so that Vitest's module runner loads it.`,
  )
}
