/** Who waits for modules that live in one worker at a time. */
import type { SingleWorker } from '../locks/single-worker.ts'
import type { WorkerReport } from './worker-report.ts'

export function watchWaits(singleWorker: SingleWorker, report: WorkerReport): void {
  const { acquire, acquireSync } = singleWorker
  singleWorker.acquire = async (id, key) => {
    const ended = report.noteWait(id, key)
    let ok = false
    try {
      await acquire.call(singleWorker, id, key)
      ok = true
    } finally {
      ended({ ok })
    }
  }
  singleWorker.acquireSync = (id, key) => {
    const ended = report.noteWait(id, key)
    let ok = false
    try {
      acquireSync.call(singleWorker, id, key)
      ok = true
    } finally {
      ended({ ok })
    }
  }
}
