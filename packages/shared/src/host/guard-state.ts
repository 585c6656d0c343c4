/** What the guard remembers of the modules that refuse reimport. */
import type { AsyncLocalStorage } from 'node:async_hooks'
import type { FreshModulesError } from './errors.ts'
import type { GuardedCopy, TakenRecords } from './module-host.ts'
import type { ModuleId } from './module-id.ts'
import type { OnDuplicate } from './module-spec.ts'

/** The name of Node's own loader, which every host has beside its own, in messages and wherever loaders are compared. */
export const NODE_LOADER = "Node's loader"

/** A copy of a package of which there may be only one. */
export interface GuardedPackage extends GuardedCopy {
  readonly dir: string
  readonly version: string | undefined
}

export interface GuardState {
  onDuplicate: OnDuplicate
  /** Identity -> the copy that was evaluated first and that nobody has unloaded with permission since. */
  readonly firstCopies: Map<ModuleId, GuardedCopy>
  /** Package name -> its copies that came first. */
  readonly packages: Map<string, GuardedPackage>
  /** The last reset of the framework that was none of ours: what it was and where it was called. */
  rawReset: { readonly what: string; readonly at: string | undefined } | undefined
  /**
   * Id -> the record of a first copy that such a reset took out of the registry. Our next reset puts back those that
   * have no successor: it keeps them, and only the test that resets and imports again is to blame.
   */
  readonly dropped: Map<ModuleId, TakenRecords>
  /** Errors that their test, or else the file, has to fail with, even if nobody lets them through. */
  readonly unreported: { readonly error: FreshModulesError; readonly test: unknown }[]
  /** Which of several concurrent tests the running code is part of. Only where there are any: it has its price. */
  concurrent: AsyncLocalStorage<unknown> | undefined
  /** Pairs of places that were warned of. */
  readonly warned: Set<string>
}

export function createGuardState(): GuardState {
  return {
    onDuplicate: 'throw',
    firstCopies: new Map(),
    packages: new Map(),
    rawReset: undefined,
    dropped: new Map(),
    unreported: [],
    concurrent: undefined,
    warned: new Set(),
  }
}
