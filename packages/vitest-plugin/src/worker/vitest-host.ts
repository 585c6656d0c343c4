/** Vitest's module runner as a host: each method translates. */
import type { PackageStates } from '@fresh-modules/restore-globals'
import type {
  Copy,
  CoreState,
  HostScope,
  Installed,
  MaybePromise,
  ModuleFacts,
  ModuleHost,
  ModuleId,
  ModuleRecord,
  NodeHost,
  ResolveKind,
  ScopeRules,
  SingleWorker,
  TakenRecords,
} from 'fresh-modules/internal'
import { Engine } from '../engine/engine.ts'
import { namespaceOf, replaceExports } from '../engine/namespace.ts'
import { Registry } from '../engine/registry.ts'
import { ActiveScopes } from '../fresh/active-scopes.ts'
import { TargetRequests } from '../fresh/target-requests.ts'
import { type ScopeParts, VitestScope } from '../fresh/vitest-scope.ts'
import { REMEDIES } from '../guard/remedies.ts'
import { FileHooks } from '../reset/file-hooks.ts'
import { ImportNotes } from '../reset/import-notes.ts'
import { VitestResets } from '../reset/vitest-resets.ts'
import { CurrentSources } from '../vitest/current-sources.ts'
import { Facts, factsOfSource } from '../vitest/facts.ts'
import { isFrameworkModule } from '../vitest/never-touch.ts'
import { isExternal, NodeDelegate } from '../vitest/node-delegate.ts'
import { Resolver } from '../vitest/resolver.ts'
import {
  looseMod,
  type ModuleRunner,
  mockCallstack,
  type RunnerModule,
  type WorkerState,
} from '../vitest/runner-internals.ts'
import { Sources } from '../vitest/sources.ts'
import { RegisteredLinker } from './registered-linker.ts'
import { watchRunner } from './watch-runner.ts'
import type { WorkerGlobals } from './worker-globals.ts'

/**
 * Each part is given the runner, the state and the parts that it uses, and none is given the host:
 *
 * ```
 * Sources, NodeDelegate, Engine, FileHooks, ActiveScopes
 *   → Registry              sources, delegate
 *   → Resolver              sources, delegate
 *     → CurrentSources      sources, resolver
 *       → Facts             sources, current, delegate
 *       → TargetRequests    current, resolver
 *   → VitestResets          registry, sources, fileHooks
 *     → ImportNotes         fileHooks, resets
 *       → RegisteredLinker  registry, current, importNotes
 *         → watchRunner     sources, registry, engine, fileHooks, resets, importNotes, targets, linker
 *   → VitestScope           registry, current, engine, delegate, targets, active; one for each call of a helper
 * ```
 *
 * Three things are known only later, so they are asked for when they are needed: `Registry` tells `VitestResets`, which
 * is built from it, of modules that have lost their copy; `singleWorker` and `globals` are set once the host is in charge.
 */
export class VitestHost implements ModuleHost {
  readonly label: string
  readonly runner: ModuleRunner
  readonly installed: Installed
  readonly remedies = REMEDIES
  readonly sources: Sources
  readonly delegate: NodeDelegate
  readonly registry: Registry
  readonly fileHooks = new FileHooks()
  readonly resets: VitestResets
  readonly importNotes: ImportNotes
  /** Set right after construction: it needs the host. */
  singleWorker: SingleWorker | undefined
  /** Where several files share this worker, and what they change apart from modules is put back. */
  globals: WorkerGlobals | undefined
  /** Where several files share this worker and are reset: what packages keep of a file is put back. */
  packageStates: PackageStates | undefined
  readonly #resolver: Resolver
  readonly #current: CurrentSources
  readonly #facts: Facts
  readonly #scopeParts: ScopeParts

