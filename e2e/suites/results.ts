/** The results of a run by the names of its tests. */
import { relative } from 'node:path'
import type { Report } from '../harness/index.ts'

export interface Result {
  readonly status: 'passed' | 'failed' | 'skipped'
  /** First line of its error. */
  readonly error?: string
}

export interface Results {
  /** `src/a.test.ts > suite test`, with `#2` after the second of one name → its result. */
  readonly tests: Readonly<Record<string, Result>>
  /** `src/a.test.ts` → why the file itself failed, if no test of it did. */
  readonly failedFiles: Readonly<Record<string, string>>
}

/** @param dir where the framework was started: names of files are relative to it */
export function resultsOf(report: Report, dir: string): Results {
  const tests: Record<string, Result> = {}
  const failedFiles: Record<string, string> = {}
  const nameOf = (file: string): string => relative(dir, file).replaceAll('\\', '/')

  for (const { file, name, status, messages } of report.tests) {
    const key = firstFree(tests, `${nameOf(file)} > ${name}`)
    tests[key] = status === 'failed' ? { status, error: firstLine(messages[0]) } : { status }
  }
  for (const { file, status, message } of report.files) {
    if (status !== 'failed') continue
    const itself = !report.tests.some((test) => test.file === file && test.status === 'failed')
    if (itself) failedFiles[nameOf(file)] = firstLine(message)
  }
  return { tests, failedFiles }
}

function firstFree(taken: Readonly<Record<string, unknown>>, name: string): string {
  let key = name
  for (let index = 2; key in taken; index++) key = `${name} #${index}`
  return key
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
const COLOURS = /\u001b\[[\d;]*m/g

/** Jest puts a heading with a bullet above the error of a file. */
const HEADING = /^\s*●/

function firstLine(message = ''): string {
  const lines = message.replace(COLOURS, '').split('\n')
  const line = lines.find((line) => line.trim() !== '' && !HEADING.test(line)) ?? ''
  return line.trim().slice(0, 300)
}
