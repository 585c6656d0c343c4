/**
 * The module runner of Vitest and Vite, with the state of a worker, as far as the adapter relies on it and nobody
 * documents it. `assumptions.test.ts` in e2e/vitest pins it. Where a part is missing, the adapter refuses to work.
 *
 * Documented: a custom runner class (`test.runner`) is given `moduleRunner`. Undocumented, Vitest 4.1 to 5.1 with
 * Vite 6 to 8: everything below. Undocumented parts that a single feature needs are described in its own file;
 * docs/architecture.md lists them.
 */
import nodeModule from 'node:module'
import path from 'node:path'

/** What the server sends for one module. The runner adds `id` and `url`, and keeps it as `RunnerModule.meta`. */
export interface FetchResult {
  id: string
  url: string
  /** Transformed source; absent for what is left to Node's loader. */
  code?: string
  file?: string | null
  /** Set where Node's loader is to load it: a file URL, or the name of a builtin. */
  externalize?: string
  type?: 'module' | 'commonjs' | 'builtin' | 'network'
  /** Stands for a module that `vi.mock` replaces. */
  mockedModule?: unknown
}

/** Vite's `EvaluatedModuleNode`: the entry for one id, loaded or only fetched. */
export interface RunnerModule {
  readonly id: string
  readonly url: string
  readonly file: string
  importers: Set<string>
  imports: Set<string>
  evaluated: boolean
  meta: FetchResult | undefined
  promise: Promise<unknown> | undefined
  exports: unknown
  /** Vitest 4.1 to 5.1, of a module that stands for a mock. */
  readonly mockedExports?: unknown
  map?: unknown
}

export interface EvaluatedModules {
  readonly idToModuleMap: Map<string, RunnerModule>
  getModuleById(id: string): RunnerModule | undefined
  getModuleByUrl(url: string): RunnerModule | undefined
  ensureModule(id: string, url: string): RunnerModule
  getModuleSourceMapById(id: string): unknown
}

/** The object that a module's wrapper function gets its arguments from; keys are Vite's SSR names. */
export interface EvaluationContext {
  /** `import.meta` of the copy. */
  __vite_ssr_import_meta__: ImportMeta
  /** The namespace, and the functions that define exports on it. Vite 6 has no `exportName`: it defines them itself. */
  __vite_ssr_exports__: object
  __vite_ssr_exportName__?: (name: string, get: () => unknown) => void
  __vite_ssr_exportAll__: (source: unknown) => void
  [key: string]: unknown
}

export interface ModuleEvaluator {
  options: { getCurrentTestFilepath?: () => string | undefined; getEnvironmentName?: () => string }
  /** Set in the vm pools. */
  readonly vm?: object
  /** Vitest 5, while it looks for modules whose exports are read too often. */
  readonly getterTracker?: object
  /** `import.meta.env`. */
  readonly env: object
  runInlinedModule(context: EvaluationContext, code: string, mod: RunnerModule): Promise<unknown>
  runExternalModule(id: string): Promise<unknown>
  /** Whether the default export of CommonJS is to be unwrapped. */
  shouldInterop(path: string, namespace: object): boolean
  /** The `require` of inlined CommonJS: Node's own. */
  createRequire(url: string): NodeJS.Require
}

interface Mocker {
  constructor: { pendingIds?: unknown[] }
  registeringMocks?: Promise<void>
  resolveMocks(): Promise<void>
  getMockContext?(): { callstack: string[] | null }
  getDependencyMock(id: string): { type: string } | undefined
  moduleRunner?: ModuleRunner
}

export interface WorkerState {
  readonly filepath?: string
  readonly config: {
    root: string
    mode?: string
    isolate?: boolean
    setupFiles?: readonly string[]
    hookTimeout?: number
    experimental?: { viteModuleRunner?: boolean }
  }
  readonly environment: { name: string; viteEnvironment?: string }
  readonly ctx: { pool: string }
  /** Vitest 4.0 to 5.1: calls the listener before the worker ends. */
  onCleanup?(listener: () => unknown): void
  readonly providedContext: Record<string, unknown>
  /** Vitest 5: what `define` adds to `import.meta`. */
  readonly metaDefines?: Record<string, unknown>
  /** Vitest 5: ids that the test file depends on, for `recordDependencies`. */
  readonly dependencies?: Set<string>
  readonly rpc: {
    resolve(id: string, importer: string | undefined, environment: string): Promise<ResolvedId | null>
  }
}

export interface ResolvedId {
  readonly id: string
  readonly file: string
  readonly url: string
}

/** What compiled code says of an import. */
export interface RequestMetadata {
  readonly isDynamicImport?: boolean
}

