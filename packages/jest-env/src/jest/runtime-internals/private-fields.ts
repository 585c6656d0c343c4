/** jest-runtime 29.7 to 30.3: everything is a private field of the runtime. */
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

export interface PrivateRuntime extends Runtime, EsmMethods {
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
  readonly _fileTransforms: Map<string, { code: string }>
  readonly isTornDown: boolean
  readonly _shouldAutoMock: boolean
  _isCurrentlyExecutingManualMock: string | null
  _currentlyExecutingModulePath: string
  _mainModule: CjsModule | null
  _createRequireImplementation(module: CjsModule, options: Options): JestRequire
  _createJestObjectFor(file: string): JestObject
  _loadModule: LoadModule
  _shouldMockCjs(from: string, name: string, explicit: Map<string, boolean>): boolean
  _shouldMockModule(from: string, name: string, explicit: Map<string, boolean>): boolean | Promise<boolean>
  _getFullTransformationOptions(options: object): object
  createScriptFromCode(source: string, file: string): object | null
  _logFormattedReferenceError(message: string): void
  transformFileAsync(file: string, options: object): Promise<string>
  getExportsOfCjs(file: string): Set<string>
  readFile(file: string): string
  handleExecutionError(error: unknown, module: CjsModule): never
}

export class PrivateFields extends Layout implements RuntimeInternals, SharingInternals {
  readonly #runtime: PrivateRuntime
  readonly #original: Pick<PrivateRuntime, '_createRequireImplementation' | '_loadModule' | 'resolveModule'>
  #hooks: RuntimeHooks | undefined
  #ownJest: (file: string) => JestObject = (file) => this.#runtime._createJestObjectFor(file)

  constructor(runtime: PrivateRuntime, version: string) {
    super(runtime, version)
    this.#runtime = runtime
    const { _createRequireImplementation, _loadModule, resolveModule } = runtime
    this.#original = { _createRequireImplementation, _loadModule, resolveModule }
  }

  watch(hooks: RuntimeHooks) {
    this.#hooks = hooks
    const runtime = this.#runtime
    this.hookImports(runtime, hooks)
    patch(runtime, '_createRequireImplementation', (build) => (module, options) => {
      const built = build.call(runtime, module, options)
      return options?.isInternalModule ? built : hooks.require(module, built)
    })
    patch(runtime, '_loadModule', (load) =>
      this.watchLoads(hooks, load.bind(runtime), () => {
        const { _isCurrentlyExecutingManualMock, _currentlyExecutingModulePath } = runtime
        // The runtime forgets to do this when a body throws.
        return () =>
          Object.assign(runtime, { _isCurrentlyExecutingManualMock, _currentlyExecutingModulePath })
      }),
    )
    letAnythingBeThrown(runtime)
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
    const { _explicitShouldMock, _shouldAutoMock, _virtualMocks } = this.#runtime
    if (_shouldAutoMock) return this.#runtime._shouldMockCjs(from, specifier, _explicitShouldMock)
    if (_explicitShouldMock.size === 0) return false
    const key = this.knownKey(from, specifier, _virtualMocks, () => this.mockKey(from, specifier))
    return _explicitShouldMock.get(key) === true
  }

  isMockedEsm(from: string, specifier: string) {
    return this.#runtime._shouldMockModule(from, specifier, this.#runtime._explicitShouldMockModule)
  }

  async importPlain(from: string, specifier: string, isWaiting?: (module: VmModule) => Promise<boolean>) {
    const runtime = this.#runtime
    const context = (runtime._environment as unknown as { getVmContext(): object }).getVmContext()
    this.#hooks?.importing()
    const module = await this.#original.resolveModule.call(runtime, specifier, from, context)
    return (await isWaiting?.(module)) ? module : runtime.linkAndEvaluateModule(module)
  }

  transformEsm(file: string) {
    return this.#runtime.transformFileAsync(file, ESM_TRANSFORM_OPTIONS)
  }

  parseJson(file: string) {
    const text = this.#runtime.readFile(file).replace(/^\uFEFF/, '')
    const options = this.#runtime._getFullTransformationOptions(ESM_TRANSFORM_OPTIONS)
    return this.#runtime._environment.global.JSON.parse(this.transformer.transformJson(file, options, text))
  }

  sourceOf(file: string) {
    return this.#runtime.readFile(file)
  }

  codeOf(file: string) {
    return this.#runtime._fileTransforms.get(file)?.code
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

  get internals(): RuntimeInternals {
    return this
  }

  keepCode(code: KeptCode) {
    const runtime = this.#runtime
    patch(runtime, 'createScriptFromCode', (compile) => this.keptCompile(runtime, compile, code))
  }

  forwardLate(isKept: (file: string) => boolean, running: () => SharingInternals) {
    const current = () => running() as PrivateFields
    const runtime = this.#runtime
    this.forwardRequests(isKept, current)
    /** Module that another runtime has resolved for a kept copy -> that runtime. */
    const resolvers = new WeakMap<VmModule, PrivateRuntime>()
    patch(runtime, 'resolveModule', (resolve) => async (specifier, importer, context) => {
      const target = isKept(importer) ? current().#runtime : runtime
      if (target === runtime) return resolve.call(runtime, specifier, importer, context)
      const module = await target.resolveModule(specifier, importer, context)
      resolvers.set(module, target)
      return module
    })
    patch(
      runtime,
      'linkAndEvaluateModule',
      (evaluate) => (module) =>
        resolvers.get(module)?.linkAndEvaluateModule(module) ?? evaluate.call(runtime, module),
    )
    patch(runtime, '_createJestObjectFor', (create) => {
      this.#ownJest = rememberingEach((file) => create.call(runtime, file))
      return (file) =>
        isKept(file)
          ? forwardedJest(this.#ownJest(file), () => current().#ownJest(file))
          : this.#ownJest(file)
    })
  }

  isIsolated() {
    return this.#runtime._isolatedModuleRegistry !== null
  }

  isAutomocking() {
    return this.#runtime._shouldAutoMock
  }

  mockKey(from: string, specifier: string) {
    return this.resolver.getModuleID(this.#runtime._virtualMocks, from, specifier, this.cjsOptions)
  }

  mockedKeys() {
    return [...this.#runtime._explicitShouldMock].flatMap(([key, isMocked]) => (isMocked ? key : []))
  }

  hasVirtualMocks() {
    return this.#runtime._virtualMocks.size > 0
  }

  assertAlive() {
    if (!this.#runtime.isTornDown) return
    this.#runtime._logFormattedReferenceError(TORN_DOWN)
    process.exitCode = 1
    throw new ReferenceError(TORN_DOWN)
  }
}

/** The members that tell this layout, and that it relies on: all must be there. */
export const PRIVATE_FIELDS = [
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
  'createScriptFromCode',
  'getSourceMaps',
  '_createJestObjectFor',
  '_loadModule',
  '_shouldMockCjs',
  '_shouldAutoMock',
  '_shouldMockModule',
  '_fileTransforms',
  'handleExecutionError',
  '_getFullTransformationOptions',
  'resolveModule',
  'linkAndEvaluateModule',
  'transformFileAsync',
  'getExportsOfCjs',
  'readFile',
]

/** The same for what only a realm that files share relies on. */
export const SHARING_PRIVATE_FIELDS: readonly string[] = []
