/**
 * A scope in Vite's module runner: an object that inherits from the runner and answers requests itself. Vite's own
 * code does the rest: a request that starts in it, from a fresh copy, stays in it for good.
 */
import {
  type Copy,
  fileOf,
  type HostScope,
  type ModuleId,
  NotFreshError,
  notFoundError,
  type ScopeRules,
} from 'fresh-modules/internal'
import {
  looseNode,
  type ModuleEvaluator,
  type ModuleRunner,
  type RequestMetadata,
  type RunnerNode,
} from './runner-internals.ts'
import { idOfNode, type Source } from './sources.ts'
import type { VitestHost } from './vitest-host.ts'

/** Scope's node -> its scope: how a request that is made in the shared world finds its way into one. */
const scopes = new WeakMap<RunnerNode, VitestScope>()

export function scopeOf(node: RunnerNode): VitestScope | undefined {
  return scopes.get(node)
}

export class VitestScope implements HostScope {
  readonly #host: VitestHost
  readonly #rules: ScopeRules
  /** Id -> this scope's copy, from the moment in which its evaluation is asked for until it fails, if it does. */
  readonly #nodes = new Map<ModuleId, RunnerNode>()
  readonly #runner: ModuleRunner

  constructor(host: VitestHost, rules: ScopeRules) {
    this.#host = host
    this.#rules = rules
    this.#runner = this.#deriveRunner()
  }

  async evaluate(id: ModuleId): Promise<Copy> {
    const source = await this.#host.sourceOf(id)
    const node = this.#freshNode(source)
    const exports = await this.#runner.cachedRequest(source.meta.url, node, this.#host.mockCallstack())
    return { id, exports, handle: this.#host.handleOf(node) }
  }

  /** The node that a request of a member gets; also for targets of the function form. */
  async nodeFor(url: string, importer: string | undefined): Promise<RunnerNode> {
    this.#assertNotBlocked({ specifier: url }, importer)
    const source = await this.#host.sourceByUrl(url, importer)
    this.#assertNotBlocked({ id: source.id }, importer)
    if (source.meta.mockedModule) return this.#shared(url, importer)
    const decision = await this.#rules.decide(source.id)
    return decision === 'fresh' ? this.#freshNode(source) : this.#shared(url, importer)
  }

  /** A request for one of this scope's nodes that comes from the shared world. */
  request(
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
    runner.cachedModule = (url, importer) => this.nodeFor(url, importer)
    // Not the registry's own wrappers of these two, which watch registered evaluations.
    runner.cachedRequest = prototype.cachedRequest
    runner.directRequest = prototype.directRequest
    runner._cachedRequest = (url, node, callstack = [], metadata) =>
      scopes.get(node) === this
        ? this.#evaluateOnce(url, node, callstack)
        : this.#requestShared(url, node, callstack, metadata)
    runner.evaluator = this.#deriveEvaluator(base.evaluator)
    const { createImportMeta } = base.options
    if (createImportMeta) {
      runner.options = {
        ...base.options,
        createImportMeta: async (path) => this.#scopedImportMeta(await createImportMeta(path), path),
      }
    }
    return runner
  }

  /** The copy's `require` is Node's: it can hide modules, but not make them fresh. */
  #deriveEvaluator(base: ModuleEvaluator): ModuleEvaluator {
    const evaluator = Object.create(base) as ModuleEvaluator
    evaluator.createRequire = (url) => this.#scopedRequire(base.createRequire(url), url)
    // A fresh copy of the test file is not the test file: `import.meta.vitest` is undefined in it.
    evaluator.options = Object.create(base.options, {
      getCurrentTestFilepath: { value: () => undefined },
    }) as ModuleEvaluator['options']
    return evaluator
  }

  #scopedRequire(require: NodeJS.Require, url: string): NodeJS.Require {
    const importer = fileOf(idOfNode(url))
    const check = (specifier: string) => {
      this.#assertNotBlockedRequire({ specifier }, specifier, importer)
      const id = idOfNode(require.resolve(specifier))
      this.#assertNotBlockedRequire({ id }, specifier, importer)
      return id
    }
    const scoped = (specifier: string) => {
      const id = check(specifier)
      if (this.#rules.decide(id) === 'fresh') {
        throw new NotFreshError(
          specifier,
          `"${importer}" loads it with require, and what an inlined module requires comes from Node's loader`,
          'Import it instead, or leave it out of the fresh set.',
        )
      }
      return require(specifier) as unknown
    }
    const resolve = (specifier: string, options?: { paths?: string[] }) => {
      this.#assertNotBlockedRequire({ specifier }, specifier, importer)
      const resolved = require.resolve(specifier, options)
      this.#assertNotBlockedRequire({ id: idOfNode(resolved) }, specifier, importer)
      return resolved
    }
    return Object.assign(scoped, require, {
      resolve: Object.assign(resolve, require.resolve),
    }) as NodeJS.Require
  }

  #scopedImportMeta(meta: ImportMeta, path: string): ImportMeta {
    const { resolve } = meta
    meta.resolve = (specifier: string, parent?: string | URL) => {
      this.#assertNotBlocked({ specifier }, path)
      const resolved = resolve(specifier, parent)
      this.#assertNotBlocked({ id: idOfNode(resolved) }, path)
      return resolved
    }
    return meta
  }

  #assertNotBlocked(request: { specifier?: string; id?: ModuleId }, importer: string | undefined): void {
    const name = this.#rules.blockedName(request)
    if (name !== undefined)
      throw notFoundError('import', name, importer ?? this.#rules.caller ?? 'its importer')
  }

  #assertNotBlockedRequire(
    request: { specifier?: string; id?: ModuleId },
    specifier: string,
    importer: string,
  ): void {
    if (this.#rules.blockedName(request) !== undefined) throw notFoundError('require', specifier, importer)
  }

  #freshNode(source: Source): RunnerNode {
    let node = this.#nodes.get(source.id)
    if (!node) {
      node = looseNode(source.id, source.meta)
      this.#nodes.set(source.id, node)
      scopes.set(node, this)
    }
    return node
  }

  /**
   * The registered node as this scope's members see it: Vite notes each importer on the node it gets, and a copy that
   * is not registered must not stand among the registered importers.
   */
  async #shared(url: string, importer: string | undefined): Promise<RunnerNode> {
    const node = await this.#host.runner.cachedModule(url, importer)
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
    const chain = this.#host.callersOf(this)
    // Vite adds the last of the chain to the importers, which is right only for a module that is loaded by this.
    const importer = node.promise ? '' : (callstack.at(-1) ?? '')
    try {
      return await runner._cachedRequest(url, node, [...chain, importer], metadata)
    } catch (error) {
      await this.#host.forgetFailures(node)
      throw error
    }
  }

  async #evaluateOnce(url: string, node: RunnerNode, callstack: string[]): Promise<unknown> {
    if (node.promise && !node.evaluated) return this.#isCycle(node, callstack) ? node.exports : node.promise
    node.promise ??= this.#host.whileActive(this, () => this.#evaluateNode(url, node, callstack))
    return node.promise
  }

  async #evaluateNode(url: string, node: RunnerNode, callstack: string[]): Promise<unknown> {
    const id = idOfNode(node.id)
    try {
      this.#host.noteDependency(node)
      const exports = await this.#runner.directRequest(url, node, callstack)
      this.#rules.onEvaluated({ id, exports, handle: this.#host.handleOf(node) })
      return exports
    } catch (error) {
      this.#nodes.delete(id)
      await this.#host.sources.drop(id)
      throw error
    } finally {
      node.evaluated = true
    }
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
