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
  looseNode,
  type ModuleEvaluator,
  type ModuleRunner,
  type RequestMetadata,
  type RunnerNode,
} from '../vitest/runner-internals.ts'
import { idOfNode, type Source } from '../vitest/sources.ts'
import type { VitestHost } from '../worker/vitest-host.ts'
import { ScopeBlocks } from './scope-blocks.ts'
import { targetNode } from './target-requests.ts'

/** A scope's node knows it: that is how a request that is made in the shared world finds its way into one. */
interface FreshNode extends RunnerNode {
  readonly scope: VitestScope
}

export function scopeOf(node: RunnerNode | FreshNode): VitestScope | undefined {
  return 'scope' in node ? node.scope : undefined
}

export class VitestScope implements HostScope, Linker {
  readonly #host: VitestHost
  readonly #rules: ScopeRules
  /** Id -> this scope's copy, from the moment in which its evaluation is asked for until it fails, if it does. */
  readonly #nodes = new Map<ModuleId, RunnerNode>()
  /** Copy -> the call that was pending when its evaluation began. */
  readonly #madeIn = new WeakMap<RunnerNode, PendingCall>()
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
    const node = this.#freshNode(source)
    const exports = await this.#import(source.meta.url, node, this.#host.mockCallstack())
    return { id, exports, handle: this.#host.registry.handleOf(node) }
  }

  /** A static import of one of this scope's copies that we evaluate. */
  request(url: string, node: RunnerNode, chain: string[], metadata?: RequestMetadata): unknown {
    this.#blocks.check({ specifier: url }, node.id)
    const source = this.#host.quietSourceByUrl(url)
    if (!source) return this.#requestUnknown(url, node, chain, metadata)
    this.#blocks.check({ id: source.id }, node.id)
    const decision = this.#rules.decide(source.id)
    if (decision === 'fresh') {
      // What has changed since is fetched again.
      if (!this.#nodes.has(source.id) && this.#host.sources.isOutdated(source)) {
        return this.#requestUnknown(url, node, chain, metadata)
      }
      const target = this.#freshNode(source)
      node.imports.add(target.id)
      return target.evaluated ? target.exports : this.#import(url, target, chain, metadata)
    }
    const shared = decision === 'shared' ? this.#host.fetchedNode(url) : undefined
    if (!shared?.evaluated || this.#host.registry.failed.has(shared)) {
      return this.#requestUnknown(url, node, chain, metadata)
    }
    node.imports.add(shared.id)
    return shared.exports
  }

  async requestDynamic(url: string, node: RunnerNode, chain: string[]): Promise<unknown> {
    return this.#requestUnknown(resolveRelative(url, node), node, chain, DYNAMIC)
  }

  importMeta(meta: ImportMeta, path: string): ImportMeta {
    return this.#blocks.importMeta(meta, path)
  }

