/** The core's port, answered by Jest's runtime. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  builtinName,
  type Copy,
  type CoreState,
  type FunctionTargets,
  fileOf,
  functionTargetsFor,
  type HostScope,
  type Installed,
  isThenable,
  type MaybePromise,
  type ModuleFacts,
  type ModuleHost,
  type ModuleId,
  type ModuleRecord,
  moduleId,
  NotFreshError,
  type ReloadedCopy,
  type ResolveKind,
  runAsync,
  runSync,
  type ScopeRules,
  shareLoadedAddons,
  type TakenRecords,
} from 'fresh-modules/internal/core'
import { JestScope } from '../fresh/jest-scope.ts'
import { isPending, viewOfWaiting } from '../fresh/waiting-view.ts'
import { REMEDIES } from '../guard/remedies.ts'
import { supportsVmModules } from '../jest/capabilities.ts'
import { FileSignatures } from '../jest/file-signatures.ts'
import type { HookPoints } from '../jest/hook-points.ts'
import { idOfFile, queryOf, splitSpecifier } from '../jest/module-ids.ts'
import { isFrameworkModule } from '../jest/never-touch.ts'
import { Records } from '../jest/records.ts'
import { Requests } from '../jest/request-edges.ts'
import type { CjsModule, RuntimeHooks, RuntimeInternals, VmModule } from '../jest/runtime-internals/detect.ts'
import { Spies } from '../jest/runtime-internals/spies.ts'
import { inSandbox } from '../jest/sandbox-errors.ts'
import { ExportsDefinitions } from '../reset/exports-definitions.ts'
import { JestResets } from '../reset/jest-resets.ts'
import { reloadCjs } from '../reset/reload-cjs.ts'
import { Facts } from './facts.ts'
import { RegisteredWorld } from './registered-world.ts'

export interface JestHostOptions {
  readonly state: CoreState
  /** The sandbox's global. */
  readonly realm: typeof globalThis
  vmContext(): object
  readonly root: string
  readonly testFile: string
  readonly points: HookPoints
  /** What the environment makes mock functions with. */
  readonly moduleMocker: object
  /** Opens the runtime, which from then on tells the hooks what it does. */
  open(hooks: RuntimeHooks): RuntimeInternals
}

export class JestHost implements ModuleHost {
  readonly label: string
  readonly root: string
  readonly testFile: string
  readonly realm: typeof globalThis
  readonly state: CoreState
  readonly points: HookPoints
  readonly vmContext: () => object
  readonly internals: RuntimeInternals
  readonly registry: Records
  readonly definitions: ExportsDefinitions
  readonly requests: Requests
  readonly spies: Spies
  readonly resets: JestResets
  /** The host as the core has it. */
  readonly installed: Installed
  readonly #facts: Facts
  readonly #signatures = new FileSignatures()
  /** A module object or `import.meta` -> the id of its copy, fresh or registered. */
  readonly #handles = new WeakMap<object, ModuleId>()
  /** Modules whose body runs again: of these evaluations the core tells the import hooks itself. */
  readonly #reloading = new Set<CjsModule>()

  constructor({ state, realm, vmContext, root, testFile, points, moduleMocker, open }: JestHostOptions) {
    this.state = state
    this.installed = { host: this, state }
    this.realm = realm
    this.vmContext = vmContext
    this.root = root
    this.testFile = testFile
    this.points = points
    shareLoadedAddons(realm)
    this.spies = new Spies(moduleMocker)
    this.definitions = new ExportsDefinitions(realm)
    this.requests = new Requests((specifier, importer, kind) => this.#idOfEdge(specifier, importer, kind))
    this.internals = open(new RegisteredWorld(this))
    this.registry = new Records(this.internals, this.requests)
    this.#facts = new Facts(this.internals, this.registry, realm)
    this.resets = new JestResets(this)
    this.label = `Jest ${this.internals.version}`
  }

  isProtected(id: ModuleId): boolean {
    return isFrameworkModule(id)
  }

  resolve(specifier: string, importer: string, kind: ResolveKind): MaybePromise<ModuleId> {
    if (this.internals.isCore(specifier)) return builtinName(specifier) as ModuleId
    try {
      return this.#resolve(specifier, importer, kind)
    } catch (error) {
      // The resolver remembers what was missing; it may have been created since.
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error
      this.internals.forgetMissing()
      return this.#resolve(specifier, importer, kind)
    }
  }

  #resolve(specifier: string, importer: string, kind: ResolveKind): MaybePromise<ModuleId> {
    const from =
      path.extname(importer) || !importer.endsWith(path.sep) ? importer : path.join(importer, 'index.js')
    if (kind === 'require' || !this.isEsm(from)) {
      const request = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
      return idOfFile(this.internals.rootMock(from, request) ?? this.internals.resolveCjs(from, request))
    }
    const { path: request, query } = splitSpecifier(specifier)
    const name = request.startsWith('file:') ? fileURLToPath(request) : request
    const resolved = this.internals.resolveEsm(from, name)
    return isThenable(resolved)
      ? (resolved as Promise<string>).then((file) => idOfFile(file, query))
      : idOfFile(resolved as string, query)
  }

