/** Vitest's module runner as a host: each method translates. */
import { fileURLToPath } from 'node:url'
import {
  BadOptionError,
  type Copy,
  type CoreState,
  fileOf,
  type HostScope,
  type Installed,
  isFileId,
  isFirstParty,
  type MaybePromise,
  type ModuleFacts,
  type ModuleHost,
  type ModuleId,
  type ModuleKind,
  type ModuleRecord,
  type NodeHost,
  packageOf,
  type ResolveKind,
  type ScopeRules,
  type SingleWorker,
  type TakenRecords,
} from 'fresh-modules/internal'
import { Engine } from '../engine/engine.ts'
import { namespaceOf, replaceExports } from '../engine/namespace.ts'
import { Registry } from '../engine/registry.ts'
import { ActiveScopes } from '../fresh/active-scopes.ts'
import { VitestScope } from '../fresh/vitest-scope.ts'
import { REMEDIES } from '../guard/remedies.ts'
import type { LoggedRequest } from '../idle/idle-log.ts'
import { FileHooks } from '../reset/file-hooks.ts'
import { VitestResets } from '../reset/vitest-resets.ts'
import { isFrameworkModule } from '../vitest/never-touch.ts'
import { isExternal, NodeDelegate } from '../vitest/node-delegate.ts'
import {
  hasPendingMocks,
  hoistedImports,
  looseMod,
  type ModuleRunner,
  type RequestMetadata,
  type RunnerModule,
  resolveInServer,
  type WorkerState,
} from '../vitest/runner-internals.ts'
import { idOfMod, type Source, Sources } from '../vitest/sources.ts'
import { watchRunner } from './watch-runner.ts'
import type { WorkerGlobals } from './worker-globals.ts'

export class VitestHost implements ModuleHost {
  readonly label: string
  readonly runner: ModuleRunner
  readonly sources: Sources
  readonly state: CoreState
  readonly resets: VitestResets
  readonly fileHooks = new FileHooks()
  readonly delegate: NodeDelegate
  readonly engine: Engine
  /** Set right after construction: it needs the host. */
  singleWorker: SingleWorker | undefined
  /** Where several files share this worker, and what they change beside modules is put back. */
  globals: WorkerGlobals | undefined
  readonly installed: Installed
  readonly remedies = REMEDIES
  readonly registry: Registry
  readonly activeScopes = new ActiveScopes()
  /** Importer -> specifier -> where it led to. What was not found is asked for again. */
  readonly #resolved = new Map<string, Map<string, ModuleId>>()
  readonly #urls = new Map<ModuleId, string>()

  constructor(runner: ModuleRunner, state: CoreState, version: string) {
    this.label = `Vitest ${version}`
    this.runner = runner
    this.state = state
    this.installed = { host: this, state }
    this.sources = new Sources(runner)
    this.delegate = new NodeDelegate({
      state,
      root: this.root,
      label: this.label,
      testFile: () => this.testFile,
    })
    this.registry = new Registry({
      modules: runner.evaluatedModules,
      delegate: this.delegate,
      sources: this.sources,
      onCleared: (mod) => this.resets.forget(mod),
    })
    this.engine = new Engine(runner)
    this.resets = new VitestResets(this)
    watchRunner(this)
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
    return this.#resolved.get(importer)?.get(specifier) ?? this.#resolveInServer(specifier, importer)
  }

