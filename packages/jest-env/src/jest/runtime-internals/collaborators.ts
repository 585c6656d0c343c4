/** jest-runtime 30.4 to 30.5: the runtime is made of objects, one class each. */
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { patch } from 'fresh-modules/internal/core'
import {
  ESM_TRANSFORM_OPTIONS,
  type EsmMethods,
  forwardedJest,
  Layout,
  type LoadModule,
  letAnythingBeThrown,
  type Options,
  type Resolver,
  type Runtime,
  rememberingEach,
  type ScriptTransformer,
  TORN_DOWN,
} from './layout.ts'
import type {
  CjsModule,
  Entry,
  JestObject,
  JestRequire,
  KeptCode,
  LoadSeams,
  RuntimeHooks,
  RuntimeInternals,
  SharingInternals,
  VmModule,
} from './types.ts'

type SyncRequest = [
  importer: string,
  specifier: string,
  context: unknown,
  /** What the graph has so far, by key. */
  scratch: ReadonlyMap<string, unknown>,
  registry: ReadonlyMap<string, unknown>,
  ...rest: unknown[],
]

interface SyncResolution {
  readonly cacheKey: string
  /** In 30.4: what is still to be built. */
  readonly enqueue?: { readonly cacheKey: string; readonly modulePath: string } | null
}

export interface CollaboratorRuntime extends Runtime {
  readonly registries: {
    getActiveCjsRegistry(): Map<string, Entry>
    getActiveEsmRegistry(): Map<string, Entry>
    isIsolated(): boolean
  }
  readonly requireBuilder: { for(module: CjsModule, options: Options): JestRequire }
  readonly executor: {
    currentlyExecutingManualMock: string | null
    requireBuilder: object
    jestGlobals: object
    dynamicImport(specifier: string, importer: string, ...rest: unknown[]): Promise<VmModule>
    compile(source: string, file: string): object | null
    getCurrentlyExecutingManualMock(): string | null
    handleExecutionError(error: unknown, module: CjsModule): never
  }
  readonly cjsLoader: {
    executor: object
    loadModule: LoadModule
    /** 30.5. */
    recordChildModule?(from: string, child: CjsModule, registry: Map<string, Entry>): void
  }
  readonly esmLoader: EsmMethods & {
    /** With Node 24.9 and later: graphs without top-level await are built synchronously, past `resolveModule`. */
    resolveSpecifierForSyncGraph?(...request: SyncRequest): SyncResolution | symbol | null
    /** From 30.5 on: builds one module of such a graph. Before, that was a part of building the graph. */
    buildSyncSourceEntry?(entry: { cacheKey: string }): unknown
    /** `require` of an ES module: the root of such a graph. */
    requireEsmModule?(file: string): unknown
    /** More than 0 while modules are evaluated only to see what a mock of them has to look like. */
    readonly generatingMockDepth?: number
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
    readonly shouldAutoMock: boolean
    readonly explicitCjsMock: ReadonlyMap<string, boolean>
    readonly virtualCjsMocks: ReadonlyMap<string, boolean>
  }
  readonly transformCache: {
    scriptTransformer: ScriptTransformer
    canTransformSync(file: string): boolean
    transform(file: string, options: object): string
    transformAsync(file: string, options: object): Promise<string>
    transformJson(file: string, options: object): string
    getCachedSource(file: string): string | undefined
  }
  readonly fileCache: {
    strings: Map<string, string>
    buffers: Map<string, Buffer>
    readFile(file: string): string
  }
  readonly cjsExportsCache: {
    cache: Map<string, Set<string>>
    getExportsOf(from: string, file: string): Set<string>
  }
  readonly jestGlobals: { jestObjectFor(file: string): JestObject }
  readonly testState: { throwIfTornDown(message: string): void }
}

