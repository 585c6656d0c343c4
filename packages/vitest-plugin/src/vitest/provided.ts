/** What the plugin hands to each worker, by Vitest's documented `provide`. */
import { workerState } from './runner-internals.ts'

export const PROVIDE_KEY = 'fresh-modules:options'

/** What workers write down of each file. */
export interface Followed {
  /** The folder in which they do. */
  readonly parts: string
  /** For the report. */
  readonly report: boolean
  /** For the census of packages that nobody has marked. */
  readonly census: boolean
}

export interface Provided {
  readonly options: string
  /** What tells this run from others: its workers share it. */
  readonly run?: string
  /** The user's own `test.runner`, with which ours is composed. */
  readonly runner?: string
  /** Set where options ask for nothing by themselves: a worker loads the full plugin only when its file needs it. */
  readonly isIdle?: boolean
  /** With that: the names of packages that are known to break where there are two copies of them. */
  readonly singles?: readonly string[]
  /** What is followed, for the end of the run. */
  readonly follows?: Followed
}

export function provided(): Provided | undefined {
  return workerState()?.providedContext[PROVIDE_KEY] as Provided | undefined
}
