/** What an idle worker writes down, so that the full plugin can take over later and knows what has happened. */
import type { HeldState } from '../vitest/held-state.ts'
import type { RequestMetadata, RunnerModule } from '../vitest/runner-internals.ts'
import type { Untouched } from './untouched.ts'

/** An evaluation by the module runner, or by Node's loader. In the order in which they began. */
export type LoggedEvaluation =
  | {
      readonly by: 'runner'
      readonly mod: RunnerModule
      readonly callstack: readonly string[]
      /** For what the runner leaves to Node: Node had it already. */
      readonly isLoaded: boolean
    }
  | { readonly by: 'cjs'; readonly file: string; readonly parent: string | undefined }
  | { readonly by: 'esm'; readonly url: string }
  | FailedEvaluation

/** One that has failed after all: there is no copy. */
export type FailedEvaluation =
  | { readonly by: 'failed'; readonly mod: RunnerModule }
  | { readonly by: 'failed'; readonly file: string }

export interface LoggedRequest {
  readonly importer: string
  readonly mod: RunnerModule
  readonly metadata: RequestMetadata | undefined
  /** The importer had been evaluated by then: what it imports later is no static import. */
  readonly isLate: boolean
}

export class IdleLog {
  /** The full plugin has taken over, and nothing more is written. */
  isOver = false
  readonly evaluations: LoggedEvaluation[] = []
  /** Who hears of a failure once nothing is written any more. */
  onFailed: ((failed: FailedEvaluation) => void) | undefined
  /** Who hears of an evaluation that began while the worker was idle, and ends once nothing is written any more. */
  onEvaluated: ((mod: RunnerModule, held: HeldState | undefined) => void) | undefined
  readonly requests: LoggedRequest[] = []
  /** Module -> the `import.meta` of its copy. */
  readonly handles = new Map<RunnerModule, ImportMeta>()
  /** Id -> what Node's loader loads right now on behalf of the module runner. */
  readonly loading = new Map<string, Promise<unknown>>()
  /** ES module, or CommonJS file that one imports, with and without its query -> the file that asked Node for it first. */
  readonly parents = new Map<string, string>()
  /** Ids of the modules that had a copy when the file began, and when its setup files had been imported. */
  loadedAtStart: readonly string[] = []
  loadedAfterSetup: readonly string[] | undefined
  /** How many evaluations there were when setup files and the test file had been loaded. */
  collected: number | undefined
  /** Ids of the tests that run. */
  readonly tests = new Set<string>()
  /** Where modules are reset between tests. */
  readonly untouched: Untouched | undefined

  constructor(untouched?: Untouched) {
    this.untouched = untouched
  }

  noteFailed(failed: FailedEvaluation): void {
    if (this.isOver) this.onFailed?.(failed)
    else this.evaluations.push(failed)
  }
}