export class Collaborators extends Layout implements RuntimeInternals, SharingInternals {
  readonly #runtime: CollaboratorRuntime
  readonly #original: {
    loadModule: LoadModule
    for: CollaboratorRuntime['requireBuilder']['for']
    resolveModule: EsmMethods['resolveModule']
  }
  #hooks: RuntimeHooks | undefined
  #isUnrecorded = false
  #ownJest: (file: string) => JestObject = (file) => this.#runtime.jestGlobals.jestObjectFor(file)

  constructor(runtime: CollaboratorRuntime, version: string) {
    super(runtime, version)
    this.#runtime = runtime
    const { cjsLoader, esmLoader, requireBuilder } = runtime
    this.#original = {
      loadModule: cjsLoader.loadModule,
      resolveModule: esmLoader.resolveModule,
      for: requireBuilder.for,
    }
  }

  watch(hooks: RuntimeHooks) {
    this.#hooks = hooks
    const { cjsLoader, esmLoader, requireBuilder, executor } = this.#runtime
    this.hookImports(esmLoader, hooks)
    const buildRequire =
      (build: typeof requireBuilder.for): typeof build =>
      (module, options) => {
        const built = build.call(requireBuilder, module, options)
        return options?.isInternalModule ? built : hooks.require(module, built)
      }
    patch(requireBuilder, 'for', buildRequire, 'RequireBuilder.for')
    const loadWatched = (load: LoadModule) => this.watchLoads(hooks, load.bind(cjsLoader))
    patch(cjsLoader, 'loadModule', loadWatched, 'CjsLoader.loadModule')
    if (cjsLoader.recordChildModule) {
      patch(cjsLoader as Required<typeof cjsLoader>, 'recordChildModule', (record) => (...child) => {
        const skip = this.#isUnrecorded
        this.#isUnrecorded = false
        if (!skip) record.apply(cjsLoader, child)
      })
    }
    this.#watchSyncGraphs(esmLoader, hooks)
    letAnythingBeThrown(executor)
    this.hookResets(hooks)
  }

  #watchSyncGraphs(esmLoader: CollaboratorRuntime['esmLoader'], hooks: RuntimeHooks): void {
    if (!esmLoader.resolveSpecifierForSyncGraph) return
    const loader = esmLoader as Required<typeof esmLoader>
    if (!esmLoader.buildSyncSourceEntry) {
      this.#watchRequestsOfSyncGraphs(loader, hooks)
      return
    }
    /** Key in the registry of ES modules -> who asked for it last. As many entries as there are such modules. */
    const importers = new Map<string, string>()
    patch(loader, 'resolveSpecifierForSyncGraph', (resolve) => (...request) => {
      const resolved = resolve.call(loader, ...request)
      if (typeof resolved === 'object' && resolved) importers.set(resolved.cacheKey, request[0])
      return resolved
    })
    patch(loader, 'buildSyncSourceEntry', (build) => (entry) => {
      const { cacheKey } = entry
      if (cacheKey.startsWith('file:') && !loader.generatingMockDepth) {
        const { search } = new URL(cacheKey)
        hooks.building({ file: fileURLToPath(cacheKey), query: search, importer: importers.get(cacheKey) })
      }
      return build.call(loader, entry)
    })
  }

  /** 30.4: what is asked for and not there yet is built next. The root is asked for by `import()`, or by `require`. */
  #watchRequestsOfSyncGraphs(loader: Required<CollaboratorRuntime['esmLoader']>, hooks: RuntimeHooks): void {
    patch(loader, 'resolveSpecifierForSyncGraph', (resolve) => (...request) => {
      const resolved = resolve.call(loader, ...request)
      const { cacheKey, modulePath: file } = (typeof resolved === 'object' && resolved?.enqueue) || {}
      const [importer, , , scratch, registry] = request
      if (cacheKey === undefined || file === undefined || scratch.has(cacheKey) || registry.has(cacheKey))
        return resolved
      // Builtins and `data:` URLs come this way, too.
      if (!path.isAbsolute(file) || /\.(?:json|wasm)$/.test(file)) return resolved
      const query = cacheKey.slice(file.length)
      hooks.building({ file, query: query && `?${query}`, importer })
      return resolved
    })
    if (!('requireEsmModule' in loader)) return
    patch(loader, 'requireEsmModule', (requireEsm) => (file) => {
      if (!this.esm().has(file)) hooks.building({ file, query: '', importer: undefined })
      return requireEsm.call(loader, file)
    })
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
    const { mockState } = this.#runtime
    if (mockState.shouldAutoMock) return shouldMock(mockState.shouldMockCjs(from, specifier))
    if (mockState.explicitCjsMock.size === 0) return false
    const key = this.knownKey(from, specifier, mockState.virtualCjsMocks, () => this.mockKey(from, specifier))
    return mockState.explicitCjsMock.get(key) === true
  }

  async isMockedEsm(from: string, specifier: string) {
    return shouldMock(await this.#runtime.mockState.shouldMockEsmAsync(from, specifier))
  }

  async importPlain(from: string, specifier: string, isWaiting?: (module: VmModule) => Promise<boolean>) {
    const { esmLoader, _environment } = this.#runtime
    const context = (_environment as unknown as { getVmContext(): object }).getVmContext()
    this.#hooks?.importing()
    const module = await this.#original.resolveModule.call(esmLoader, specifier, from, context)
    return (await isWaiting?.(module)) ? module : esmLoader.linkAndEvaluateModule(module)
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

  sourceOf(file: string) {
    return this.#runtime.fileCache.readFile(file)
  }

  codeOf(file: string) {
    return this.#runtime.transformCache.getCachedSource(file)
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

  get internals(): RuntimeInternals {
    return this
  }

  keepCode(code: KeptCode) {
    const { executor } = this.#runtime
    patch(executor, 'compile', (compile) => this.keptCompile(executor, compile, code))
  }

  forwardLate(isKept: (file: string) => boolean, running: () => SharingInternals) {
    const current = () => running() as Collaborators
    const { executor, jestGlobals } = this.#runtime
    this.forwardRequests(isKept, current)
    patch(executor, 'dynamicImport', (load) => (specifier, importer, ...rest) => {
      const target = isKept(importer) ? current() : this
      if (target === this) return load.call(executor, specifier, importer, ...rest)
      return target.#runtime.executor.dynamicImport(specifier, importer, ...rest)
    })
    /** File -> the object that a kept copy of it gets. */
    const forwarded = new Map<string, JestObject>()
    patch(jestGlobals, 'jestObjectFor', (jestObjectFor) => {
      this.#ownJest = rememberingEach((file) => jestObjectFor.call(jestGlobals, file))
      return (file) => {
        if (!isKept(file)) return this.#ownJest(file)
        const known =
          forwarded.get(file) ?? forwardedJest(this.#ownJest(file), () => current().#ownJest(file))
        forwarded.set(file, known)
        return known
      }
    })
  }

  isIsolated() {
    return this.#runtime.registries.isIsolated()
  }

  isAutomocking() {
    return this.#runtime.mockState.shouldAutoMock
  }

  mockKey(from: string, specifier: string) {
    return this.#runtime.mockState.getCjsModuleId(from, specifier)
  }

  mockedKeys() {
    return [...this.#runtime.mockState.explicitCjsMock].flatMap(([key, isMocked]) => (isMocked ? key : []))
  }

  hasVirtualMocks() {
    return this.#runtime.mockState.virtualCjsMocks.size > 0
  }

  assertAlive() {
    this.#runtime.testState.throwIfTornDown(TORN_DOWN)
  }
}

/** 30.4 answers with a boolean, 30.5 with an object. */
function shouldMock(answer: { shouldMock: boolean } | boolean): boolean {
  return typeof answer === 'boolean' ? answer : answer.shouldMock
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ofMajor = 0, ofMinor = 0] = version.split('.').map(Number)
  return ofMajor > major || (ofMajor === major && ofMinor >= minor)
}

/** The members that tell this layout, and that it relies on: all must be there. */
export const COLLABORATORS = [
  'registries.getActiveCjsRegistry',
  'registries.getActiveEsmRegistry',
  'requireBuilder.for',
  'executor.exec',
  'executor.compile',
  'executor.getCurrentlyExecutingManualMock',
  'executor.handleExecutionError',
  'cjsLoader.loadModule',
  'esmLoader.resolveModule',
  'esmLoader.linkAndEvaluateModule',
  '_resolution.resolver.resolveModule',
  '_resolution.cjsConditions',
  '_resolution.esmConditions',
  'mockState.shouldMockCjs',
  'mockState.shouldMockEsmAsync',
  'mockState.getCjsModuleId',
  'mockState.explicitCjsMock',
  'mockState.virtualCjsMocks',
  'mockState.shouldAutoMock',
  'transformCache.transform',
  'transformCache.transformJson',
  'transformCache.getCachedSource',
  'fileCache.readFile',
  'fileCache.strings',
  'fileCache.buffers',
  'cjsExportsCache.getExportsOf',
  'cjsExportsCache.cache',
  'jestGlobals.jestObjectFor',
  'testState.throwIfTornDown',
  'getSourceMaps',
]

/** The same for what only a realm that files share relies on. */
export const SHARING_COLLABORATORS = ['registries.isIsolated', 'executor.dynamicImport']
