/** What the doctor has found: what `--json` prints, and what the text is made of. */
import type { Blame } from './blame.ts'
import type { Difference } from './compare.ts'
import type { ProjectFacts } from './run-file.ts'
import type { Framework, WayName } from './ways.ts'

export interface Examination {
  /** Of this format. */
  readonly version: 1
  readonly framework: Framework
  readonly frameworkVersion: string
  /** How many tests are green in both runs of the suite as it is. */
  readonly green: number
  /** Tests that differ between those two runs: left out of all comparisons. */
  readonly flaky: readonly string[]
  /** Seconds that the suite takes as it is, in its second run. */
  readonly seconds: number
  readonly projects: readonly ProjectFacts[]
  readonly ways: readonly WayOutcome[]
  /** What the reader has to know to read the rest. */
  readonly notes: readonly string[]
  /** What to write into the config; absent, if no way with fresh-modules left all tests green. */
  readonly advice?: WayAdvice
}

export interface WayOutcome {
  readonly name: WayName
  readonly title: string
  /** Absent, if it was not run to its end. */
  readonly seconds?: number
  /** Tests that are green as the suite is and not in this way. */
  readonly failures: readonly Failure[]
  /** Whether it ended well, with nothing that differs, in each order of files that was tried. */
  readonly isSafe: boolean
  /** Why there is nothing to compare, or what else went wrong. */
  readonly problem?: string
}

export interface Failure extends Difference {
  /** In which run: the suite's own workers, one worker for all files, or that with the files in reverse. */
  readonly in: 'run' | 'one-worker' | 'reversed'
  readonly blame?: Blame
}

export interface WayAdvice {
  readonly way: WayName
  readonly why: string
  /** The config to paste. */
  readonly config: string
}