  constructor(runner: ModuleRunner, state: CoreState, version: string) {
    this.label = `Vitest ${version}`
    this.runner = runner
    this.installed = { host: this, state }
    const modules = runner.evaluatedModules
    const sources = new Sources(runner)
    const { root, label } = this
    const delegate = new NodeDelegate({ state, root, label, testFile: () => this.testFile })
    const onCleared = (mod: RunnerModule) => this.resets.forget(mod)
    const registry = new Registry({ modules, delegate, sources, onCleared })
    const resolver = new Resolver({ runner, sources, delegate })
    const current = new CurrentSources({ runner, state, sources, resolver })
    const engine = new Engine(runner)
    const { fileHooks } = this
    const resets = new VitestResets({ installed: this.installed, runner, registry, sources, fileHooks })
    const importNotes = new ImportNotes({ modules, fileHooks, resets })
    const targets = new TargetRequests({ runner, state, current, resolver })
    const lockFor = (mod: RunnerModule) => this.#lockFor(mod)
    this.sources = sources
    this.delegate = delegate
    this.registry = registry
    this.resets = resets
    this.importNotes = importNotes
    this.#resolver = resolver
    this.#current = current
    this.#facts = new Facts({ sources, current, delegate })
    const active = new ActiveScopes()
    this.#scopeParts = { runner, state, current, registry, engine, delegate, targets, active, lockFor }
    watchRunner({
      runner,
      installed: this.installed,
      sources,
      registry,
      engine,
      fileHooks,
      resets,
      importNotes,
      targets,
      linker: new RegisteredLinker({ runner, registry, current, importNotes }),
      lockFor,
      globals: () => this.globals,
      packageStates: () => this.packageStates,
    })
  }

  get root(): string {
    return this.worker.config.root
  }

  get testFile(): string | undefined {
    return this.worker.filepath
  }

  get worker(): WorkerState {
    return this.runner.vitestOptions.getWorkerState()
  }

  isProtected(id: ModuleId): boolean {
    return isFrameworkModule(id)
  }

  resolve(specifier: string, importer: string, _kind: ResolveKind): MaybePromise<ModuleId> {
    return this.#resolver.resolve(specifier, importer)
  }

  resolveWith(conditions: readonly string[], specifier: string, importer: string): Promise<ModuleId> {
    return this.#resolver.resolveWith(conditions, specifier, importer)
  }

  facts(id: ModuleId): MaybePromise<ModuleFacts> {
    return this.#facts.of(id)
  }

  refresh(id: ModuleId): MaybePromise<void> {
    return this.#facts.refresh(id)
  }

  record(id: ModuleId): ModuleRecord | undefined {
    return this.registry.record(id)
  }

  records(): Iterable<ModuleRecord> {
    return this.registry.records()
  }

  idOf(object: object): ModuleId | undefined {
    return this.registry.idOf(object)
  }

  take(ids: readonly ModuleId[]): TakenRecords {
    return this.registry.take(ids)
  }

  drop(ids: readonly ModuleId[]): void {
    this.resets.forgetRequired(ids)
    this.registry.drop(ids)
  }

  async load(id: ModuleId, importer: string, _kind: ResolveKind): Promise<Copy> {
    const url = this.#resolver.urlOf(id)
    const mod = await this.runner.cachedModule(url, importer)
    const exports = await this.runner.cachedRequest(url, mod, [...mockCallstack(this.runner), importer])
    return { id, exports, handle: this.registry.handleOf(mod) }
  }

  openScope(rules: ScopeRules): HostScope {
    return new VitestScope(this.#scopeParts, rules)
  }

  async reload(id: ModuleId): Promise<Copy> {
    const mod = this.registry.mod(id) as RunnerModule
    if (isExternal(mod)) return this.#reloadByNode(id, mod)
    const { meta } = await this.#current.of(id)
    const fresh = looseMod(mod.id, meta)
    const prototype = Object.getPrototypeOf(this.runner) as ModuleRunner
    await prototype.directRequest.call(this.runner, mod.url, fresh, [])
    replaceExports(namespaceOf(mod), namespaceOf(fresh))
    this.resets.forgetExports(namespaceOf(mod))
    const handle = this.registry.handleOf(fresh)
    if (handle) this.registry.noteHandle(mod, handle)
    Object.assign(mod, { imports: fresh.imports, meta, map: undefined })
    return { id, exports: mod.exports, handle }
  }

  /** What Vitest hands out of a CommonJS package is a view of `module.exports`, whose contents are replaced. */
  async #reloadByNode(id: ModuleId, mod: RunnerModule): Promise<Copy> {
    const copy = await (this.delegate.host as NodeHost).reload(id)
    return { ...copy, exports: mod.exports }
  }

  /** The lock that a module has to have before it is evaluated, if it has not got it. */
  #lockFor(mod: RunnerModule): Promise<void> | undefined {
    const source = this.sources.ofMod(mod)
    const key = source && this.singleWorker?.needs(source.id, factsOfSource(source))
    return key === undefined ? undefined : this.singleWorker?.acquire(source?.id as ModuleId, key)
  }
}