  /** Vite's own way, which applies mocks and asks the server. */
  async #requestUnknown(
    url: string,
    node: RunnerNode,
    chain: string[],
    metadata: RequestMetadata | undefined,
  ): Promise<unknown> {
    const target = await this.#runner.cachedModule(url, node.meta?.file || node.id)
    node.imports.add(target.id)
    return this.#runner.cachedRequest(url, target, chain, metadata)
  }

  /** A fresh node's exports: by us, unless a mock stands in its place. */
  #import(url: string, node: RunnerNode, chain: string[], metadata?: RequestMetadata): Promise<unknown> {
    return this.#host.isMocked(node)
      ? this.#runner.cachedRequest(url, node, chain, metadata)
      : this.#evaluateOnce(url, node, chain)
  }

  get #runner(): ModuleRunner {
    this.#derived ??= this.#deriveRunner()
    return this.#derived
  }

  /** The node that a request of a member gets; also for targets of the function form. */
  async nodeFor(url: string, importer: string | undefined): Promise<RunnerNode> {
    this.#blocks.check({ specifier: url }, importer)
    const source = await this.#host.sourceByUrl(url, importer)
    this.#blocks.check({ id: source.id }, importer)
    if (source.meta.mockedModule) return this.#shared(url, importer)
    const decision = await this.#rules.decide(source.id)
    if (decision === 'shared') return this.#shared(url, importer)
    // As the file is by now: it may have changed since it was fetched.
    return this.#freshNode(await this.#host.sourceOf(source.id))
  }

  /** A request for one of this scope's nodes that comes from the shared world. */
  requestFromOutside(
    url: string,
    node: RunnerNode,
    metadata: RequestMetadata | undefined,
    ignoreMock?: boolean,
  ): Promise<unknown> {
    return this.#runner.cachedRequest(url, node, this.#host.mockCallstack(), metadata, ignoreMock)
  }

  /** Whether a copy of this scope is being evaluated. */
  isEvaluating(id: ModuleId): boolean {
    const node = this.#nodes.get(id)
    return node?.promise !== undefined && !node.evaluated
  }

  get caller(): ModuleId | undefined {
    return this.#rules.caller
  }

  #deriveRunner(): ModuleRunner {
    const base = this.#host.runner
    const runner = Object.create(base) as ModuleRunner
    const prototype = Object.getPrototypeOf(base) as ModuleRunner
    runner.cachedModule = (url, importer) => {
      const target = this.#isOwnImport(importer) ? undefined : targetNode(this.#host, url, importer)
      return target ?? this.nodeFor(url, importer)
    }
    // Not the registry's own wrappers of these two, which watch registered evaluations.
    runner.cachedRequest = prototype.cachedRequest
    runner.directRequest = prototype.directRequest
    runner._cachedRequest = (url, node, callstack = [], metadata) => {
      const scope = scopeOf(node)
      if (scope === this) return this.#evaluateOnce(url, node, callstack)
      // A target of the function form that a copy of ours has called.
      if (scope) return scope.requestFromOutside(url, node, metadata)
      return this.#requestShared(url, node, callstack, metadata)
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
    const copy = importer === undefined ? undefined : this.#nodes.get(idOfNode(importer))
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

  #freshNode(source: Source): RunnerNode {
    let node = this.#nodes.get(source.id)
    if (!node) {
      node = Object.assign(looseNode(source.id, source.meta), { scope: this }) satisfies FreshNode
      this.#nodes.set(source.id, node)
    }
    return node
  }

  /**
   * The registered node as this scope's members see it: Vite notes each importer on the node it gets, and a copy that
   * is not registered must not stand among the registered importers.
   */
  async #shared(url: string, importer: string | undefined): Promise<RunnerNode> {
    const { runner } = this.#host
    // Whether the request is a target has been asked before.
    const node = await (Object.getPrototypeOf(runner) as ModuleRunner).cachedModule.call(
      runner,
      url,
      importer,
    )
    return Object.create(node, { importers: { value: new Set() } }) as RunnerNode
  }

  async #requestShared(
    url: string,
    link: RunnerNode,
    callstack: string[],
    metadata: RequestMetadata | undefined,
  ): Promise<unknown> {
    const { runner } = this.#host
    const node = runner.evaluatedModules.getModuleById(link.id) ?? link
    const chain = this.#host.activeScopes.callersOf(this)
    // Vite adds the last of the chain to the importers, which is right only for a module that is loaded by this.
    const importer = node.promise ? '' : (callstack.at(-1) ?? '')
    try {
      return await runner._cachedRequest(url, node, [...chain, importer], metadata)
    } catch (error) {
      await this.#host.registry.forgetFailures(node)
      throw error
    }
  }

  #evaluateOnce(url: string, node: RunnerNode, callstack: string[]): Promise<unknown> {
    if (node.promise && !node.evaluated && this.#isCycle(node, callstack))
      return Promise.resolve(node.exports)
    node.promise ??= this.#evaluateNode(url, node, callstack)
    return node.promise
  }

  async #evaluateNode(url: string, node: RunnerNode, callstack: string[]): Promise<unknown> {
    const id = idOfNode(node.id)
    const isOutermost = this.#host.activeScopes.enter(this)
    try {
      this.#host.noteDependency(node)
      const call = currentCall(this.#host.state)
      if (call) this.#madeIn.set(node, call)
      // Before its body runs the node is known as being evaluated: it may import itself.
      await this.#host.lockFor(node)
      if (isExternal(node)) return await this.#evaluateByNode(id, node)
      const exports = this.#host.engine.has(node)
        ? await this.#host.engine.evaluate(node, {
            callstack,
            linker: this,
            onHandle: (meta) => this.#host.registry.noteHandle(node, meta),
            target: () => plainExports(newNamespace()),
            isKnown: true,
          })
        : await this.#runner.directRequest(url, node, callstack)
      this.#rules.onEvaluated({ id, exports, handle: this.#host.registry.handleOf(node) })
      return exports
    } catch (error) {
      // The source stays, for the stack trace too: the next try looks whether the file has changed.
      this.#nodes.delete(id)
      throw error
    } finally {
      node.evaluated = true
      if (isOutermost) this.#host.activeScopes.leave(this)
    }
  }

  async #evaluateByNode(id: ModuleId, node: RunnerNode): Promise<unknown> {
    this.#delegated ??= new DelegatedScope(this.#host.delegate.host as NodeHost, this.#rules)
    const copy = await this.#delegated.evaluate(id, this.#runner)
    node.exports = copy.exports
    noteFormerCopy(this.#host.state, copy, true)
    return copy.exports
  }

  /** Whether waiting for the node would wait for its own chain. */
  #isCycle(node: RunnerNode, callstack: string[], visited = new Set<string>()): boolean {
    if (!node.exports) return false
    if (callstack.includes(node.id)) return true
    visited.add(node.id)
    for (const imported of node.imports) {
      if (visited.has(imported)) continue
      const next = this.#nodes.get(idOfNode(imported))
      if (!next?.promise || next.evaluated) continue
      if (callstack.includes(imported) || this.#isCycle(next, callstack, visited)) return true
    }
    return false
  }
}