  facts(id: ModuleId): ModuleFacts {
    return this.#facts.of(id)
  }

  record(id: ModuleId): ModuleRecord | undefined {
    return this.registry.get(id)
  }

  records(): Iterable<ModuleRecord> {
    return this.registry.all()
  }

  idOf(object: object): ModuleId | undefined {
    const known = this.#handles.get(object)
    if (known !== undefined) return known
    const { url } = object as { url?: unknown }
    if (typeof url === 'string' && url.startsWith('file:') && Object.getPrototypeOf(object) === null) {
      const id = idOfFile(fileURLToPath(url), /[?#].*$/.exec(url)?.[0] ?? '')
      this.registry.noteMeta(id, object)
      this.#handles.set(object, id)
      return id
    }
    return this.registry.idOfExports(object)
  }

  noteHandle(handle: object, id: ModuleId): void {
    this.#handles.set(handle, id)
  }

  load(id: ModuleId, importer: string, kind: ResolveKind): MaybePromise<Copy> {
    const [file, query] = [fileOf(id), queryOf(id)]
    if (kind === 'require' || !(this.isEsm(importer) || this.isEsm(file))) {
      const exports = this.internals.requirePlain(importer, file)
      return { id, exports, handle: this.registry.cjs(id) }
    }
    this.assertVmModules(id)
    const loading = this.internals.importPlain(importer, this.internals.esmSpecifier(file, query))
    return loading.then(({ namespace }) => ({ id, exports: namespace, handle: this.record(id)?.handle }))
  }

  openScope(rules: ScopeRules, kind: ResolveKind): HostScope {
    return new JestScope(this, rules, kind)
  }

  take(ids: readonly ModuleId[]): TakenRecords {
    return this.registry.take(ids)
  }

  drop(ids: readonly ModuleId[]): void {
    this.registry.drop(ids)
    for (const id of ids) this.refresh(id)
  }

  reload(id: ModuleId): ReloadedCopy {
    this.refresh(id)
    return reloadCjs(this, id)
  }

  runReload(module: CjsModule, run: () => void): void {
    this.#reloading.add(module)
    try {
      run()
    } finally {
      this.#reloading.delete(module)
    }
  }

  isReloading(module: CjsModule): boolean {
    return this.#reloading.has(module)
  }

  /** Drops what the runtime caches of a file that has changed since we looked last. */
  refresh(id: ModuleId): void {
    const file = fileOf(id)
    const state = this.#signatures.compare(file, this.internals.textOf(file))
    if (state !== 'same') this.internals.forget(file, state === 'changed')
  }

  /** After a failure: the next call sees the file, and what it asks for, as they are then. */
  forget(id: ModuleId): void {
    this.internals.forget(fileOf(id), true)
    this.internals.forgetMissing()
  }

  readonly remedies = REMEDIES

  isEsm(file: string): boolean {
    return this.internals.isEsm(file)
  }

  /** Whether an ES importer gets the module from the loader of ES modules. */
  isEsmTarget(id: ModuleId): boolean {
    return fileOf(id).endsWith('.json') || this.isEsm(fileOf(id))
  }

  importerFile(caller: ModuleId | undefined): string {
    return caller === undefined ? this.testFile : fileOf(caller)
  }

  idOfResolved(resolved: string): ModuleId {
    return this.internals.isCore(resolved) ? (builtinName(resolved) as ModuleId) : moduleId(resolved)
  }

  /** What a `require` resolves to; undefined where there is nothing, or nothing that could be fresh or blocked. */
  idOfRequire(specifier: string, importer: string, isActual: boolean): ModuleId | undefined {
    if (this.internals.isCore(specifier)) return builtinName(specifier) as ModuleId
    try {
      const mock = isActual ? undefined : this.internals.rootMock(importer, specifier)
      return idOfFile(mock ?? this.internals.resolveCjs(importer, specifier))
    } catch {
      return undefined
    }
  }

  /** The same for an ES import, whatever the system of its importer; and whether a mock answers it. */
  async idOfImport(
    specifier: string,
    importer: string,
  ): Promise<{ id: ModuleId | undefined; isMocked: boolean }> {
    if (specifier === '@jest/globals' || specifier.startsWith('data:'))
      return { id: undefined, isMocked: false }
    const { path: request, query } = splitSpecifier(specifier)
    const name = request.startsWith('file:') ? fileURLToPath(request) : request
    const isMocked = await this.internals.isMockedEsm(importer, name)
    if (this.internals.isCore(specifier)) return { id: builtinName(specifier) as ModuleId, isMocked }
    try {
      return { id: idOfFile(await this.internals.resolveEsm(importer, name), query), isMocked }
    } catch (error) {
      // A mock may stand for what does not exist.
      if (isMocked) return { id: undefined, isMocked }
      throw error
    }
  }

  /** What a specifier in the code of a CommonJS module names; undefined where a mock answers it, or nothing does. */
  idOfSpecifier(specifier: string, importer: string): ModuleId | undefined {
    if (this.internals.isCore(specifier)) return builtinName(specifier) as ModuleId
    return this.#idOfEdge(specifier, importer, 'require') ?? undefined
  }

  #idOfEdge(specifier: string, importer: string, kind: ResolveKind): ModuleId | null {
    if (this.internals.isCore(specifier) || specifier === '@jest/globals') return null
    try {
      if (kind === 'require' && this.internals.isMockedCjs(importer, specifier)) return null
      const id = this.#resolve(specifier, importer, kind)
      return isThenable(id) ? null : (id as ModuleId)
    } catch {
      return null
    }
  }

  /**
   * The copy that a `require` by this file gives, if it is a target of a pending function form: `plain` for one that
   * is imported as usual.
   */
  requireTarget(importer: string, specifier: string, plain: () => unknown): { exports: unknown } | undefined {
    const targets = this.#targetsFor(importer)
    if (!targets || specifier === '@jest/globals') return undefined
    if (!this.internals.isCore(specifier) && this.internals.isMockedCjs(importer, specifier)) {
      targets.count++
      return { exports: plain() }
    }
    const id = this.resolve(specifier, importer, 'require') as ModuleId
    const admission = runSync(targets.admit(specifier, id), () => this.onlyAsync(id))
    if (admission === 'plain') return { exports: plain() }
    const { exports } = this.sync(id, targets.scope.evaluate(id))
    return { exports }
  }

  /** The same for an `import()`. */
  async importTarget(importer: string, specifier: string): Promise<VmModule | undefined> {
    const targets = this.#targetsFor(importer)
    if (!targets || specifier === '@jest/globals' || specifier.startsWith('data:')) return undefined
    const { id, isMocked } = await this.idOfImport(specifier, importer)
    if (isMocked) targets.count++
    if (isMocked || id === undefined || (await runAsync(targets.admit(specifier, id))) === 'plain') {
      return this.internals.importPlain(importer, specifier)
    }
    return (targets.scope as JestScope).importTarget(id, importer)
  }

  #targetsFor(importer: string): FunctionTargets | undefined {
    if (this.state.pendingCalls === 0) return undefined
    return functionTargetsFor(this.state, importer, () => this.internals.codeOf(importer))
  }

