import { onTestFinished, vi } from 'vitest'
import { PROVIDE_KEY, type Provided } from '../src/protocol.ts'
import { type WorkerState, workerState } from '../src/runner-internals.ts'

/** Has the adapter see another worker for the rest of the test: the one that runs it, with these differences. */
export function inWorker({ provided, ...differences }: Partial<WorkerState> & { provided?: Provided }): void {
  const providedContext = provided ? { [PROVIDE_KEY]: provided } : {}
  const state = Object.create(workerState() as WorkerState) as object
  for (const [name, value] of Object.entries({ providedContext, ...differences })) {
    Object.defineProperty(state, name, { value, configurable: true })
  }
  vi.stubGlobal('__vitest_worker__', state)
  onTestFinished(() => void vi.unstubAllGlobals())
}
