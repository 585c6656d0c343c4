/**
 * The port between the core and a module system. An adapter implements `ModuleHost`; each method only translates.
 * All methods that return `MaybePromise` return plain values where the host can answer at once: that is what makes
 * `requireFresh` possible with the same algorithms.
 */
import type { ModuleId } from './module-id.ts'
import type { FlagDeclaration } from './module-spec.ts'
import type { MaybePromise } from './steps.ts'

/** The result of one evaluation. Wrapped, since a namespace may export a `then`. */
export interface Copy {
  readonly id: ModuleId
  /** The namespace object, or what CommonJS calls `module.exports`. */
  readonly exports: unknown
  /**
   * What the module itself can pass to `onUnload`: its `import.meta`, or its CommonJS `module` object. It tells this
   * copy from every other one of the same id.
   */
  readonly handle: object | undefined
}

/** A copy that has been evaluated into the exports of the one before. */
export interface ReloadedCopy extends Copy {
  /** Every export as it was before that evaluation: another module of the same reset has failed. */
  putBack?(): void
}

/** The host's entry for one loaded module. */
export interface ModuleRecord extends Copy {
  readonly state: 'evaluating' | 'evaluated'
  /** Ids that the module has imported so far, dynamically too. */
  readonly imports: Iterable<ModuleId>
  readonly importers: Iterable<ModuleId>
}

export type ModuleKind = 'source' | 'json' | 'builtin' | 'addon' | 'virtual'

/** What the host knows of a module, loaded or not. */
export interface ModuleFacts {
  readonly kind: ModuleKind
  /** Flags that the module's own docblock sets. */
  readonly docblock?: FlagDeclaration | undefined
  /** Flags that follow from how the host holds the module, e.g. Node's ESM loader cannot unload. */
  readonly loader?: readonly FlagDeclaration[] | undefined
  /** Set where this host cannot evaluate the module again: why, and what to configure. */
  readonly notFresh?: { readonly why: string; readonly remedy: string } | undefined
}

/** Records taken out of the registry. */
export interface TakenRecords {
  readonly records: readonly ModuleRecord[]
  /** Registers the very same records again, in place of whatever is there now. Twice is harmless. */
  putBack(): void
}

export interface BlockRequest {
  readonly specifier?: string | undefined
  readonly id?: ModuleId | undefined
}

/** What the core decides about requests that come from within a scope. */
export interface ScopeRules {
  /** The module that asked for the scope, if it is a loaded one: a member of every chain of requests. */
  readonly caller: ModuleId | undefined
  /** `fresh`: this scope's own copy. `shared`: the registered one. Asked once the host has resolved the request. */
  decide(id: ModuleId): MaybePromise<'fresh' | 'shared'>
  /**
   * The name under which the scope hides the module from its copies, by what was written or by what it resolved to;
   * undefined where it does not. The host then fails with `notFoundError` for that name.
   */
  blockedName(request: BlockRequest): string | undefined
  /** More conditions under which the scope's copies resolve what they import; empty in a host without `resolveWith`. */
  readonly conditions: readonly string[]
  /** Called after each evaluation of a fresh copy, in its order. */
  onEvaluated(copy: Copy): void
}

/** The world that a fresh copy lives in. It belongs to its copies: nothing else refers to it. */
export interface HostScope {
  /**
   * The scope's copy of `id`, evaluated if there is none yet. A failure leaves no partial copy, drops what the host
   * cached of that file, and is thrown as it is.
   */
  evaluate(id: ModuleId): MaybePromise<Copy>
  /** The copy that is being evaluated and waits for no other one; for messages. Undefined where there is none. */
  waitsFor?(): ModuleId | undefined
}

/** A place in a module's source. */
export interface Finding {
  readonly line: number
  /** The source there, on one line. */
  readonly text: string
}

