/**
 * Everything undocumented of Jest that the adapter relies on, with the versions for which it holds.
 * `e2e/jest/assumptions.test.ts` pins it; where it is not as described, the adapter refuses to work.
 *
 * jest-runtime keeps its state in one of two layouts: 29.7 to 30.3 in private fields of the runtime, 30.4 and later
 * in objects that the runtime is made of. Both are reached through `RuntimeInternals`.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { UnsupportedHostError } from 'fresh-modules/internal'

/** A CommonJS `module` object, as the runtime makes it for each evaluation. */
export interface CjsModule {
  children: CjsModule[]
  exports: unknown
  readonly filename: string
  readonly id: string
  loaded: boolean
  readonly path: string
  readonly parent?: CjsModule | null
}

/** What a CommonJS body is given as `require`. */
export interface JestRequire {
  (specifier: string): unknown
  resolve: ((specifier: string, options?: object) => string) & { paths(specifier: string): string[] | null }
}

/** `vm.SourceTextModule` or `vm.SyntheticModule`: the types of Node leave out what is newer. */
export interface VmModule {
  readonly status: 'unlinked' | 'linking' | 'linked' | 'evaluating' | 'evaluated' | 'errored'
  readonly identifier: string
  readonly namespace: object
  readonly error: unknown
  /** Node 24.4 and later; `dependencySpecifiers` before. */
  readonly moduleRequests?: readonly { readonly specifier: string }[]
  readonly dependencySpecifiers?: readonly string[]
  link(linker: (specifier: string, referencing: VmModule) => VmModule | Promise<VmModule>): Promise<void>
  evaluate(): Promise<void>
  setExport(name: string, value: unknown): void
}

/** The registries map to these; an ES module that is still being built may be a promise. */
export type Entry = CjsModule | VmModule | Promise<VmModule>

/** The `jest` object of one file. */
export interface JestObject {
  requireActual(specifier: string): unknown
}

/** How one evaluation of a CommonJS module differs from the runtime's own. */
export interface LoadSeams {
  require(original: JestRequire): JestRequire
  jest(original: JestObject): JestObject
  import(specifier: string): Promise<VmModule>
}

/** What the adapter is told of what the runtime does in the world of registered modules. */
export interface RuntimeHooks {
  /** A CommonJS module is about to be evaluated: `run` does it. */
  load(load: { module: CjsModule; importer: string; isMock: boolean }, run: () => void): void
  /** The `require` of a module has been built; what is returned is used in its place. */
  require(module: CjsModule, original: JestRequire): JestRequire
  /** An ES import or an `import()` is about to be resolved; `proceed` does what the runtime would. */
  import(
    request: { specifier: string; importer: string },
    proceed: () => Promise<VmModule>,
  ): Promise<VmModule>
  /** An ES module and all it imports have been evaluated. */
  imported(): void
  /** The runtime has dropped its registries, or put an empty one over them. */
  reset(by: 'resetModules' | 'isolateModules' | 'isolateModulesAsync'): void
}

