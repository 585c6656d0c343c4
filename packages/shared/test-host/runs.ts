/** Runs of a suite for unit tests of the doctor, without a framework. */
import type { RunRequest } from '../src/doctor/invocation.ts'
import { Progress } from '../src/doctor/progress.ts'
import type { Result, Results } from '../src/doctor/results.ts'
import type { Runner, SuiteRun } from '../src/doctor/suite-runner.ts'

/** `{ 'a > 1': 'passed' }`, in the order in which they run. */
export type Statuses = Readonly<Record<string, Result['status']>>

export function resultsWith(statuses: Statuses, failedFiles: Results['failedFiles'] = {}): Results {
  const tests = Object.entries(statuses).map(([name, status]): [string, Result] => [
    name,
    status === 'failed' ? { status, error: 'Error: no' } : { status },
  ])
  const files = Object.keys(statuses).map((name) => name.split(' > ', 1)[0] as string)
  return { tests: Object.fromEntries(tests), failedFiles, order: [...new Set(files)] }
}

/** A run with these results, ended as a framework would end it. */
export function runWith(statuses: Statuses, more: Partial<SuiteRun> = {}): SuiteRun {
  const exitCode = Object.values(statuses).includes('failed') ? 1 : 0
  return { results: resultsWith(statuses), seconds: 10, exitCode, output: '', ...more }
}

/** Answers each request, and keeps all of them. */
export class FakeRunner implements Runner {
  readonly requests: RunRequest[] = []
  readonly #answer: (request: RunRequest, index: number) => SuiteRun

  constructor(answer: (request: RunRequest, index: number) => SuiteRun) {
    this.#answer = answer
  }

  async run(request: RunRequest): Promise<SuiteRun> {
    return this.#answer(request, this.requests.push(request) - 1)
  }
}

export const silent = (): Progress => new Progress(() => {})
