/**
 * What fresh-modules knows in one realm. It stands on the host slot and not in module variables, so that every copy
 * of the core that tests happen to load (a second one after a raw reset, an ESM and a CommonJS build) agrees.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ExportsBaseline } from './exports-baseline.ts'
import { createGuardState, type GuardState } from './guard-state.ts'
import type { HostScope, ModuleFacts, ScopeRules } from './module-host.ts'
import type { ModuleId } from './module-id.ts'
import type { Flag, FlagDeclaration, Flags } from './module-spec.ts'
import type { CompiledRules, ResolvedSpec } from './resolved-spec.ts'
import type { Steps } from './steps.ts'
import { type Adapter, assertAdapter, coreVersion } from './version.ts'

export interface RuntimeFlag {
  readonly value: boolean
  readonly reason?: string
}

/** One stretch of `withFlags`, while it runs. */
interface FlagStretch {
  readonly identity: ModuleId
  readonly flags: Partial<Flags>
}

export type ImportHook = (exports: unknown, info: { reloaded: boolean; fresh: boolean }) => void

/** A helper's asynchronous call that is pending, as seen from within it. */
export interface PendingCall {
  readonly parent: PendingCall | undefined
  /** Ids set aside by this call (`withUnloaded`), or being reloaded. */
  readonly ids?: ReadonlySet<ModuleId>
  readonly kind: 'function' | 'surroundings' | 'unloaded' | 'reload'
  /** For the function form: the file whose imports are targets, and the scope they go to. */
  readonly targets?: FunctionTargets
  /** Set when it has settled: what it leaves running is no part of it any more. */
  isOver?: boolean
}

export interface FunctionTargets {
  /** File in which the function stands. */
  file: string
  /** The function's text, by which a host that cannot see its frame finds the file. */
  readonly source: string
  readonly rules: ScopeRules
  readonly scope: HostScope
  /**
   * Admits a resolved request as a target: checks its flags, makes it a member of the scope. `plain`: to be imported
   * as usual.
   */
  admit(specifier: string, id: ModuleId): Steps<'fresh' | 'plain'>
  /** How many targets were admitted. */
  count: number
}

/** A thing to undo when the tests that were running when it was done have ended; with none: the file. */
interface OwnedUndo {
  readonly owners: Set<unknown>
  readonly undo: () => unknown
}

/** A spec as it is written down, and what tells whether it is still so. */
interface WrittenSpec {
  readonly spec: ResolvedSpec
  readonly declared: FlagDeclaration | undefined
  readonly kind: ModuleFacts['kind']
  readonly docblock: ModuleFacts['docblock']
  readonly loader: ModuleFacts['loader']
}

/** A `withUnloaded` that has not ended. */
export interface UnloadedCall {
  readonly ids: ReadonlySet<ModuleId>
  readonly done: Promise<void>
  /** The calls that it is part of. */
  readonly within: ReadonlySet<PendingCall>
  /** Those that come first, while it waits for them. */
  waitsFor: readonly UnloadedCall[]
  /** Set once it is its turn. */
  call?: PendingCall
}

/** A reset that has begun. */
export interface RunningReset {
  /** The one that it waits for. */
  before: RunningReset | undefined
  done: Promise<unknown> | undefined
  step: 'begins' | 'calls onUnload' | 'evaluates'
  /** Its time was up: what it has not done by then it must not do any more, since a test may run. */
  isGivenUp: boolean
}

/** What evaluation left of a module: of its exports, and of the names that hold its state, where it has any. */
export interface EvaluatedState {
  readonly exports: ExportsBaseline
  readonly held: { readonly read: () => readonly unknown[]; readonly baseline: ExportsBaseline } | undefined
}

