/** What both layouts share: the resolver, the caches behind the transform, and what is public. */
import path from 'node:path'
import { patch } from 'fresh-modules/internal/core'
import { extendFileResult, type InternalModules } from './file-result.ts'
import type { CjsModule, JestObject, KeptCode, Parents, RuntimeHooks, VmModule } from './types.ts'

export const TORN_DOWN = 'You are trying to `import` a file after the Jest environment has been torn down.'

export const ESM_TRANSFORM_OPTIONS = {
  isInternalModule: false,
  supportsDynamicImport: true,
  supportsExportNamespaceFrom: true,
  supportsStaticESM: true,
  supportsTopLevelAwait: true,
}

/** The runtime looks for a `code` on whatever a body throws, which fails where that is null or undefined. */
export function letAnythingBeThrown(executor: {
  handleExecutionError(error: unknown, module: CjsModule): never
}): void {
  const wrap =
    (handle: typeof executor.handleExecutionError): typeof handle =>
    (error, module) => {
      if (error === undefined || error === null) throw error
      return handle.call(executor, error, module)
    }
  patch(executor, 'handleExecutionError', wrap)
}

export interface Resolver {
  /** Request -> the file that was found. */
  _moduleNameCache?: Map<string, string>
  constructor: { clearDefaultResolverCache?(): void }
  isCoreModule(name: string): boolean
  canResolveSync?(): boolean
  hasDistinctAsyncResolver?(): boolean
  resolveModule(from: string, name: string, options?: object): string
  resolveModuleAsync(from: string, name: string, options?: object): Promise<string>
  getModule(name: string): string | null
  getMockModule(from: string, name: string, options?: object): string | null
  getModuleID(virtualMocks: Map<string, boolean>, from: string, name?: string, options?: object): string
}

export interface ScriptTransformer {
  transformJson(file: string, options: object, text: string): string
  _cache?: { transformedFiles?: Map<string, unknown> }
}

/** The methods of the runtime that both layouts have. */
export interface Runtime extends InternalModules {
  readonly constructor: object
  _environment: { global: typeof globalThis }
  requireModuleOrMock(from: string, name: string): unknown
  unstable_shouldLoadAsEsm(file: string): boolean
  unstable_importModule(from: string, name?: string): Promise<VmModule>
  getSourceMaps(): ReadonlyMap<string, string>
  resetModules(): void
  isolateModules(run: () => void): void
  isolateModulesAsync(run: () => Promise<void>): Promise<void>
  /** Jest 30: outside of hooks and tests, loading a module is an error. */
  enterTestCode?(): void
  leaveTestCode?(): void
  /** Private in all versions. */
  _generateMock(from: string, name: string): unknown
  requireModule(from: string, ...rest: unknown[]): unknown
  requireActual(from: string, name: string): unknown
  requireMock(from: string, name: string): unknown
}

/** By which a module that has been evaluated asks the runtime for others. */
const LATE_REQUESTS = ['requireModuleOrMock', 'requireModule', 'requireActual', 'requireMock'] as const

type LateRequest = (from: string, ...rest: unknown[]) => unknown

export type Options = { isInternalModule?: boolean } | undefined

/** Evaluates a CommonJS module that is registered already. */
export type LoadModule = (
  module: CjsModule,
  from: string,
  name: string | undefined,
  file: string,
  options: Options,
  registry: Parents,
) => void

/** Who has these two: the runtime itself, or its loader of ES modules. */
export interface EsmMethods {
  resolveModule(specifier: string, importer: string, context: object): Promise<VmModule>
  linkAndEvaluateModule(module: VmModule): Promise<VmModule>
}

/** The runtime hands out the exports of the module object that it has made. */
function handOut(kept: CjsModule, module: CjsModule): void {
  module.exports = kept.exports
  module.loaded = true
}

/** The function, called once for each file. */
export function rememberingEach<Value extends object>(
  make: (file: string) => Value,
): (file: string) => Value {
  const made = new Map<string, Value>()
  return (file) => {
    const known = made.get(file) ?? make(file)
    made.set(file, known)
    return known
  }
}