/** What a module's body does to something that is not its own while it runs. */
export interface OutsideEffect extends Finding {
  /** The module into which it goes; undefined for a global. */
  readonly into: ModuleId | undefined
  /** What that is called in the source: `commander`, `process`. */
  readonly name: string
  /** Whether doing it again changes nothing: `axios.defaults.baseURL = '/api'`. */
  readonly isAssignment?: true
}

/** What a module's code shows, with the imports that it names resolved. */
export interface Evidence {
  /** The first thing that is state, or that is read of the world; undefined for a module that holds none. */
  readonly state: Finding | undefined
  /** Modules of which the body uses a value while it runs: called, extended, spread, taken apart. */
  readonly reads: Iterable<ModuleId>
  /** Whether `reads` is what really ran, functions of others that the body has called included. */
  readonly areReadsExact?: boolean
  /** Of those, what the body calls: module -> names of its exports, `*` for the module itself. */
  readonly calls: Iterable<readonly [ModuleId, readonly string[]]>
  readonly effects: readonly OutsideEffect[]
}

/** What a host can tell and do for resets of several modules at once. */
export interface ResetSupport {
  /** What a copy holds by static imports: in CommonJS, what it required while it was evaluated. */
  staticImports(id: ModuleId): Iterable<ModuleId>
  /** A reset is about to be planned: a host may have to find out first what the code of modules shows. */
  prepare?(): MaybePromise<void>
  /** What the code of a module shows; undefined where it could not be judged: it is taken to hold state. */
  evidence?(id: ModuleId): Evidence | undefined
  /**
   * Where something of the module was used while the test file was collected, e.g. `orders.test.ts:12`: what was made
   * of it then stays. Undefined where nothing was. The place is found when it is asked for: most are never shown.
   */
  usedWhileCollecting?(id: ModuleId): (() => string) | undefined
  /** Whether another loader holds the module, which resets leave alone. */
  isOutOfReach?(id: ModuleId): boolean
  /** Whether what the module requires is another loader's, which keeps it: another evaluation gives the same. */
  isEntryOnly?(id: ModuleId): boolean
  /** Whether a package that stays is made to forget, between files, what a file has told it. */
  forgetsBetweenFiles?(id: ModuleId): boolean
  /** Why the module is kept between tests: a setup file loaded it, it is a mock. Undefined where it is not. */
  keptBetweenTests(id: ModuleId): string | undefined
  /**
   * Between files: modules without state stay for the next file. At its first import of one, what that imports is
   * imported first; it is evaluated again where it is given something else than before, a mock for instance. What this
   * reset drops and one of them imports is evaluated again into the namespace that it holds, when it is imported.
   * Returns which of all these are not to be dropped. Absent in hosts whose files share nothing.
   */
  keepForNextFile?(unchanged: readonly ModuleId[], dropped: readonly ModuleId[]): ReadonlySet<ModuleId>
  /** Runs what reloads several modules one by one: the host may do once at its end what each reload would do. */
  batch?<T>(run: () => Promise<T>): Promise<T>
  /**
   * Evaluates registered modules again in place, what they import first. New exports appear as they are defined, as
   * in a first evaluation, so that a cycle holds no old member. If one fails, all are as before, those that had been
   * evaluated too. The host notes the baseline of each (`noteBaseline`), before others can touch its exports.
   */
  reloadAll?(ids: readonly ModuleId[]): MaybePromise<{
    readonly copies: readonly Copy[]
    readonly failure?: { readonly id: ModuleId; readonly error: unknown }
  }>
  /**
   * The time of `reloadAll` is up: what it has not finished is as before, and stays so. Returns the module that the
   * others wait for. Absent where evaluating never waits.
   */
  giveUp?(): ModuleId | undefined
}