export interface RuntimeInternals {
  /** Version of jest-runtime. */
  readonly version: string
  /** The active registry of CommonJS modules: file -> module. `jest.isolateModules` puts another one over it. */
  cjs(): Map<string, Entry>
  /** The active registry of ES modules, by `esmKey`. */
  esm(): Map<string, Entry>
  esmKey(file: string, query: string): string
  /** What an ES import is to say so that it resolves to this file. */
  esmSpecifier(file: string, query: string): string
  isCore(specifier: string): boolean
  isEsm(file: string): boolean
  /** By the conditions of `require`, mocks aside. Throws the host's own error. */
  resolveCjs(from: string, specifier: string): string
  /** By the conditions of `import`; a promise where the configured resolver is asynchronous. */
  resolveEsm(from: string, specifier: string): string | Promise<string>
  /** The file under `__mocks__` that stands for a package without any `jest.mock`. */
  rootMock(from: string, specifier: string): string | undefined
  isMockedCjs(from: string, specifier: string): boolean
  isMockedEsm(from: string, specifier: string): boolean | Promise<boolean>
  /** As a plain `require` by that file. */
  requirePlain(from: string, specifier: string): unknown
  /** As a plain `import()` by that file; resolves to a module that has been evaluated. */
  importPlain(from: string, specifier: string): Promise<VmModule>
  /** The runtime's own transform of an ES module. */
  transformEsm(file: string): string | Promise<string>
  parseJson(file: string): unknown
  /** Names that a static look at a CommonJS file finds among its exports. */
  exportNames(from: string, file: string): Iterable<string>
  jestObject(file: string): JestObject
  /** Evaluates a CommonJS module that is in no registry. `parents` is asked for `module.parent`. */
  loadCjs(
    load: { module: CjsModule; importer: string; specifier: string; parents: Parents },
    seams: LoadSeams,
  ): void
  /** The same for one that is registered: nothing about it is special, except that it exists already. */
  reloadCjs(module: CjsModule, importer: string | undefined): void
  /** Runs `run`, whose next request is made by a copy that is not registered: it is nobody's child. */
  unrecorded<T>(run: () => T): T
  /** Drops the source that the runtime caches of a file; where it has changed, what the transformer made of it too. */
  forget(file: string, hasChanged: boolean): void
  /** Drops what the resolver knows of files that do not exist. */
  forgetMissing(): void
  assertAlive(): void
}

export interface Parents {
  get(file: string): Entry | undefined
}

export function isVmModule(entry: Entry | undefined): entry is VmModule {
  return typeof (entry as VmModule | undefined)?.link === 'function'
}

export function isCjsModule(entry: Entry | undefined): entry is CjsModule {
  return entry !== undefined && !isVmModule(entry) && 'exports' in entry && 'filename' in entry
}

/** As the runtime makes them: of the realm that Jest itself runs in. */
export function createModule(file: string): CjsModule & { isPreloading: boolean } {
  return {
    children: [],
    exports: {},
    filename: file,
    id: file,
    isPreloading: false,
    loaded: false,
    path: path.dirname(file),
  }
}

const ESM_TRANSFORM_OPTIONS = {
  isInternalModule: false,
  supportsDynamicImport: true,
  supportsExportNamespaceFrom: true,
  supportsStaticESM: true,
  supportsTopLevelAwait: true,
}

interface Resolver {
  constructor: { clearDefaultResolverCache?(): void }
  isCoreModule(name: string): boolean
  canResolveSync?(): boolean
  hasDistinctAsyncResolver?(): boolean
  resolveModule(from: string, name: string, options?: object): string
  resolveModuleAsync(from: string, name: string, options?: object): Promise<string>
  getModule(name: string): string | null
  getMockModule(from: string, name: string, options?: object): string | null
  getModuleID(virtualMocks: Map<string, boolean>, from: string, name?: string, options?: object): string
  _moduleNameCache?: Map<string, string>
}

interface ScriptTransformer {
  transformJson(file: string, options: object, text: string): string
  _cache?: { transformedFiles?: Map<string, unknown> }
}

/** The methods of the runtime that both layouts have. */
interface Runtime {
  readonly constructor: object
  _environment: { global: typeof globalThis }
  requireModuleOrMock(from: string, name: string): unknown
  unstable_shouldLoadAsEsm(file: string): boolean
  unstable_importModule(from: string, name?: string): Promise<VmModule>
  resetModules(): void
  isolateModules(run: () => void): void
  isolateModulesAsync(run: () => Promise<void>): Promise<void>
}

type Options = { isInternalModule?: boolean } | undefined

/** What both layouts share: the resolver, the caches behind the transform, and what is public. */
abstract class Layout {
  readonly version: string
  protected abstract readonly resolver: Resolver
  protected abstract readonly transformer: ScriptTransformer
  protected abstract readonly cjsOptions: object
  protected abstract readonly esmOptions: object
  protected abstract readonly sources: Map<string, string>
  protected abstract readonly buffers: Map<string, Buffer>
  protected abstract readonly namesOfCjs: Map<string, Set<string>>
  readonly #runtime: Runtime