/** A `jest` object that stays while the runtimes change: whatever is asked of it is asked of the one that runs. */
export function forwardedJest(first: JestObject, running: () => JestObject): JestObject {
  return new Proxy(first, {
    get: (_, key) => Reflect.get(running(), key),
    has: (_, key) => Reflect.has(running(), key),
    ownKeys: () => Reflect.ownKeys(running()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(running(), key),
  })
}

/** The resolver tells options apart by their object: its own are handed on as they are where nothing is added. */
function withConditions(options: { conditions?: readonly string[] }, more: readonly string[]): object {
  return more.length === 0 ? options : { ...options, conditions: [...(options.conditions ?? []), ...more] }
}

export abstract class Layout {
  readonly version: string
  protected abstract readonly resolver: Resolver
  protected abstract readonly transformer: ScriptTransformer
  protected abstract readonly cjsOptions: object
  protected abstract readonly esmOptions: object
  protected abstract readonly sources: Map<string, string>
  protected abstract readonly buffers: Map<string, Buffer>
  protected abstract readonly namesOfCjs: Map<string, Set<string>>
  readonly #runtime: Runtime
  #mockKeys = { from: '', virtual: 0, keys: new Map<string, string>() }

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

  resolveCjs(from: string, specifier: string, conditions: readonly string[] = []): string {
    return this.resolver.resolveModule(from, specifier, withConditions(this.cjsOptions, conditions))
  }

  resolveEsm(from: string, specifier: string, conditions: readonly string[] = []): string | Promise<string> {
    const options = withConditions(this.esmOptions, conditions)
    const isSync =
      this.resolver.canResolveSync?.() !== false && this.resolver.hasDistinctAsyncResolver?.() !== true
    if (isSync) return this.resolver.resolveModule(from, specifier, options)
    return this.resolver.resolveModuleAsync(from, specifier, options)
  }

  requirePlain(from: string, specifier: string): unknown {
    return this.#runtime.requireModuleOrMock(from, specifier)
  }

  /**
   * The key by which the runtime knows that a file is mocked. To find one takes a resolution, and a reset asks for all modules.
   *
   * @param virtual what is mocked and need not exist: with more of these, keys may be others
   */
  protected knownKey(
    from: string,
    specifier: string,
    virtual: ReadonlyMap<string, boolean>,
    find: () => string,
  ): string {
    // Others resolve as files come and go.
    if (!path.isAbsolute(specifier)) return find()
    if (this.#mockKeys.from !== from || this.#mockKeys.virtual !== virtual.size)
      this.#mockKeys = { from, virtual: virtual.size, keys: new Map() }
    const { keys } = this.#mockKeys
    const key = keys.get(specifier) ?? find()
    keys.set(specifier, key)
    return key
  }

  sourceMapOf(file: string): string | undefined {
    return this.#runtime.getSourceMaps().get(file)
  }

  abstract cjs(): Parents

  /**
   * The method, which calls the hooks for each body of a module that it runs.
   *
   * @param begin called before each; returns what is called after it
   */
  protected watchLoads(hooks: RuntimeHooks, load: LoadModule, begin?: () => () => void): LoadModule {
    return (module, importer, name, file, options, registry) => {
      const loaded = options?.isInternalModule
        ? undefined
        : { module, importer, isMock: registry !== this.cjs() }
      const kept = loaded && hooks.adopt?.(loaded)
      if (kept) {
        handOut(kept, module)
        return
      }
      const end = loaded && hooks.loading(loaded)
      const settle = begin?.()
      let hasFailed = true
      try {
        load(module, importer, name, file, options, registry)
        hasFailed = false
      } finally {
        settle?.()
        end?.(hasFailed)
      }
    }
  }

  /** The method that compiles, which looks up first what was compiled before. What inherits from its owner has requests of its own. */
  protected keptCompile<Owner extends object, Compiled extends object>(
    owner: Owner,
    compile: (this: Owner, source: string, file: string) => Compiled | null,
    code: KeptCode,
  ): (this: Owner, source: string, file: string) => Compiled | null {
    return function (source, file) {
      const known = this === owner ? code.get(file, source) : undefined
      if (known) return known as Compiled
      const compiled = compile.call(this, source, file)
      if (compiled && this === owner) code.set(file, source, compiled)
      return compiled
    }
  }

  /** Has what those files ask for late answered by the runtime that runs. */
  protected forwardRequests(isKept: (file: string) => boolean, running: () => Layout): void {
    const runtime = this.#runtime
    for (const name of LATE_REQUESTS) {
      const wrap =
        (original: LateRequest): LateRequest =>
        (from, ...rest) => {
          const target = isKept(from) ? running() : this
          if (target === this) return Reflect.apply(original, runtime, [from, ...rest])
          return Reflect.apply(target.#runtime[name], target.#runtime, [from, ...rest])
        }
      patch(runtime as Record<typeof name, LateRequest>, name, wrap, `Runtime.${name}`)
    }
  }

  /** Calls the hooks for ES imports. */
  protected hookImports(loader: EsmMethods, hooks: RuntimeHooks): void {
    const resolving =
      (resolve: EsmMethods['resolveModule']): typeof resolve =>
      (specifier, importer, context) =>
        hooks.import({ specifier, importer }, () => resolve.call(loader, specifier, importer, context))
    patch(loader, 'resolveModule', resolving)
    const evaluating =
      (evaluate: EsmMethods['linkAndEvaluateModule']): typeof evaluate =>
      async (module) => {
        const evaluated = await evaluate.call(loader, module)
        hooks.imported()
        return evaluated
      }
    patch(loader, 'linkAndEvaluateModule', evaluating)
  }

  /** Public methods whose effect on the registries the adapter has to know of. */
  protected hookResets(hooks: RuntimeHooks): void {
    const runtime = this.#runtime
    const wrap = <Key extends keyof Runtime>(key: Key, method: (original: Runtime[Key]) => Runtime[Key]) =>
      patch(runtime, key, method, `Runtime.${key}`)
    wrap(
      '_generateMock',
      (generate) => (from, name) => hooks.mocking(() => generate.call(runtime, from, name)),
    )
    wrap('resetModules', (reset) => () => {
      hooks.reset('resetModules')
      reset.call(runtime)
    })
    wrap('isolateModules', (isolate) => (run) => {
      hooks.isolating()
      isolate.call(runtime, () => {
        hooks.reset('isolateModules')
        run()
      })
    })
    wrap('isolateModulesAsync', (isolate) => (run) => {
      hooks.isolating()
      return isolate.call(runtime, () => {
        hooks.reset('isolateModulesAsync')
        return run()
      })
    })
    wrap('unstable_importModule', (load) => async (from, name) => {
      hooks.importing(name === undefined ? from : undefined)
      const module = await load.call(runtime, from, name)
      hooks.imported()
      return module
    })
  }

  extendFileResult(key: string, read: () => unknown): void {
    extendFileResult(this.#runtime, key, read)
  }

  esmQuery(key: string, { identifier }: VmModule): string {
    // A URL in 30.5; before, a path followed by the query without its question mark.
    if (key.startsWith('file:')) return /[?#].*$/.exec(key)?.[0] ?? ''
    const query = key.slice(identifier.length)
    return query === '' || /^[?#]/.test(query) ? query : `?${query}`
  }

  textOf(file: string): string | undefined {
    return this.sources.get(file)
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

  async asTestCode<T>(run: () => Promise<T>): Promise<T> {
    this.#runtime.enterTestCode?.()
    try {
      return await run()
    } finally {
      this.#runtime.leaveTestCode?.()
    }
  }

  forgetMissing(): void {
    this.resolver.constructor.clearDefaultResolverCache?.()
  }

  forgetResolved(file: string): void {
    const known = this.resolver._moduleNameCache
    for (const [key, found] of known ?? []) if (found === file) known?.delete(key)
    this.forgetMissing()
  }
}