export interface ModuleRunner {
  options: { createImportMeta?: (path: string) => ImportMeta | Promise<ImportMeta> }
  evaluator: ModuleEvaluator
  readonly evaluatedModules: EvaluatedModules
  readonly transport: { invoke(name: 'fetchModule', data: unknown[]): Promise<FetchResult> }
  readonly mocker: Mocker
  readonly vitestOptions: { getWorkerState(): WorkerState }
  import(id: string): Promise<unknown>
  /** The module for a url, fetched if need be. */
  cachedModule(url: string, importer?: string): Promise<RunnerModule>
  /** Applies mocks, unless they are to be ignored, then evaluates the module once; resolves to its exports. */
  cachedRequest(
    url: string,
    mod: RunnerModule,
    callstack?: string[],
    metadata?: RequestMetadata,
    ignoreMock?: boolean,
  ): Promise<unknown>
  /** The same without mocks. */
  _cachedRequest(
    url: string,
    mod: RunnerModule,
    callstack?: string[],
    metadata?: RequestMetadata,
  ): Promise<unknown>
  /** Evaluates the module into a new namespace, which it sets as `mod.exports`. */
  directRequest(url: string, mod: RunnerModule, callstack: string[]): Promise<unknown>
}

const METHODS = ['cachedModule', 'cachedRequest', '_cachedRequest', 'directRequest'] as const

/** Which of the parts above an object lacks that should be Vitest's module runner. */
export function missingParts(candidate: unknown): string[] {
  const runner = candidate as Partial<ModuleRunner> | undefined
  return [
    ...METHODS.filter((name) => typeof runner?.[name] !== 'function'),
    ...(typeof runner?.evaluatedModules?.getModuleById === 'function' ? [] : ['evaluatedModules']),
    ...(typeof runner?.evaluator?.runInlinedModule === 'function' ? [] : ['evaluator.runInlinedModule']),
    ...(typeof runner?.transport?.invoke === 'function' ? [] : ['transport.invoke']),
    ...(typeof runner?.mocker?.resolveMocks === 'function' ? [] : ['mocker.resolveMocks']),
    ...(typeof runner?.vitestOptions?.getWorkerState === 'function' ? [] : ['vitestOptions.getWorkerState']),
  ]
}

/**
 * Vitest 5, vm pools: a worker keeps compiled scripts by id, whatever the code. Gives what to call `runInlinedModule` on
 * and with, such that code is compiled that has changed, or resolves its imports otherwise. From 5.0.5 the name of the environment is a part of the key, so
 * an evaluator that adds the state of the file to that name is enough.
 */
export function forFileState(
  evaluator: ModuleEvaluator,
  mod: RunnerModule,
  state: readonly (number | string)[],
): [evaluator: ModuleEvaluator, mod: RunnerModule] {
  const { getEnvironmentName } = evaluator.options
  if (!getEnvironmentName) return [evaluator, keepsScripts(evaluator) ? modForState(mod, state) : mod]
  const options = Object.create(evaluator.options, {
    getEnvironmentName: { value: () => `${getEnvironmentName()}#${state.join()}` },
  }) as ModuleEvaluator['options']
  return [Object.create(evaluator, { options: { value: options } }) as ModuleEvaluator, mod]
}

/** Vitest 4 compiles each time; this field is new in 5.0, as is the cache. */
function keepsScripts(evaluator: ModuleEvaluator): boolean {
  return 'getterTracker' in evaluator
}

/** On `process`, which all realms of a worker share, as they share the scripts: id -> state of its file -> key. */
const SCRIPT_KEYS = Symbol.for('fresh-modules:script-keys')
type ScriptKeys = Map<string, Map<string, string>>

/**
 * Vitest 5.0.0 to 5.0.4 have the id alone as the key. They cut `mock:` off for the file name, and look the key up in a
 * `Map`: a string object that starts so is another key, and leaves the file name as it is.
 */
function modForState(mod: RunnerModule, state: readonly (number | string)[]): RunnerModule {
  const shared = process as { [SCRIPT_KEYS]?: ScriptKeys }
  shared[SCRIPT_KEYS] ??= new Map()
  const keys = shared[SCRIPT_KEYS].get(mod.id) ?? new Map<string, string>()
  shared[SCRIPT_KEYS].set(mod.id, keys)
  const name = state.join()
  const key = keys.get(name) ?? (keys.size === 0 ? mod.id : (Object(`mock:${mod.id}`) as string))
  keys.set(name, key)
  return key === mod.id ? mod : (Object.create(mod, { id: { value: key } }) as RunnerModule)
}

/** What the server makes of a specifier; null where it finds nothing. */
export function resolveInServer(
  runner: ModuleRunner,
  specifier: string,
  importer?: string,
): Promise<ResolvedId | null> {
  const { environment, rpc } = runner.vitestOptions.getWorkerState()
  return rpc.resolve(specifier, importer, environment.viteEnvironment ?? environment.name)
}

