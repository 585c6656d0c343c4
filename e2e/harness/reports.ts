import { existsSync, readFileSync } from 'node:fs'
import type { Framework } from './hosts.ts'

export interface TestResult {
  /** With the names of the suites around it. */
  readonly name: string
  /** Absolute path of the test file. */
  readonly file: string
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly messages: readonly string[]
}

export interface FileResult {
  readonly file: string
  readonly status: 'passed' | 'failed'
  /** Why the file itself failed, as when it could not be loaded. */
  readonly message: string
}

export interface Report {
  readonly tests: readonly TestResult[]
  readonly files: readonly FileResult[]
  readonly passed: number
  /** Failed tests, and files that failed without a failed test. */
  readonly failed: number
}

/** Vitest's JSON reporter writes the format of Jest's `--json`. */
interface JestJson {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[] | null
    }[]
  }[]
}

const statusOf = (status: string): TestResult['status'] =>
  status === 'passed' || status === 'failed' ? status : 'skipped'

/** The report that a framework left at `path`; an empty one when it ended before it wrote any. */
export function readReport(framework: Framework, path: string): Report {
  if (!existsSync(path)) return reportOf([], [])
  const text = readFileSync(path, 'utf8')
  return framework === 'node' ? readNodeReport(text) : readJestReport(JSON.parse(text))
}

function readJestReport(json: JestJson): Report {
  const tests = json.testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.map(
      ({ fullName, status, failureMessages }): TestResult => ({
        name: fullName,
        file,
        status: statusOf(status),
        messages: failureMessages ?? [],
      }),
    ),
  )
  const files = json.testResults.map(
    ({ name, status, message }): FileResult => ({
      file: name,
      status: status === 'failed' ? 'failed' : 'passed',
      message: message ?? '',
    }),
  )
  return reportOf(tests, files)
}

/** One line of JSON for each test, as `node-test-reporter.mjs` writes them. */
function readNodeReport(text: string): Report {
  const tests = text
    .split('\n')
    .filter(Boolean)
    .map((line): TestResult => JSON.parse(line))
  return reportOf(tests, [])
}

function reportOf(tests: readonly TestResult[], files: readonly FileResult[]): Report {
  const failed = tests.filter(({ status }) => status === 'failed')
  const without = files.filter(
    ({ file, status }) => status === 'failed' && !failed.some((test) => test.file === file),
  )
  return {
    tests,
    files,
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failed.length + without.length,
  }
}
