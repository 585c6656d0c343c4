/**
 * What the parts of the host for Node need of each other, as interfaces: the world that all hosts of a thread share
 * (`NodeWorld`), a scope in it (`NodeScope`), and the host that opened the scope (`NodeHost`).
 */
import type { CoreState } from '../host/core-state.ts'
import type { BlockRequest, Copy, HostScope, ResolveKind, ScopeRules } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { MaybePromise } from '../host/steps.ts'
import type { Mark } from './esm/urls.ts'
import type { KnownFile } from './known-files.ts'
import type { CommonJsModule } from './node-internals.ts'
import type { NodeTestMocks } from './node-test-mocks.ts'
import type { PlainLoader } from './plain-loader.ts'

export interface World {
  /**
   * Mark -> the scope whose copies' URLs have it. A scope of ES modules stands here while it evaluates, and from then
   * on if one of its sources can ask for more later: the engine keeps such a copy for ever, and its scope with it.
   */
  readonly scopes: Map<Mark, FreshScope>
  readonly Copy: CopyClass
  readonly loader: PlainLoader
  readonly mocks: NodeTestMocks
  readonly esm: EsmImports
  /**
   * Id -> which registered copy is the current one, for modules that were dropped or set aside: Node's ESM loader
   * goes on giving the first (0), so imports are led to another URL. One entry per module at most.
   */
  readonly generations: Map<ModuleId, number>
  /**
   * ES modules that are set aside -> what `require` of them gives meanwhile, once it was called. Its loader looks into
   * its cache by the file's name, where the copy is that has been set aside.
   */
  readonly movedEsm: Map<ModuleId, { required?: unknown }>
  /** URL -> relative path in an import there -> what Node has resolved it to. One entry per import of a fresh copy. */
  readonly resolutions: Map<string, Map<string, ModuleId>>
  /** URL -> `import.meta` of a copy that has made itself known, by `onUnload` or `declareSpec`. */
  readonly handles: Map<string, object>
  /** Exports of a registered CommonJS module -> the names it had defined when its body had run. */
  readonly ownKeys: WeakMap<object, ReadonlySet<PropertyKey>>
  /** Modules that are being reloaded in place: the core tells of those itself. */
  readonly reloading: WeakSet<CommonJsModule>
  /** URL -> what the import of that module has to wait for. An entry goes when it is waited for. */
  readonly gates: ReadonlyMap<string, unknown>
  /** Called before the body of each registered evaluation runs, with who asked; it may throw to prevent it. */
  readonly beforeEvaluation: ((id: ModuleId, importer: string | undefined) => void) | undefined
  /** Called for each registered evaluation of a CommonJS file that failed. */
  readonly evaluationFailed: ((id: ModuleId) => void) | undefined
  /** Called for each file that Node imports in nobody's name, or in that of a folder: a test file, where all have one process. */
  readonly fileAsked: ((id: ModuleId) => void) | undefined
  /** Called for each `require`, before it is answered. */
  readonly requiring: ((parent: CommonJsModule) => void) | undefined
  /** Called when something asks for node:test. */
  readonly nodeTestAsked: (() => void) | undefined
  readonly state: CoreState | undefined
  /** The scope whose copy of a CommonJS file this is. */
  scopeOf(module: object): FreshScope | undefined
  useHooks(): boolean
  nextNumber(): number
  /** The URL by which a plain import gets the registered copy. */
  registeredUrl(id: ModuleId): string
  /** The loader is about to compile a registered ES module. */
  registeredLoad(url: string): void
  /** Makes the import of a module wait for `ready`, unless what is waited for imports it itself. */
  addGate(url: string, ready: Promise<unknown>): void
  openGate(url: string): void
}

/** What is known of imports in Node's ESM loader: a part of `EsmRegistry`. */
interface EsmImports {
  noteImport(importer: ModuleId, id: ModuleId): void
  importsOf(id: ModuleId): Iterable<ModuleId>
  importersOf(id: ModuleId): Iterable<ModuleId>
  has(id: ModuleId): boolean
}

/** A scope in Node's own loaders. */
export interface FreshScope extends HostScope {
  readonly host: ScopeHost
  readonly rules: ScopeRules
  readonly mark: Mark
  assertNotBlocked(kind: ResolveKind, request: BlockRequest, importer: () => string): void
  needsAsync(target: string): Error
  require(id: ModuleId, parent: CommonJsModule | undefined, known?: KnownFile): unknown
  copyOf(id: ModuleId): CommonJsModule
  createRequire(file: string): NodeJS.Require
  keep(): void
  urlOf(id: ModuleId): string
  requested(importer: ModuleId, id: ModuleId): void
  loading(id: ModuleId, url: string, asksLater: boolean): void
}

/** The host that opened a scope. */
export interface ScopeHost {
  readonly label: string
  readonly world: World
  readonly state: CoreState
  /** Takes the lock of a module that may live in one worker at a time; whether there was one to take. */
  readonly lock: ((id: ModuleId) => boolean) | undefined
  resolve(specifier: string, importer: string, kind: ResolveKind): MaybePromise<ModuleId>
  load(id: ModuleId, importer: string, kind: ResolveKind): MaybePromise<Copy>
  /** Remembers whose exports and handle these are. */
  remember(copy: Copy): void
  noteEsmCopy(): void
}

/** Who answers for the copies of one scope. */
export interface CopyOwner {
  readonly scope: FreshScope
  require(copy: CommonJsModule, specifier: string): unknown
  compile(copy: CommonJsModule, content: string, filename: string, format?: string): unknown
}

export interface CopyClass {
  new (file: string, parent: CommonJsModule | undefined, owner: CopyOwner): CommonJsModule
  /** The scope that a module is a copy of; undefined for every other module. */
  scopeOf(module: object): FreshScope | undefined
}

/** Also for a scope of another copy of the core, as of its other build. */
export function isNodeScope(scope: HostScope | undefined): scope is FreshScope {
  return scope !== undefined && 'mark' in scope
}