/** How a copy came to be: enough to tell it from another one, and to say who asked for it. */
export interface GuardedCopy {
  readonly id: ModuleId
  /** Who imported it, nearest first, up to the test file. */
  readonly importedBy: readonly ModuleId[]
  /** Which loader evaluates it: two loaders of one process make two copies. */
  readonly loader: string
  readonly format: 'esm' | 'cjs' | undefined
  /** What it requires is another loader's. */
  readonly isEntryOnly?: boolean
  /** Set where it stands in another registry than the main one, as within `jest.isolateModules`: which one. */
  readonly isolation?: number | undefined
}

export type ResolveKind = 'import' | 'require'

export interface ModuleHost {
  /** Name and version for messages, e.g. `Vitest 5.1.1`. */
  readonly label: string
  /** The project's root: what paths in rules are relative to. */
  readonly root: string
  /** Absolute path of the test file that runs now. It is never unloaded, reset or reloaded. */
  readonly testFile: string | undefined
  /** Whether the module belongs to the framework or to fresh-modules: never fresh, never unloaded. */
  isProtected(id: ModuleId): boolean

  /** Resolves as the host does for `importer`; fails with the host's own not-found error. */
  resolve(specifier: string, importer: string, kind: ResolveKind): MaybePromise<ModuleId>
  /**
   * Resolves under more conditions than the host's own (those of `exports` and `imports` in a package.json). Absent where
   * the host cannot. Where it is there, a scope resolves requests of its copies under `ScopeRules.conditions`.
   */
  readonly resolveWith?:
    | ((
        conditions: readonly string[],
        specifier: string,
        importer: string,
        kind: ResolveKind,
      ) => MaybePromise<ModuleId>)
    | undefined
  /** Why there is no `resolveWith`, and what to do, where the host knows more of it than that it has none. */
  readonly noConditions?: { readonly why: string; readonly remedy: string } | undefined
  facts(id: ModuleId): MaybePromise<ModuleFacts>
  /** The same as they were at the module's evaluation, without a look at its file. Absent where `facts` takes none. */
  factsOfRegistered?(id: ModuleId): MaybePromise<ModuleFacts>
  /**
   * Drops what the host has cached of a module's source if the file is another one by now. Called for modules that
   * users name, before their facts are read; hosts that look at each evaluation need none.
   */
  refresh?(id: ModuleId): MaybePromise<void>

  record(id: ModuleId): ModuleRecord | undefined
  /** All registered records that have been evaluated or are being evaluated. */
  records(): Iterable<ModuleRecord>
  /** The id of the copy whose `import.meta`, `module` or exports this is; undefined where it is of no copy. */
  idOf(object: object): ModuleId | undefined

  /** As a plain import by `importer` does: registers, shares. */
  load(id: ModuleId, importer: string, kind: ResolveKind): MaybePromise<Copy>
  openScope(rules: ScopeRules, kind: ResolveKind): HostScope
  /** Takes records out of the registry. Ids that are not registered are passed over. */
  take(ids: readonly ModuleId[]): TakenRecords
  /** Removes records for good, with what parents list as children. */
  drop(ids: readonly ModuleId[]): void
  /**
   * Evaluates the registered module again into its own exports object, replacing its exports in one step when it has
   * finished. All or nothing: a failure leaves every export as it was.
   */
  reload(id: ModuleId): MaybePromise<ReloadedCopy>

  /** Absent in a host that has no test files to reset between. */
  readonly resets?: ResetSupport
  /** Set where nobody tells of an `import()`, so that it cannot be a target of the function form: why, and what to do. */
  readonly unseenImports?: { readonly why: string; readonly remedy: string } | undefined
  /** What to write into the framework's config, for messages of the guard. */
  readonly remedies?: {
    /** One package in two places; `second` is the one to be led to the first. */
    dedupe(name: string, second: GuardedCopy): string
    /** One package, or file, by two loaders. */
    oneLoader(name: string, first: GuardedCopy, second: GuardedCopy): string
    /** The ESM and the CommonJS build of one package. */
    oneFormat(name: string, first: GuardedCopy, second: GuardedCopy): string
  }
}