  /** As a plain import() by a copy that a file has asked for. A failure is not kept: the next import tries again. */
  async importShared(importer: string, specifier: string, caller: ModuleId | undefined): Promise<VmModule> {
    try {
      let waits = false
      const module = await this.internals.importPlain(importer, specifier, async (module) => {
        waits = caller !== undefined && this.#reaches(module, caller) && (await isPending(module))
        return waits
      })
      return waits ? await viewOfWaiting(module, this.vmContext()) : module
    } catch (error) {
      this.registry.dropErrored()
      throw error
    }
  }

  /** Whether a module is the caller, or imports it. */
  #reaches({ identifier }: VmModule, caller: ModuleId): boolean {
    const visited = new Set<ModuleId>([idOfFile(identifier)])
    for (const id of visited) {
      if (fileOf(id) === fileOf(caller)) return true
      for (const imported of this.record(id)?.imports ?? []) visited.add(imported)
    }
    return false
  }

  /** The value, where waiting is impossible. */
  sync<T>(id: ModuleId, value: MaybePromise<T>): T {
    if (!isThenable(value)) return value as T
    ;(value as Promise<T>).catch(() => {})
    throw this.onlyAsync(id)
  }

  onlyAsync(id: ModuleId): Error {
    const why = 'it is a native ES module, which is evaluated asynchronously'
    const remedy = 'Use await importFresh(...), or import() where a copy requires it.'
    return inSandbox(this.realm, new NotFreshError(fileOf(id), why, remedy))
  }

  assertVmModules(id: ModuleId): void {
    if (supportsVmModules) return
    const why = 'it is a native ES module, and Jest runs without them'
    const remedy = 'Start Node with --experimental-vm-modules, or let a transform compile it to CommonJS.'
    throw inSandbox(this.realm, new NotFreshError(fileOf(id), why, remedy))
  }
}