export interface CoreState {
  /** The version of the core that has made this: a core of another one cannot go on with it. */
  readonly version: string
  /** The adapter that asked for it; undefined in plain Node. */
  readonly adapter: Adapter | undefined
  /** The adapter's `specs` and `knownSingletons` options. */
  rules: CompiledRules
  knownSingletons: boolean
  /** Names of packages that are evaluated again between tests, as first-party modules are. */
  packagesPerTest: ReadonlySet<string>
  /**
   * Identity -> flags set at run time by `specOf(...)` or `markNonReimportable`: the last setting holds. Each goes when
   * its owners end, and concurrent tests end in any order.
   */
  readonly runtimeFlags: Map<ModuleId, Map<Flag, RuntimeFlag[]>>
  readonly stretches: Set<FlagStretch>
  /** Identity -> what modules said of themselves by `declareSpec`. One entry per declaring module. */
  readonly declared: Map<ModuleId, FlagDeclaration>
  /** Id -> hooks of `onImport`. */
  readonly importHooks: Map<ModuleId, Set<ImportHook>>
  /** A copy's handle -> its `onUnload` callbacks, in the order in which they were registered. */
  readonly disposers: WeakMap<object, (() => unknown)[]>
  /**
   * Modules that hold a lock in this test file -> handles of their copies that have `onUnload` callbacks, registered or
   * not; empty when the file has ended.
   */
  readonly lockHolders: Map<ModuleId, Set<object>>
  /** Loaded module -> what resets say of those that register in its package, or '' where nobody does. */
  readonly registryReasons: Map<ModuleId, string>
  /**
   * Exports of registered modules that have no state, or none that cannot be compared -> what evaluation left of them, to
   * tell what has changed.
   */
  readonly baselines: WeakMap<object, EvaluatedState>
  /** Modules that could not be evaluated again -> the first line of why; kept for as long as the worker lives. */
  readonly notReevaluable: Map<ModuleId, string>
  /** What becomes of a module that cannot be evaluated again: it is kept, or the test fails. */
  onResetFailure: 'keep' | 'throw'
  /** Exports of fresh copies and of copies that left the registry through us -> where they come from. */
  readonly formerCopies: WeakMap<object, { id: ModuleId; handle: object | undefined; fresh: boolean }>
  /** Handles of fresh copies that evaluated to their end: one that failed is not disposed of. */
  readonly freshHandles: WeakSet<object>
  readonly undos: Set<OwnedUndo>
  /** Tests that run now, by the adapter's own key. */
  readonly runningTests: Set<unknown>
  /** `withUnloaded` calls by the ids they set aside: calls that share one run one after the other. */
  readonly unloadedQueue: UnloadedCall[]
  /** Id -> the reload in place that runs now; another call waits for it. */
  readonly reloads: Map<ModuleId, Promise<unknown>>
  /** Identities that an unfinished `withUnloaded` holds aside: still loaded. */
  readonly setAside: Map<ModuleId, number>
  /**
   * Id -> its spec but for what is set at run time, with what it was made of. One entry per module that was asked for. Files that share a
   * realm, and so rules, share it as well.
   */
  writtenSpecs: Map<ModuleId, WrittenSpec>
  /** The guard's notes. */
  readonly guard: GuardState
  /** The reset that runs now; another one waits for it. */
  reset: RunningReset | undefined
  /** Tail of the queue of calls with `env` or `globals`. */
  surroundingsTail: Promise<void>
  /** Which of our calls the running code is part of. Enabled only while `pendingCalls` is not 0. */
  readonly calls: AsyncLocalStorage<PendingCall>
  pendingCalls: number
  readonly warned: Set<string>
}

/** @throws `ERR_UNSUPPORTED_HOST` for an adapter of another version than this core */
export function createCoreState(rules: CompiledRules, knownSingletons = true, adapter?: Adapter): CoreState {
  if (adapter) assertAdapter(adapter)
  return {
    version: coreVersion(),
    adapter,
    rules,
    knownSingletons,
    packagesPerTest: new Set(),
    runtimeFlags: new Map(),
    stretches: new Set(),
    declared: new Map(),
    importHooks: new Map(),
    disposers: new WeakMap(),
    lockHolders: new Map(),
    registryReasons: new Map(),
    baselines: new WeakMap(),
    notReevaluable: new Map(),
    onResetFailure: 'keep',
    formerCopies: new WeakMap(),
    freshHandles: new WeakSet(),
    undos: new Set(),
    runningTests: new Set(),
    unloadedQueue: [],
    reloads: new Map(),
    setAside: new Map(),
    writtenSpecs: new Map(),
    guard: createGuardState(),
    reset: undefined,
    surroundingsTail: Promise.resolve(),
    calls: new AsyncLocalStorage(),
    pendingCalls: 0,
    warned: new Set(),
  }
}