  constructor(runtime: Runtime, version: string) {
    this.#runtime = runtime
    this.version = version
  }

  isCore(specifier: string): boolean {
    return this.resolver.isCoreModule(specifier)
  }

  isEsm(file: string): boolean {
    return this.#runtime.unstable_shouldLoadAsEsm(file)
  }

  resolveCjs(from: string, specifier: string): string {
    return this.resolver.resolveModule(from, specifier, this.cjsOptions)
  }

  resolveEsm(from: string, specifier: string): string | Promise<string> {
    const isSync =
      this.resolver.canResolveSync?.() !== false && this.resolver.hasDistinctAsyncResolver?.() !== true
    if (isSync) return this.resolver.resolveModule(from, specifier, this.esmOptions)
    return this.resolver.resolveModuleAsync(from, specifier, this.esmOptions)
  }

  requirePlain(from: string, specifier: string): unknown {
    return this.#runtime.requireModuleOrMock(from, specifier)
  }

  /** Public methods whose effect on the registries the adapter has to know of. */
  protected hookResets(hooks: RuntimeHooks): void {
    const runtime = this.#runtime
    const { resetModules, isolateModules, isolateModulesAsync, unstable_importModule } = runtime
    runtime.resetModules = () => {
      resetModules.call(runtime)
      hooks.reset('resetModules')
    }
    runtime.isolateModules = (run) =>
      isolateModules.call(runtime, () => {
        hooks.reset('isolateModules')
        run()
      })
    runtime.isolateModulesAsync = (run) =>
      isolateModulesAsync.call(runtime, () => {
        hooks.reset('isolateModulesAsync')
        return run()
      })
    runtime.unstable_importModule = async (from, name) => {
      const module = await unstable_importModule.call(runtime, from, name)
      hooks.imported()
      return module
    }
  }

  forget(file: string, hasChanged: boolean): void {
    this.sources.delete(file)
    this.buffers.delete(file)
    this.namesOfCjs.delete(file)
    if (!hasChanged) return
    const transformed = this.transformer._cache?.transformedFiles
    // Keys are the file, then its time of change, then options.
    for (const key of transformed?.keys() ?? []) if (key.startsWith(`${file}_`)) transformed?.delete(key)
  }

  forgetMissing(): void {
    this.resolver.constructor.clearDefaultResolverCache?.()
  }
}

/** 30.4 to 30.5: the runtime is made of objects, one class each. */
interface CollaboratorRuntime extends Runtime {
  readonly registries: {
    getActiveCjsRegistry(): Map<string, Entry>
    getActiveEsmRegistry(): Map<string, Entry>
  }
  readonly requireBuilder: { for(module: CjsModule, options: Options): JestRequire }
  readonly executor: {
    currentlyExecutingManualMock: string | null
    requireBuilder: object
    jestGlobals: object
    dynamicImport: unknown
    getCurrentlyExecutingManualMock(): string | null
  }
  readonly cjsLoader: {
    executor: object
    loadModule(
      module: CjsModule,
      from: string,
      name: string | undefined,
      file: string,
      options: Options,
      registry: Parents,
    ): void
    /** 30.5. */
    recordChildModule?(from: string, child: CjsModule, registry: Map<string, Entry>): void
  }
  readonly esmLoader: {
    resolveModule(specifier: string, importer: string, context: object): Promise<VmModule>
    linkAndEvaluateModule(module: VmModule): Promise<VmModule>
  }
  readonly _resolution: {
    resolver: Resolver
    cjsConditions: string[]
    esmConditions: string[]
    /** 30.5: the same object each time, by which the resolver finds its cache. */
    cjsResolveOptions?: object
    esmResolveOptions?: object
    clear?(): void
  }
  readonly mockState: {
    shouldMockCjs(from: string, name: string): { shouldMock: boolean } | boolean
    shouldMockEsmAsync(from: string, name: string): Promise<{ shouldMock: boolean } | boolean>
    getCjsModuleId(from: string, name: string): string
    isExplicitlyUnmocked(id: string): boolean
  }
  readonly transformCache: {
    scriptTransformer: ScriptTransformer
    canTransformSync(file: string): boolean
    transform(file: string, options: object): string
    transformAsync(file: string, options: object): Promise<string>
    transformJson(file: string, options: object): string
  }
  readonly fileCache: { strings: Map<string, string>; buffers: Map<string, Buffer> }
  readonly cjsExportsCache: {
    cache: Map<string, Set<string>>
    getExportsOf(from: string, file: string): Set<string>
  }
  readonly jestGlobals: { jestObjectFor(file: string): JestObject }
  readonly testState: { throwIfTornDown(message: string): void }
}

