/** What the guard remembers of the modules that refuse reimport. */
import type { AsyncLocalStorage } from 'node:async_hooks'
import type { FreshModulesError } from './errors.ts'
import type { GuardedCopy, TakenRecords } from './module-host.ts'
import type { ModuleId } from './module-id.ts'
import type { OnDuplicate } from './module-spec.ts'

/** The name of Node's own loader, which every host has next to its own, in messages and wherever loaders are compared. */
export const NODE_LOADER = "Node's loader"

/** A copy of a package of which there may be only one. */
export interface GuardedPackage extends GuardedCopy {
  readonly dir: string
  readonly version: string | undefined
}

/** Two copies of a package that exist side by side without any reset: the tree's doing, not a test's. */
interface StandingCopies {
  readonly name: string
  readonly first: GuardedCopy
  readonly second: GuardedCopy
  /** What follows from it, which copies there are, why, and what to write. */
  readonly explanation: string
}

export interface GuardState {
  onDuplicate: OnDuplicate
  /** What tells this run from others: its workers share it. */
  run: string | undefined
  /**
   * Whether setup files and the test file are being loaded: what is evaluated meanwhile they hold, by static imports or
   * by what they have made of it. Ends before the first hook runs.
   */
  isCollecting: boolean
  /** First copies that somebody holds who stays when the framework drops its registrations. */
  held: WeakSet<GuardedCopy>
  /** Whether the framework has dropped, in this file, what the test file had imported: what is loaded since, it does not hold. */
  hasDroppedAll: boolean
  /** Package name -> its copies that exist side by side, where nobody but the table says that there may be one. */
  readonly standing: Map<string, StandingCopies>
  /** Identity -> the copy that was evaluated first and that nobody has unloaded with permission since. */
  readonly firstCopies: Map<ModuleId, GuardedCopy>
  /** Package name -> its copies that came first. */
  readonly packages: Map<string, GuardedPackage>
  /** The last reset that the framework did by itself: what it was and where it was called. */
  rawReset: { readonly what: string; readonly at: string | undefined } | undefined
  /**
   * Id -> the record of a first copy that such a reset took out of the registry, though somebody holds it. Our next reset
   * puts back those that have no successor: it keeps them, and only the test that resets and imports again is to blame.
   */
  readonly dropped: Map<ModuleId, TakenRecords>
  /** Errors that their test, or else the file, has to fail with, even if nobody lets them through. */
  readonly unreported: { readonly error: FreshModulesError; readonly test: unknown }[]
  /** Which of several concurrent tests the running code is part of. Only where there are any: it has its price. */
  concurrent: AsyncLocalStorage<unknown> | undefined
  /** Whether all tests have run. What is evaluated then belongs to another run of the same process, if any. */
  isRunOver: boolean
  /** Packages, and modules of none, of which a second copy was reported. */
  readonly warned: Set<string>
}

export function createGuardState(): GuardState {
  return {
    onDuplicate: 'throw',
    run: undefined,
    isCollecting: true,
    held: new WeakSet(),
    hasDroppedAll: false,
    standing: new Map(),
    firstCopies: new Map(),
    packages: new Map(),
    rawReset: undefined,
    dropped: new Map(),
    unreported: [],
    concurrent: undefined,
    isRunOver: false,
    warned: new Set(),
  }
}
