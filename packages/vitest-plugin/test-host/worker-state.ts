import { onTestFinished, vi } from 'vitest'
import { PROVIDE_KEY, type Provided } from '../src/vitest/provided.ts'
import { type WorkerState, workerState } from '../src/vitest/runner-internals.ts'

type Differences = Omit<Partial<WorkerState>, 'config'> & {
  readonly config?: Partial<WorkerState['config']>
  readonly provided?: Provided
}

/**
 * Has the adapter see another worker for the rest of the test: the one that runs it, with these differences. All else
 * stays what it is, since Vitest reports and imports by it meanwhile.
 */
export function inWorker({ provided, config, ...differences }: Differences): void {
  const real = workerState() as WorkerState
  const state = {
    providedContext: provided ? { [PROVIDE_KEY]: provided } : {},
    config: inherit(real.config, config ?? {}),
    ...differences,
  }
  vi.stubGlobal('__vitest_worker__', inherit(real, state))
  onTestFinished(() => void vi.unstubAllGlobals())
}

function inherit(object: object, differences: object): object {
  return Object.create(object, Object.getOwnPropertyDescriptors(differences)) as object
}
