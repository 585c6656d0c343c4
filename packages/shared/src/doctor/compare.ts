/** Test by test: what was green and is not. */
import { type Result, type Results, testFileOf } from './results.ts'

export interface Difference {
  readonly test: string
  /** `missing`: its file did not come as far as to define it. */
  readonly now: Result['status'] | 'missing'
  readonly error: string
  /** What the adapter says of resets before the test. */
  readonly hint?: string
}

export interface Baseline {
  /** Tests that are green in every run of it: those that count. */
  readonly green: readonly string[]
  /** Tests that differ from run to run, or are missing in one. */
  readonly flaky: readonly string[]
  /** Files that fail by themselves. */
  readonly failedFiles: readonly string[]
}

/** @param runs of the same way: what differs between them says nothing */
export function baselineOf(runs: readonly Results[]): Baseline {
  const names = [...new Set(runs.flatMap(({ tests }) => Object.keys(tests)))]
  const statuses = (name: string): (string | undefined)[] => runs.map(({ tests }) => tests[name]?.status)
  const same = (name: string): boolean => new Set(statuses(name)).size === 1
  return {
    green: names.filter((name) => same(name) && statuses(name)[0] === 'passed'),
    flaky: names.filter((name) => !same(name)),
    failedFiles: [...new Set(runs.flatMap(({ failedFiles }) => Object.keys(failedFiles)))],
  }
}

/** Tests that were green and are not, then files that fail by themselves though all their tests are as they were. */
export function differencesOf({ green, failedFiles }: Baseline, { tests, ...now }: Results): Difference[] {
  const differences = green.flatMap((test): Difference[] => {
    const result = tests[test]
    if (result?.status === 'passed') return []
    if (result) {
      const { status: now, error = '', hint } = result
      return [{ test, now, error, ...(hint === undefined ? {} : { hint }) }]
    }
    return [{ test, now: 'missing', error: now.failedFiles[testFileOf(test)] ?? '' }]
  })
  const explained = new Set(differences.map(({ test }) => testFileOf(test)))
  for (const [file, error] of Object.entries(now.failedFiles)) {
    if (failedFiles.includes(file) || explained.has(file)) continue
    differences.push({ test: file, now: 'failed', error })
  }
  return differences
}