const TORN_DOWN = 'You are trying to `import` a file after the Jest environment has been torn down.'

class Collaborators extends Layout implements RuntimeInternals {
  readonly #runtime: CollaboratorRuntime
  readonly #original: Pick<CollaboratorRuntime['cjsLoader'], 'loadModule'> & {
    for: CollaboratorRuntime['requireBuilder']['for']
    resolveModule: CollaboratorRuntime['esmLoader']['resolveModule']
  }
  #isUnrecorded = false

  constructor(runtime: CollaboratorRuntime, version: string, hooks: RuntimeHooks) {
    super(runtime, version)
    this.#runtime = runtime
    const { cjsLoader, esmLoader, requireBuilder } = runtime
    const { loadModule, recordChildModule } = cjsLoader
    const { resolveModule, linkAndEvaluateModule } = esmLoader
    this.#original = { loadModule, resolveModule, for: requireBuilder.for }
    requireBuilder.for = (module, options) => {
      const built = this.#original.for.call(requireBuilder, module, options)
      return options?.isInternalModule ? built : hooks.require(module, built)
    }
    cjsLoader.loadModule = (module, importer, name, file, options, registry) => {
      const run = () => loadModule.call(cjsLoader, module, importer, name, file, options, registry)
      if (options?.isInternalModule) run()
      else hooks.load({ module, importer, isMock: registry !== this.cjs() }, run)
    }
    if (recordChildModule) {
      cjsLoader.recordChildModule = (from, child, registry) => {
        const skip = this.#isUnrecorded
        this.#isUnrecorded = false
        if (!skip) recordChildModule.call(cjsLoader, from, child, registry)
      }
    }
    esmLoader.resolveModule = (specifier, importer, context) =>
      hooks.import({ specifier, importer }, () => resolveModule.call(esmLoader, specifier, importer, context))
    esmLoader.linkAndEvaluateModule = async (module) => {
      const evaluated = await linkAndEvaluateModule.call(esmLoader, module)
      hooks.imported()
      return evaluated
    }
    this.hookResets(hooks)
  }

  protected get resolver() {
    return this.#runtime._resolution.resolver
  }
  protected get transformer() {
    return this.#runtime.transformCache.scriptTransformer
  }
  protected get cjsOptions() {
    const { cjsResolveOptions, cjsConditions } = this.#runtime._resolution
    return cjsResolveOptions ?? { conditions: cjsConditions }
  }
  protected get esmOptions() {
    const { esmResolveOptions, esmConditions } = this.#runtime._resolution
    return esmResolveOptions ?? { conditions: esmConditions }
  }
  protected get sources() {
    return this.#runtime.fileCache.strings
  }
  protected get buffers() {
    return this.#runtime.fileCache.buffers
  }
  protected get namesOfCjs() {
    return this.#runtime.cjsExportsCache.cache
  }

  cjs() {
    return this.#runtime.registries.getActiveCjsRegistry()
  }

  esm() {
    return this.#runtime.registries.getActiveEsmRegistry()
  }

  // 30.5 keys by URL, 30.4 by path and query.
  esmKey(file: string, query: string) {
    return isAtLeast(this.version, 30, 5) ? pathToFileURL(file).href + query : file + query.replace(/^\?/, '')
  }

  esmSpecifier(file: string, query: string) {
    return isAtLeast(this.version, 30, 5) ? pathToFileURL(file).href + query : file + query
  }

  rootMock(from: string, specifier: string) {
    if (this.resolver.getModule(specifier)) return undefined
    const mock = this.resolver.getMockModule(from, specifier, this.cjsOptions)
    if (!mock || mock === this.#runtime.executor.getCurrentlyExecutingManualMock()) return undefined
    const { mockState } = this.#runtime
    return mockState.isExplicitlyUnmocked(mockState.getCjsModuleId(from, specifier)) ? undefined : mock
  }

  isMockedCjs(from: string, specifier: string) {
    return shouldMock(this.#runtime.mockState.shouldMockCjs(from, specifier))
  }

  async isMockedEsm(from: string, specifier: string) {
    return shouldMock(await this.#runtime.mockState.shouldMockEsmAsync(from, specifier))
  }

  async importPlain(from: string, specifier: string) {
    const { esmLoader, _environment } = this.#runtime
    const context = (_environment as unknown as { getVmContext(): object }).getVmContext()
    return settle(await this.#original.resolveModule.call(esmLoader, specifier, from, context), (module) =>
      esmLoader.linkAndEvaluateModule(module),
    )
  }

  transformEsm(file: string) {
    const { transformCache } = this.#runtime
    return transformCache.canTransformSync(file)
      ? transformCache.transform(file, ESM_TRANSFORM_OPTIONS)
      : transformCache.transformAsync(file, ESM_TRANSFORM_OPTIONS)
  }

  parseJson(file: string) {
    const text = this.#runtime.transformCache.transformJson(file, ESM_TRANSFORM_OPTIONS)
    return this.#runtime._environment.global.JSON.parse(text)
  }

  exportNames(from: string, file: string) {
    return this.#runtime.cjsExportsCache.getExportsOf(from, file)
  }

  jestObject(file: string) {
    return this.#runtime.jestGlobals.jestObjectFor(file)
  }

  loadCjs(
    { module, importer, specifier, parents }: Parameters<RuntimeInternals['loadCjs']>[0],
    seams: LoadSeams,
  ) {
    const { cjsLoader, executor, requireBuilder } = this.#runtime
    const scoped = Object.create(executor, {
      requireBuilder: {
        value: {
          for: (of: CjsModule, options: Options) =>
            seams.require(this.#original.for.call(requireBuilder, of, options)),
        },
      },
      jestGlobals: { value: { jestObjectFor: (file: string) => seams.jest(this.jestObject(file)) } },
      dynamicImport: { value: (request: string) => seams.import(request) },
      // The one field that evaluation writes.
      currentlyExecutingManualMock: {
        get: () => executor.currentlyExecutingManualMock,
        set: (file: string | null) => {
          executor.currentlyExecutingManualMock = file
        },
      },
    })
    const loader = Object.create(cjsLoader, { executor: { value: scoped } })
    this.#original.loadModule.call(loader, module, importer, specifier, module.filename, undefined, parents)
  }

  reloadCjs(module: CjsModule, importer: string | undefined) {
    const { cjsLoader } = this.#runtime
    const { filename } = module
    cjsLoader.loadModule(module, importer ?? filename, importer && filename, filename, undefined, this.cjs())
  }

  unrecorded<T>(run: () => T): T {
    this.#isUnrecorded = true
    try {
      return run()
    } finally {
      this.#isUnrecorded = false
    }
  }

  override forgetMissing() {
    super.forgetMissing()
    this.#runtime._resolution.clear?.()
  }

  assertAlive() {
    this.#runtime.testState.throwIfTornDown(TORN_DOWN)
  }
}

/** 29.7 to 30.3: everything is a private field of the runtime. */
interface PrivateRuntime extends Runtime {
  readonly _moduleRegistry: Map<string, Entry>
  readonly _esmoduleRegistry: Map<string, Entry>
  readonly _isolatedModuleRegistry: Map<string, Entry> | null
  readonly _resolver: Resolver
  readonly _scriptTransformer: ScriptTransformer
  readonly cjsConditions: string[]
  readonly esmConditions: string[]
  readonly _cacheFS: Map<string, string>
  readonly _cacheFSBuffer: Map<string, Buffer>
  readonly _cjsNamedExports: Map<string, Set<string>>
  readonly _explicitShouldMock: Map<string, boolean>
  readonly _explicitShouldMockModule: Map<string, boolean>
  readonly _virtualMocks: Map<string, boolean>
  readonly jestObjectCaches: Map<string, JestObject>
  readonly isTornDown: boolean
  _isCurrentlyExecutingManualMock: string | null
  _currentlyExecutingModulePath: string
  _mainModule: CjsModule | null
  _createRequireImplementation(module: CjsModule, options: Options): JestRequire
  _createJestObjectFor(file: string): JestObject
  _loadModule(
    module: CjsModule,
    from: string,
    name: string | undefined,
    file: string,
    options: Options,
    registry: Parents,
  ): void
  _shouldMockCjs(from: string, name: string, explicit: Map<string, boolean>): boolean
  _shouldMockModule(from: string, name: string, explicit: Map<string, boolean>): boolean | Promise<boolean>
  _getFullTransformationOptions(options: object): object
  _logFormattedReferenceError(message: string): void
  resolveModule(specifier: string, importer: string, context: object): Promise<VmModule>
  linkAndEvaluateModule(module: VmModule): Promise<VmModule>
  transformFileAsync(file: string, options: object): Promise<string>
  getExportsOfCjs(file: string): Set<string>
  readFile(file: string): string
}

class PrivateFields extends Layout implements RuntimeInternals {
  readonly #runtime: PrivateRuntime
  readonly #original: Pick<PrivateRuntime, '_createRequireImplementation' | '_loadModule' | 'resolveModule'>

  constructor(runtime: PrivateRuntime, version: string, hooks: RuntimeHooks) {
    super(runtime, version)
    this.#runtime = runtime
    const { _createRequireImplementation, _loadModule, resolveModule, linkAndEvaluateModule } = runtime
    this.#original = { _createRequireImplementation, _loadModule, resolveModule }
    runtime._createRequireImplementation = (module, options) => {
      const built = _createRequireImplementation.call(runtime, module, options)
      return options?.isInternalModule ? built : hooks.require(module, built)
    }
    runtime._loadModule = (module, importer, name, file, options, registry) => {
      const run = () => {
        const { _isCurrentlyExecutingManualMock, _currentlyExecutingModulePath } = runtime
        try {
          _loadModule.call(runtime, module, importer, name, file, options, registry)
        } finally {
          // The runtime forgets to do this when a body throws.
          Object.assign(runtime, { _isCurrentlyExecutingManualMock, _currentlyExecutingModulePath })
        }
      }
      if (options?.isInternalModule) run()
      else hooks.load({ module, importer, isMock: registry !== this.cjs() }, run)
    }
    runtime.resolveModule = (specifier, importer, context) =>
      hooks.import({ specifier, importer }, () => resolveModule.call(runtime, specifier, importer, context))
    runtime.linkAndEvaluateModule = async (module) => {
      const evaluated = await linkAndEvaluateModule.call(runtime, module)
      hooks.imported()
      return evaluated
    }
    this.hookResets(hooks)
  }

  protected get resolver() {
    return this.#runtime._resolver
  }
  protected get transformer() {
    return this.#runtime._scriptTransformer
  }
  protected get cjsOptions() {
    return { conditions: this.#runtime.cjsConditions }
  }
  protected get esmOptions() {
    return { conditions: this.#runtime.esmConditions }
  }
  protected get sources() {
    return this.#runtime._cacheFS
  }
  protected get buffers() {
    return this.#runtime._cacheFSBuffer
  }
  protected get namesOfCjs() {
    return this.#runtime._cjsNamedExports
  }

  cjs() {
    return this.#runtime._isolatedModuleRegistry ?? this.#runtime._moduleRegistry
  }

  esm() {
    return this.#runtime._isolatedModuleRegistry ?? this.#runtime._esmoduleRegistry
  }

  // The query comes without its question mark.
  esmKey(file: string, query: string) {
    return file + query.replace(/^\?/, '')
  }

  esmSpecifier(file: string, query: string) {
    return file + query
  }

  rootMock(from: string, specifier: string) {
    const { _explicitShouldMock, _virtualMocks, _isCurrentlyExecutingManualMock } = this.#runtime
    if (this.resolver.getModule(specifier)) return undefined
    const mock = this.resolver.getMockModule(from, specifier, this.cjsOptions)
    if (!mock || mock === _isCurrentlyExecutingManualMock) return undefined
    const id = this.resolver.getModuleID(_virtualMocks, from, specifier, this.cjsOptions)
    return _explicitShouldMock.get(id) === false ? undefined : mock
  }

  isMockedCjs(from: string, specifier: string) {
    return this.#runtime._shouldMockCjs(from, specifier, this.#runtime._explicitShouldMock)
  }

  isMockedEsm(from: string, specifier: string) {
    return this.#runtime._shouldMockModule(from, specifier, this.#runtime._explicitShouldMockModule)
  }

  async importPlain(from: string, specifier: string) {
    const runtime = this.#runtime
    const context = (runtime._environment as unknown as { getVmContext(): object }).getVmContext()
    return settle(await this.#original.resolveModule.call(runtime, specifier, from, context), (module) =>
      runtime.linkAndEvaluateModule(module),
    )
  }

  transformEsm(file: string) {
    return this.#runtime.transformFileAsync(file, ESM_TRANSFORM_OPTIONS)
  }

  parseJson(file: string) {
    const text = this.#runtime.readFile(file).replace(/^\uFEFF/, '')
    const options = this.#runtime._getFullTransformationOptions(ESM_TRANSFORM_OPTIONS)
    return this.#runtime._environment.global.JSON.parse(this.transformer.transformJson(file, options, text))
  }

  exportNames(_from: string, file: string) {
    return this.#runtime.getExportsOfCjs(file)
  }

  jestObject(file: string) {
    const { jestObjectCaches } = this.#runtime
    const object = jestObjectCaches.get(file) ?? this.#runtime._createJestObjectFor(file)
    // `@jest/globals` asks the cache, and fails where a file has been evaluated in no registry.
    jestObjectCaches.set(file, object)
    return object
  }

  loadCjs(
    { module, importer, specifier, parents }: Parameters<RuntimeInternals['loadCjs']>[0],
    seams: LoadSeams,
  ) {
    const runtime = this.#runtime
    const forwarded = (
      key: '_isCurrentlyExecutingManualMock' | '_currentlyExecutingModulePath' | '_mainModule',
    ) => ({
      get: () => runtime[key],
      set: (value: never) => {
        runtime[key] = value
      },
    })
    const { _isCurrentlyExecutingManualMock, _currentlyExecutingModulePath } = runtime
    const scoped = Object.create(runtime, {
      _createRequireImplementation: {
        value: (of: CjsModule, options: Options) =>
          seams.require(this.#original._createRequireImplementation.call(runtime, of, options)),
      },
      _createJestObjectFor: { value: (file: string) => seams.jest(this.jestObject(file)) },
      // The copy's own `jest` object must not become that of the registered one.
      jestObjectCaches: { value: new Map() },
      resolveModule: { value: (request: string) => seams.import(request) },
      _isCurrentlyExecutingManualMock: forwarded('_isCurrentlyExecutingManualMock'),
      _currentlyExecutingModulePath: forwarded('_currentlyExecutingModulePath'),
      _mainModule: forwarded('_mainModule'),
    })
    try {
      this.#original._loadModule.call(
        scoped,
        module,
        importer,
        specifier,
        module.filename,
        undefined,
        parents,
      )
    } finally {
      Object.assign(runtime, { _isCurrentlyExecutingManualMock, _currentlyExecutingModulePath })
    }
  }

  reloadCjs(module: CjsModule, importer: string | undefined) {
    const { filename } = module
    this.#runtime._loadModule(
      module,
      importer ?? filename,
      importer && filename,
      filename,
      undefined,
      this.cjs(),
    )
  }

  unrecorded<T>(run: () => T): T {
    return run()
  }

  assertAlive() {
    if (!this.#runtime.isTornDown) return
    this.#runtime._logFormattedReferenceError(TORN_DOWN)
    process.exitCode = 1
    throw new ReferenceError(TORN_DOWN)
  }
}

/** 30.4 answers with a boolean, 30.5 with an object. */
function shouldMock(answer: { shouldMock: boolean } | boolean): boolean {
  return typeof answer === 'boolean' ? answer : answer.shouldMock
}

/** A module on the way up or down the stack of evaluation is handed back as it is: waiting for it would never end. */
async function settle(
  module: VmModule,
  evaluate: (module: VmModule) => Promise<VmModule>,
): Promise<VmModule> {
  return module.status === 'evaluating' ? module : evaluate(module)
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ofMajor = 0, ofMinor = 0] = version.split('.').map(Number)
  return ofMajor > major || (ofMajor === major && ofMinor >= minor)
}

const KNOWN_VERSIONS = '29.7 to 30.5'

/** The internals of a runtime that has just been constructed, or an error that names what is not as known. */
export function internalsOf(runtime: object, version: string, hooks: RuntimeHooks): RuntimeInternals {
  if ('registries' in runtime) {
    assertMembers(runtime, version, COLLABORATORS)
    return new Collaborators(runtime as CollaboratorRuntime, version, hooks)
  }
  assertMembers(runtime, version, PRIVATE_FIELDS)
  return new PrivateFields(runtime as PrivateRuntime, version, hooks)
}

const COLLABORATORS = [
  'registries.getActiveCjsRegistry',
  'registries.getActiveEsmRegistry',
  'requireBuilder.for',
  'executor.exec',
  'executor.getCurrentlyExecutingManualMock',
  'cjsLoader.loadModule',
  'esmLoader.resolveModule',
  'esmLoader.linkAndEvaluateModule',
  '_resolution.resolver.resolveModule',
  '_resolution.cjsConditions',
  '_resolution.esmConditions',
  'mockState.shouldMockCjs',
  'mockState.shouldMockEsmAsync',
  'mockState.getCjsModuleId',
  'transformCache.transform',
  'transformCache.transformJson',
  'fileCache.strings',
  'fileCache.buffers',
  'cjsExportsCache.getExportsOf',
  'cjsExportsCache.cache',
  'jestGlobals.jestObjectFor',
  'testState.throwIfTornDown',
]

const PRIVATE_FIELDS = [
  '_moduleRegistry',
  '_esmoduleRegistry',
  '_resolver.resolveModule',
  '_scriptTransformer.transformJson',
  'cjsConditions',
  'esmConditions',
  '_cacheFS',
  '_cacheFSBuffer',
  '_cjsNamedExports',
  '_explicitShouldMock',
  '_explicitShouldMockModule',
  '_virtualMocks',
  'jestObjectCaches',
  '_createRequireImplementation',
  '_createJestObjectFor',
  '_loadModule',
  '_shouldMockCjs',
  '_shouldMockModule',
  '_getFullTransformationOptions',
  'resolveModule',
  'linkAndEvaluateModule',
  'transformFileAsync',
  'getExportsOfCjs',
  'readFile',
]

function assertMembers(runtime: object, version: string, members: readonly string[]): void {
  const missing = members.filter((member) => {
    let at: unknown = runtime
    for (const key of member.split('.')) at = (at as Record<string, unknown> | null | undefined)?.[key]
    return at === undefined || at === null
  })
  if (missing.length > 0) throw unknownInternals(version, `it has no ${missing.join(', no ')}`)
}

/** Names both versions: Jest's and ours. */
export function unknownInternals(version: string, why: string): UnsupportedHostError {
  return new UnsupportedHostError(
    `Jest (jest-runtime ${version}) with @fresh-modules/jest-env ${ownVersion()}`,
    `its runtime is not as known: ${why}`,
    `Known are ${KNOWN_VERSIONS}: install one of these, or a newer @fresh-modules/jest-env.`,
  )
}

function ownVersion(): string {
  return JSON.parse(readFileSync(path.join(__dirname, '../package.json'), 'utf8')).version
}
