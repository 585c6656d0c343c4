export { declareSpec, type ModuleHandle, markNonReimportable, specOf, withFlags } from './helpers/flags.ts'
export { onImport, onUnload } from './helpers/hooks.ts'
export { importFresh, requireFresh } from './helpers/import-fresh.ts'
export { reloadInPlace } from './helpers/reload-in-place.ts'
export { type ResetOptions, resetModules } from './helpers/reset-modules.ts'
export { unload } from './helpers/unload.ts'
export { withUnloaded } from './helpers/with-unloaded.ts'
export type { ImportHook } from './host/core-state.ts'
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
} from './host/errors.ts'
export type { ModuleId } from './host/module-id.ts'
export type {
  Flag,
  FlagSource,
  Flags,
  ModuleSpec,
  OnDuplicate,
  Provenance,
  SpecRule,
} from './host/module-spec.ts'
export type { FreshOptions, FromOption } from './host/options.ts'
export type { ResetSummary } from './reset/reset.ts'
