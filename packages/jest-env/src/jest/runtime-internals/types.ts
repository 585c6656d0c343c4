/** What the adapter needs of Jest's runtime, in whatever layout it keeps its state. */
import path from 'node:path'

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

/** A CommonJS module that is about to be evaluated. */
export interface CjsLoad {
  readonly module: CjsModule
  readonly importer: string
  /** Whether it is loaded as a mock of another one. */
  readonly isMock: boolean
}

/** Called when a body has run. */
export type LoadEnd = (hasFailed: boolean) => void

/** Called by the runtime as it loads and drops registered modules. */
export interface RuntimeHooks {
  /**
   * A registered CommonJS module is about to be loaded for which there may be an evaluated copy: that one is registered and handed out in
   * its place, and `loading` is not called. Where nothing is kept from file to file there is no such method.
   */
  adopt?(load: CjsLoad): CjsModule | undefined
  /**
   * A CommonJS module is about to be evaluated. No function to run it: each of our frames makes the chain of requires
   * shorter that fits the stack.
   */
  loading(load: CjsLoad): LoadEnd | undefined
  /** The `require` of a module has been built; what is returned is used in its place. */
  require(module: CjsModule, original: JestRequire): JestRequire
  /** An ES import or an `import()` is about to be resolved; `proceed` does what the runtime would. */
  import(
    request: { specifier: string; importer: string },
    proceed: () => Promise<VmModule>,
  ): Promise<VmModule>
  /** The runtime builds a graph of ES modules synchronously, without `import`: this one is new in it. */
  building(request: { file: string; query: string; importer: string | undefined }): void
  /** An ES module is about to be loaded by a path on which `import` is not called: `entry`, if it is one. */
  importing(entry?: string): void
  /** An ES module and all it imports have been evaluated. */
  imported(): void
  /** The runtime evaluates a module only to see what a mock of it has to look like. */
  mocking<T>(run: () => T): T
  /** The runtime is about to put an empty registry over its own. */
  isolating(): void
  /** The runtime is about to drop its registries, or has put an empty one over them. */
  reset(by: 'resetModules' | 'isolateModules' | 'isolateModulesAsync'): void
}

export interface RuntimeInternals {
  /** Version of jest-runtime. */
  readonly version: string
  /** From now on the hooks hear what the runtime does. Called once, before the runtime loads anything. */
  watch(hooks: RuntimeHooks): void
  /** Puts a field into what reporters learn about the test file, unless `read` gives undefined once its tests have run. */
  extendFileResult(key: string, read: () => unknown): void
  /** The active registry of CommonJS modules: file -> module. `jest.isolateModules` puts another one over it. */
  cjs(): Map<string, Entry>
  /** The active registry of ES modules, by `esmKey`. */
  esm(): Map<string, Entry>
  esmKey(file: string, query: string): string
  /** The query in such a key: the reverse. */
  esmQuery(key: string, module: VmModule): string
  /** What an ES import is to say so that it resolves to this file. */
  esmSpecifier(file: string, query: string): string
  isCore(specifier: string): boolean
  isEsm(file: string): boolean
  /** By the conditions of `require`, mocks aside. Throws the host's own error. */
  resolveCjs(from: string, specifier: string, conditions?: readonly string[]): string
  /** By the conditions of `import`; a promise where the configured resolver is asynchronous. */
  resolveEsm(from: string, specifier: string, conditions?: readonly string[]): string | Promise<string>
  /** The file under `__mocks__` that replaces a package without any `jest.mock`. */
  rootMock(from: string, specifier: string): string | undefined
  isMockedCjs(from: string, specifier: string): boolean
  isMockedEsm(from: string, specifier: string): boolean | Promise<boolean>
  /** As a plain `require` by that file. */
  requirePlain(from: string, specifier: string): unknown
  /**
   * As a plain `import()` by that file; resolves to a module that has been evaluated, unless `isWaiting` says that it
   * waits for us.
   */
  importPlain(
    from: string,
    specifier: string,
    isWaiting?: (module: VmModule) => Promise<boolean>,
  ): Promise<VmModule>
  /** The runtime's own transform of an ES module. */
  transformEsm(file: string): string | Promise<string>
  parseJson(file: string): unknown
  /** The text of a file, by way of the runtime's cache: what is evaluated next is read anyway. */
  sourceOf(file: string): string
  /** The same, if it is in that cache. */
  textOf(file: string): string | undefined
  /** The path of the source map of a file that has been evaluated; undefined where it runs as it is written. */
  sourceMapOf(file: string): string | undefined
  /** What the transform made of a file that has been evaluated. */
  codeOf(file: string): string | undefined
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
  /** Runs `run`, whose next request is made by a copy that is not registered: it is listed as no module's child. */
  unrecorded<T>(run: () => T): T
  /** Drops the source that the runtime caches of a file; where it has changed, what the transformer made of it too. */
  forget(file: string, hasChanged: boolean): void
  /** Drops what the resolver knows of files that do not exist. */
  forgetMissing(): void
  /** Drops what the resolver knows of names that lead to this file. */
  forgetResolved(file: string): void
  /** Has compiled code looked up there first. Called at most once. */
  keepCode(code: KeptCode): void
  assertAlive(): void
  /** Runs what loads modules between two tests, where the runtime refuses it as code that a test has left behind. */
  asTestCode<T>(run: () => Promise<T>): Promise<T>
}

/** What was compiled of a file, as long as its text is the same. */
export interface KeptCode {
  get(file: string, source: string): object | undefined
  set(file: string, source: string, compiled: object): void
}

/** What a runtime has to do so that copies that earlier files have left can be used in the file that it runs. */
export interface SharingInternals {
  readonly internals: RuntimeInternals
  /**
   * From now on what these files ask for late is answered by the runtime that runs: `require`, `import()`, what is called on their `jest`
   * objects.
   */
  forwardLate(isKept: (file: string) => boolean, running: () => SharingInternals): void
  /** Whether `jest.isolateModules` has put a registry over the main one. */
  isIsolated(): boolean
  /** Whether modules are mocked without being asked for. */
  isAutomocking(): boolean
  /** By which the runtime knows what a file calls so. */
  mockKey(from: string, specifier: string): string
  /** Such keys of all that is mocked explicitly by now. */
  mockedKeys(): readonly string[]
  /** Whether something is mocked that need not exist: then keys are not what they were before. */
  hasVirtualMocks(): boolean
}

export interface Parents {
  get(file: string): Entry | undefined
}

export function isVmModule(entry: Entry | undefined): entry is VmModule {
  return typeof (entry as VmModule | undefined)?.link === 'function'
}

export function isCjsModule(entry: Entry | undefined): entry is CjsModule {
  return entry !== undefined && 'filename' in entry && 'exports' in entry
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
