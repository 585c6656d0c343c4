export type {
  CircleStep,
  Holder,
  LockFailure,
  LockOutcome,
  LockRefusal,
  LockRequest,
  LostLock,
  WorkerLockOptions,
  WorkerLocks,
} from './types.ts'
export { createWorkerLocks } from './worker-locks.ts'
