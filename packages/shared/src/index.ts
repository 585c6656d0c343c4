export type { ImportHook } from './core-state.ts'
export {
  BadOptionError,
  DuplicateModuleError,
  type ErrorCode,
  FreshModulesError,
  NoHostError,
  NotFreshError,
  ParallelWorkerError,
  type Refusal,
  RefusedError,
  StaleModuleError,
  UnsupportedHostError,
} from './errors.ts'
export { onImport, onUnload } from './hooks.ts'
export { importFresh, requireFresh } from './import-fresh.ts'
export type { ModuleId } from './module-id.ts'
export type { Flag, FlagSource, Flags, ModuleSpec, OnDuplicate, Provenance, SpecRule } from './module-spec.ts'
export type { FreshOptions, FromOption } from './options.ts'
export { reloadInPlace } from './reload-in-place.ts'
export { type ResetOptions, type ResetSummary, resetModules } from './reset.ts'
export { declareSpec, type ModuleHandle, markNonReimportable, specOf, withFlags } from './spec-api.ts'
export { unload } from './unload.ts'
export { withUnloaded } from './with-unloaded.ts'
