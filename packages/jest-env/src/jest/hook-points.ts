/**
 * The callbacks through which guard, locks and import hooks observe the runtime: the guard asks before an evaluation
 * and at resets of the registries, locks are taken before an evaluation, import hooks run after one.
 */
import type { Copy, ModuleFacts, ModuleId, ResolveKind } from 'fresh-modules/internal/core'

export interface Evaluation {
  readonly id: ModuleId
  /** Who asked for it; undefined for the test file and setup files. */
  readonly importer: ModuleId | undefined
  readonly kind: ResolveKind
  /** Whether the copy is a scope's own rather than the registered one. */
  readonly fresh: boolean
  /** What is known of the module already, by an evaluation in an earlier file. */
  readonly facts?: ModuleFacts
}

/** The call of Jest's own that took records out of the registry. */
export type RegistryReset = 'resetModules' | 'isolateModules' | 'isolateModulesAsync'

export interface HookPoints {
  /** The test file itself is about to be loaded: setup files have had their turn. */
  testFile(): void
  /**
   * Before a body runs; what it throws is thrown at the import. For ES modules: before the graph is linked. Returns what is known of the
   * module.
   */
  beforeEvaluation(evaluation: Evaluation): ModuleFacts
  /** After the body of a registered module has run. */
  afterEvaluation(copy: Copy): void
  /** Before an empty registry is put over the main one, which is the active one still. */
  isolating(): void
  /** Called synchronously within the call that resets, so that its place can be read from the stack. */
  registryReset(by: RegistryReset): void
}
