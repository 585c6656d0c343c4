/**
 * What a worker uses that has not loaded the core. It is bundled into what such a worker loads; what it notes is handed to
 * the core of the same version later.
 */
export type { EvaluatedState } from './host/core-state.ts'
export {
  type ExportsBaseline,
  exportedBy,
  isAsEvaluated,
  takeExportsBaseline,
} from './host/exports-baseline.ts'