/** The worker's state, before there is a runner. */
export function workerState(): WorkerState | undefined {
  return (globalThis as { __vitest_worker__?: WorkerState }).__vitest_worker__
}

/** Vitest 5: whether the config's `define` adds something to `import.meta`. */
export function definesImportMeta(): boolean {
  return Object.keys(workerState()?.metaDefines ?? {}).length > 0
}

/** Whether each test file has its own realm, which goes with it: in the vm pools. */
export function hasRealmPerFile(): boolean {
  return /^vm/.test(workerState()?.ctx.pool ?? '')
}

/**
 * Vitest 4 keeps `vi.doMock` calls that no import has followed, whichever file made them: the next import of any file
 * would bring them into force there. Vitest 5 forgets them by itself.
 */
export function forgetPendingMocks({ mocker }: ModuleRunner): void {
  mocker.constructor.pendingIds?.splice(0)
}

/**
 * A module that was fetched while `vi.mock` replaced it has the mock instead of a source: the next file would get the mock
 * of this one, whatever it mocks itself. Fetched again, it has what holds then.
 */
export function forgetMockedSources({ evaluatedModules }: ModuleRunner): void {
  for (const mod of evaluatedModules.idToModuleMap.values()) {
    if (mod.meta?.mockedModule !== undefined && !mod.promise) mod.meta = undefined
  }
}

/** Whether `vi.mock` or `vi.doMock` was called and the next request to the server is to bring it into force. */
export function hasPendingMocks({ mocker }: ModuleRunner): boolean {
  return Boolean(mocker.constructor.pendingIds?.length || mocker.registeringMocks)
}

/** `vi.mock` calls take effect at the next request to the server; a known source makes none. */
export async function resolvePendingMocks(runner: ModuleRunner): Promise<void> {
  if (hasPendingMocks(runner)) await runner.mocker.resolveMocks()
}

/** Whether `vi.mock` has put something in the place of a module. */
export function isMocked({ mocker }: ModuleRunner, { id }: RunnerModule): boolean {
  return mocker.getDependencyMock(id) !== undefined
}

/** The chain of factories of `vi.mock` that the running code is part of: Vitest 4 tells cycles by it. */
export function mockCallstack({ mocker }: ModuleRunner): string[] {
  return [...(mocker.getMockContext?.()?.callstack ?? [])]
}

/** Whether several test files share one module registry here. The vm pools make a new realm for each file. */
export function sharesWorker(): boolean {
  const worker = workerState()
  if (worker?.config.isolate !== false) return false
  return worker.ctx.pool === 'forks' || worker.ctx.pool === 'threads'
}

/** The module runner by way of the mocker: for the time in which Vitest has not handed it to the test runner yet. */
export function moduleRunnerOfMocker(): { import(id: string): Promise<unknown> } | undefined {
  return (globalThis as { __vitest_mocker__?: Mocker }).__vitest_mocker__?.moduleRunner
}

// Transformed source -> the urls of imports that were static before Vitest hoisted `vi.mock` above them.
const hoisted = new WeakMap<FetchResult, readonly string[]>()

/** Vitest 4.0 to 5.1 write them as `const __vi_import_0__ = await import(...)`, which Vite then transforms. */
export function hoistedImports({ meta }: RunnerModule): readonly string[] {
  if (!meta?.code?.includes('__vi_import_')) return []
  let urls = hoisted.get(meta)
  if (!urls) {
    const imports = meta.code.matchAll(
      /^const __vi_import_\d+__ = await __vite_ssr_dynamic_import__\("((?:[^"\\]|\\.)*)"/gm,
    )
    urls = Array.from(imports, ([, url]) => JSON.parse(`"${url}"`) as string)
    hoisted.set(meta, urls)
  }
  return urls
}

/** A module that stands in no map: what a scope evaluates, or a reload in place. */
export function looseMod(id: string, meta: FetchResult): RunnerModule {
  return {
    id,
    url: meta.url,
    file: /[?#]/.test(id) ? id.replace(/[?#].*$/, '') : id,
    importers: new Set(),
    imports: new Set(),
    evaluated: false,
    meta,
    promise: undefined,
    exports: undefined,
  }
}

/** Node's CommonJS loader, by the parts that every tool which transpiles or mocks relies on: since Node 0.x, to 26. */
export interface CommonJsModule extends NodeJS.Module {
  load(file: string): void
}

export const Loader = nodeModule as unknown as {
  readonly prototype: CommonJsModule
  readonly _cache: Record<string, CommonJsModule | undefined>
}

/** The entry of Node's CommonJS cache for a file. Its keys are paths as the platform writes them, ids have slashes. */
export function commonJsEntry(file: string): CommonJsModule | undefined {
  return Loader._cache[path.normalize(file)]
}
