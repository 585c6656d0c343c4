/**
 * What every adapter uses, and nothing else, without the host for Node: that is half of the core, and each worker would
 * load it. No promise of stability: adapters are released together with the core.
 */
export { checkAdapterOptions, type FreshModulesOptions } from './adapter-options.ts'
export { callingFiles, callSite } from './caller.ts'
export { type CoreState, createCoreState, type FunctionTargets, type PendingCall } from './core-state.ts'
export {
  BadOptionError,
  DuplicateModuleError,
  FreshModulesError,
  NotFreshError,
  notFoundError,
  RefusedError,
  UnsupportedHostError,
} from './errors.ts'
export { exportsBehind, forwardTo } from './forwarded-exports.ts'
export { functionTargetsFor } from './function-targets.ts'
export {
  beforeRawReset,
  type Evaluation,
  enterConcurrentTest,
  forgetAllCopies,
  forgetFailedCopy,
  guardEvaluation,
  guardedSpec,
  mustFail,
  noteRawReset,
  runConcurrentTest,
  takeUnreported,
} from './guard.ts'
export { type GuardedCopy, type GuardState, NODE_LOADER } from './guard-state.ts'
export { type Installed, installedIn, installHost } from './host-slot.ts'
export { fileEnded, noteFormerCopy, runImportHooks, testEnded, testStarted } from './lifecycle.ts'
export { importersChain } from './module-graph.ts'
export type {
  BlockRequest,
  Copy,
  HostScope,
  ModuleFacts,
  ModuleHost,
  ModuleKind,
  ModuleRecord,
  ResetSupport,
  ResolveKind,
  ScopeRules,
  TakenRecords,
} from './module-host.ts'
export {
  builtinName,
  fileOf,
  isBuiltinId,
  isFileId,
  isFirstParty,
  type ModuleId,
  moduleId,
} from './module-id.ts'
export type { FlagDeclaration } from './module-spec.ts'
export { currentCall } from './pending-calls.ts'
export { realIdentityOf } from './registry.ts'
export { resetInstalled } from './reset.ts'
export { SingleWorker, type SingleWorkerOptions } from './single-worker.ts'
export { compileRules, deserializeRules, type SerializedRule, serializeRules } from './spec-sources/config.ts'
export { DocblockProblem, parseDocblock } from './spec-sources/docblock.ts'
export { noteAddonLoaded, shareLoadedAddons } from './spec-sources/loader.ts'
export { packageOf } from './spec-sources/package-json.ts'
export { isThenable, type MaybePromise, runAsync, runSync } from './steps.ts'
export { type FileResets, TestResets } from './test-resets.ts'
