/** What the plugin hands to each worker, by Vitest's documented `provide`. */
import { workerState } from './runner-internals.ts'

export const PROVIDE_KEY = 'fresh-modules:options'

export interface Provided {
  readonly options: string
  /** What tells this run from others: its workers share it. */
  readonly run?: string
  /** The user's own `test.runner`, with which ours is composed. */
  readonly runner?: string
  /** Set where options ask for nothing: a worker loads the full plugin only when one of its files needs it. */
  readonly isIdle?: boolean
  /** The folder in which workers write down what happens, where there is to be a report. */
  readonly report?: string
}

export function provided(): Provided | undefined {
  return workerState()?.providedContext[PROVIDE_KEY] as Provided | undefined
}
