/**
 * What every adapter uses, and nothing else, without the host for Node: that is half of the core, and each worker would
 * load it. No promise of stability: adapters are released together with the core.
 */
export {
  checkAdapterOptions,
  type FreshModulesOptions,
  resetPackageNames,
  wantsReport,
} from './flags/adapter-options.ts'
export { compileRules, deserializeRules, type SerializedRule, serializeRules } from './flags/config.ts'
export { DocblockProblem, parseDocblock, parseTestFileWords, type TestFileWords } from './flags/docblock.ts'
export { doubledPackages } from './flags/known-singletons.ts'
export { noteAddonLoaded, shareLoadedAddons } from './flags/loader.ts'
export { functionTargetsFor } from './fresh/function-targets.ts'
export { explainStandingCopies } from './guard/explain-copies.ts'
export {
  beforeIsolation,
  beforeRawReset,
  type Evaluation,
  endCollecting,
  enterConcurrentTest,
  forgetAllCopies,
  forgetFailedCopy,
  guardEvaluation,
  guardedSpec,
  isLost,
  noteRawReset,
  runConcurrentTest,
  startNextFile,
  takeUnreported,
} from './guard/guard.ts'
export { isHeldStatically } from './guard/holders.ts'
export { callingFiles, callingFilesOf, callSite } from './host/caller.ts'
export {
  type CoreState,
  createCoreState,
  type EvaluatedState,
  type FunctionTargets,
  type PendingCall,
} from './host/core-state.ts'
export {
  BadOptionError,
  FreshModulesError,
  NotFreshError,
  notFoundError,
  RefusedError,
  UnsupportedHostError,
} from './host/errors.ts'
export {
  assertTakenOver,
  ExportsReplacement,
  hasOtherName,
  whyNotReplaceable,
} from './host/exports-replacement.ts'
export { guardedFormatOf, moduleKindOf } from './host/formats.ts'
export { exportsBehind, forwardTo } from './host/forwarded-exports.ts'
export { type GuardState, NODE_LOADER } from './host/guard-state.ts'
export { type Installed, installHost } from './host/host-slot.ts'
export { fileEnded, noteFormerCopy, runImportHooks, testEnded, testStarted } from './host/lifecycle.ts'
export { realIdentityOf } from './host/loaded.ts'
export { importersChain } from './host/module-graph.ts'
export type {
  BlockRequest,
  Copy,
  Evidence,
  GuardedCopy,
  HostScope,
  ModuleFacts,
  ModuleHost,
  ModuleKind,
  ModuleRecord,
  ReloadedCopy,
  ResetSupport,
  ResolveKind,
  ScopeRules,
  TakenRecords,
} from './host/module-host.ts'
export {
  builtinName,
  fileOf,
  isBuiltinId,
  isFileId,
  isFirstParty,
  isInstalled,
  type ModuleId,
  moduleId,
} from './host/module-id.ts'
export type { FlagDeclaration } from './host/module-spec.ts'
export { packageOf } from './host/packages.ts'
export { patch } from './host/patches.ts'
export { currentCall } from './host/pending-calls.ts'
export type { CompiledRules, ResolvedSpec } from './host/resolved-spec.ts'
export { isThenable, type MaybePromise, runAsync, runSync } from './host/steps.ts'
export { readVersion } from './host/version.ts'
export { SingleWorker, type SingleWorkerOptions } from './locks/single-worker.ts'
export { isAsEvaluatedFirst, noteBaseline } from './reset/evaluated.ts'
export { keptByFramework } from './reset/kept-reasons.ts'
export { rememberHistory } from './reset/mock-history.ts'
export { placeAt, placeOf } from './reset/place.ts'
export { resetInstalled } from './reset/reset.ts'
export { type FileResets, TestResets } from './reset/schedule.ts'
export { isHookOfPackage, SharingSuites, type SuiteFacts } from './reset/sharing-suites.ts'
export { staysBetweenFiles } from './reset/stays.ts'
