/** The results of a run by the names of its tests. */
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

export interface Result {
  readonly status: 'passed' | 'failed' | 'skipped'
  /** First line of its error. */
  readonly error?: string
  /** The line that the adapters add to the failure of a test that had modules reset before it. */
  readonly hint?: string
}

export interface Results {
  /** `src/a.test.ts > suite test`, with `#2` after the second of one name → its result. */
  readonly tests: Readonly<Record<string, Result>>
  /** `src/a.test.ts` → why the file itself failed, if no test of it did. */
  readonly failedFiles: Readonly<Record<string, string>>
  /** The files in the order in which their first tests started. */
  readonly order: readonly string[]
}

/** The part of Jest's `--json` that is read here. The doctor's reporter for Vitest writes the same. */
export interface JsonReport {
  /** What Vitest caught outside of tests, as messages. */
  readonly unhandledErrors?: readonly string[]
  readonly testResults: readonly {
    /** Absolute path of the test file. */
    readonly name: string
    readonly status: string
    /** When its tests started, or its place in that order. */
    readonly startTime?: number
    /** Why the file itself failed, as when it could not be loaded. */
    readonly message?: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[] | null
    }[]
  }[]
}

/** @param dir where the framework was started: names of files are relative to it */
export function resultsOf({ testResults }: JsonReport, dir: string): Results {
  const tests: Record<string, Result> = {}
  const failedFiles: Record<string, string> = {}
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative(dir, name).replaceAll('\\', '/')
    for (const { fullName, status, failureMessages } of assertionResults) {
      tests[firstFree(tests, `${file} > ${fullName}`)] = resultOf(status, failureMessages?.[0] ?? '')
    }
    const itself = status === 'failed' && !assertionResults.some(({ status }) => status === 'failed')
    if (itself) failedFiles[file] = firstLine(message)
  }
  const inOrder = [...testResults].sort((a, b) => (a.startTime ?? 0) - (b.startTime ?? 0))
  const order = inOrder.map(({ name }) => relative(dir, name).replaceAll('\\', '/'))
  return { tests, failedFiles, order: [...new Set(order)] }
}

/** `src/a.test.ts` of `src/a.test.ts > suite test`. */
export const testFileOf = (test: string): string => test.split(' > ', 1)[0] ?? ''

/** `suite test` of `src/a.test.ts > suite test #2`: what a framework is asked for. */
export const testNameOf = (test: string): string =>
  test.slice(testFileOf(test).length + 3).replace(/ #\d+$/, '')

function resultOf(status: string, message: string): Result {
  if (status === 'passed') return { status }
  if (status !== 'failed') return { status: 'skipped' }
  const hint = /^.*(fresh-modules had reset .*)$/m.exec(stripVTControlCharacters(message))?.[1]
  return { status, error: firstLine(message), ...(hint === undefined ? {} : { hint }) }
}

function firstFree(taken: Readonly<Record<string, unknown>>, name: string): string {
  let key = name
  for (let index = 2; key in taken; index++) key = `${name} #${index}`
  return key
}

/** Jest puts a heading with a bullet above the error of a file. */
const HEADING = /^\s*●/

function firstLine(message = ''): string {
  const lines = stripVTControlCharacters(message).split('\n')
  const line = lines.find((line) => line.trim() !== '' && !HEADING.test(line)) ?? ''
  return line.trim().slice(0, 300)
}
