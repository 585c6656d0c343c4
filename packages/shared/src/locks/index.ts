export type { LockOutcome, LostLock, WorkerLocks } from './types.ts'
export { createWorkerLocks } from './worker-locks.ts'
