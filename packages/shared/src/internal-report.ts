/** What adapters use for report and census: loaded where there is to be one, and nowhere else. */
export { WorkerCensus } from './report/census.ts'
export type { LoadedCopy } from './report/doubled-packages.ts'
export type { LeakPart, RestoredPart } from './report/parts.ts'
export { PartWriter } from './report/parts.ts'
export type { World } from './report/schema.ts'
export { watchWaits } from './report/watch-waits.ts'
export { WorkerReport } from './report/worker-report.ts'
export { finishRun } from './report/write-report.ts'