  async #resolveInServer(specifier: string, importer: string): Promise<ModuleId> {
    const plain = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
    const resolved = await resolveInServer(this.runner, plain, importer)
    // Not found: the server's own error, for the importer.
    if (!resolved) return (await this.sources.fetch(plain, importer)).id
    const id = idOfMod(resolved.id)
    // A helper names a package: its inner files have to be among the records before its children are looked for.
    if (isFileId(id) && !isFirstParty(id)) this.delegate.host?.world.esm.addRoot(fileOf(id))
    let ofImporter = this.#resolved.get(importer)
    if (!ofImporter) {
      ofImporter = new Map()
      this.#resolved.set(importer, ofImporter)
    }
    ofImporter.set(specifier, id)
    this.#urls.set(id, resolved.url)
    return id
  }

  async sourceOf(id: ModuleId): Promise<Source> {
    await this.#resolveMocks()
    const url = this.#urls.get(id) ?? this.registry.mod(id)?.url ?? id
    const source = this.sources.known(id)
    if (!source) return this.sources.fetch(url, undefined)
    if (!this.sources.isOutdated(source)) return source
    await this.sources.drop(id)
    return this.sources.fetch(url, undefined)
  }

  async sourceByUrl(url: string, importer: string | undefined): Promise<Source> {
    await this.#resolveMocks()
    return this.sources.knownByUrl(url) ?? this.sources.fetch(url, importer)
  }

  /** `vi.mock` calls take effect at the next request to the server; a known source makes none. */
  async #resolveMocks(): Promise<void> {
    if (hasPendingMocks(this.runner)) await this.runner.mocker.resolveMocks()
  }

  /** Asked by helpers, for a module that a user names or that a scope reaches: what Node holds, Node answers for. */
  facts(id: ModuleId): MaybePromise<ModuleFacts> {
    if (id.startsWith('node:')) return { kind: 'builtin' }
    // The server would try to read it as text.
    if (id.endsWith('.node')) return { kind: 'addon' }
    const known = this.sources.known(id)
    // The server does not know of inner files of packages that are left to Node.
    const byNode = known || isFirstParty(id) ? undefined : this.delegate.madeHost?.facts(id)
    if (byNode) return byNode
    return known ? this.#factsFor(known) : this.sourceOf(id).then((source) => this.#factsFor(source))
  }

  #factsFor(source: Source): ModuleFacts {
    const isDelegated = source.meta.externalize !== undefined && source.meta.type !== 'builtin'
    return (isDelegated ? this.delegate.facts(source.id) : undefined) ?? this.factsOf(source)
  }

  /** A file that has changed on disk is another source. */
  refresh(id: ModuleId): MaybePromise<void> {
    const known = this.sources.known(id)
    if (known && this.sources.isOutdated(known)) return this.sourceOf(id).then(() => {})
  }

  factsOf(source: Source): ModuleFacts {
    source.facts ??= this.#readFacts(source)
    return source.facts
  }

  #readFacts({ id, meta, stamp }: Source): ModuleFacts {
    if (id.startsWith('node:') || meta.type === 'builtin') return { kind: 'builtin' }
    if (stamp.problem) {
      throw new BadOptionError(`read the flags of "${id}"`, stamp.problem, 'Correct the comment.')
    }
    const kind = kindOfId(id)
    if (meta.externalize === undefined) return { kind, docblock: stamp.docblock }
    const name = packageOf(fileOf(id))?.name ?? fileOf(id)
    return {
      kind,
      notFresh: {
        why: "Vitest leaves it to Node's own loader, which keeps what it has loaded",
        remedy: `Add server: { deps: { inline: ['${name}'] } } to the test config, so that Vitest's module runner loads it.`,
      },
    }
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
    this.registry.drop(ids)
  }

  async load(id: ModuleId, importer: string, _kind: ResolveKind): Promise<Copy> {
    const url = this.#urls.get(id) ?? this.registry.mod(id)?.url ?? id
    const mod = await this.runner.cachedModule(url, importer)
    const exports = await this.runner.cachedRequest(url, mod, [...this.mockCallstack(), importer])
    return { id, exports, handle: this.registry.handleOf(mod) }
  }

  openScope(rules: ScopeRules): HostScope {
    return new VitestScope(this, rules)
  }

  async reload(id: ModuleId): Promise<Copy> {
    const mod = this.registry.mod(id) as RunnerModule
    if (isExternal(mod)) return this.#reloadByNode(id, mod)
    const { meta } = await this.sourceOf(id)
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

  /** The chain of factories of `vi.mock` that the running code is part of: Vitest 4 tells cycles by it. */
  mockCallstack(): string[] {
    return [...(this.runner.mocker.getMockContext?.()?.callstack ?? [])]
  }

  /**
   * The registered module of a url as it is written in compiled code, if importing it needs neither the server nor a
   * mock nor a look at calls of ours that are pending.
   */
  fetchedMod(url: string): RunnerModule | undefined {
    if (!this.#isQuiet()) return undefined
    const mod = this.runner.evaluatedModules.getModuleByUrl(url)
    return mod?.meta && !mod.meta.mockedModule && !this.isMocked(mod) ? mod : undefined
  }

  /** The source of a module, if nothing has to be waited for. */
  quietSource(id: ModuleId): Source | undefined {
    return this.#isQuiet() ? this.sources.known(id) : undefined
  }

  quietSourceByUrl(url: string): Source | undefined {
    return this.#isQuiet() ? this.sources.knownByUrl(url) : undefined
  }

  isMocked(mod: RunnerModule): boolean {
    return this.runner.mocker.getDependencyMock(mod.id) !== undefined
  }

  #isQuiet(): boolean {
    return this.state.pendingCalls === 0 && !hasPendingMocks(this.runner)
  }

  /** A registered module is imported. */
  noteRequest(
    mod: RunnerModule,
    callstack: readonly string[] | undefined,
    metadata: RequestMetadata | undefined,
  ): void {
    if (mod.evaluated) this.fileHooks.registerAgain(mod)
    const importer = callstack?.at(-1)
    if (!importer) return
    const isStatic = !metadata?.isDynamicImport || this.#isHoistedImport(importer, mod)
    if (isStatic) this.resets.noteStaticImport(importer, mod.id)
  }

  /** The same for one that was made before this host was there. */
  noteEarlierRequest({ importer, mod, metadata, isLate }: LoggedRequest): void {
    const isStatic = !metadata?.isDynamicImport || (!isLate && this.#isHoisted(importer, mod))
    if (isStatic) this.resets.noteStaticImport(importer, mod.id)
  }

  /** In a file with `vi.mock`, Vitest turns static imports into dynamic ones, which its body awaits. */
  #isHoistedImport(importer: string, imported: RunnerModule): boolean {
    const mod = this.runner.evaluatedModules.getModuleById(importer)
    return mod?.evaluated === false && this.#isHoisted(importer, imported)
  }

  #isHoisted(importer: string, imported: RunnerModule): boolean {
    const { evaluatedModules } = this.runner
    const mod = evaluatedModules.getModuleById(importer)
    if (!mod) return false
    return hoistedImports(mod).some((url) => evaluatedModules.getModuleByUrl(url) === imported)
  }

  noteDependency(mod: RunnerModule): void {
    this.worker.dependencies?.add(mod.id)
  }

  /** The lock that a module has to have before it is evaluated, if it has not got it. */
  lockFor(mod: RunnerModule): Promise<void> | undefined {
    const source = this.sources.ofMod(mod)
    const key = source && this.singleWorker?.needs(source.id, this.factsOf(source))
    return key === undefined ? undefined : this.singleWorker?.acquire(source?.id as ModuleId, key)
  }
}

function kindOfId(id: ModuleId): ModuleKind {
  if (!isFileId(id)) return 'virtual'
  if (id.endsWith('.node')) return 'addon'
  return id.endsWith('.json') ? 'json' : 'source'
}
