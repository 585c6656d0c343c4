/** What was found, for people. */
import type { Blame } from './blame.ts'
import type { Examination, Failure, WayOutcome } from './examination.ts'
import { timeOf } from './progress.ts'
import { testFileOf, testNameOf } from './results.ts'

const LISTED_FILES = 10
const LISTED_FLAKY = 10

export function textOf(examination: Examination): string {
  const { framework, frameworkVersion, green, flaky, ways, notes, advice } = examination
  const title = framework === 'vitest' ? 'Vitest' : 'Jest'
  return [
    `\n${title} ${frameworkVersion}: ${counted(green, 'test')} green as the suite is.\n`,
    ...tableOf(examination),
    ...notes.map((note) => `\n${note}`),
    ...(flaky.length > 0 ? flakyLines(flaky) : []),
    ...ways.flatMap(detailsOf),
    ...(advice
      ? [`\nTo paste: ${advice.why}.\n`, indented(advice.config)]
      : ['\nNo way with fresh-modules leaves all tests green: what fails is above, and why.']),
  ].join('\n')
}

function tableOf({ seconds, ways }: Examination): string[] {
  const rows = [
    ['way', 'time', '', 'green tests that are not'],
    ['as it is', timeOf(seconds), '', ''],
    ...ways.map((way) => [
      way.title,
      way.seconds === undefined ? '–' : timeOf(way.seconds),
      way.seconds === undefined ? '' : `× ${(way.seconds / seconds).toFixed(2)}`,
      resultOf(way),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    `  ${row
      .map((cell, column) =>
        column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')}`.trimEnd(),
  )
}

function resultOf({ failures, problem, isSafe }: WayOutcome): string {
  if (isSafe) return 'none'
  if (failures.length === 0)
    return problem?.startsWith('all') ? 'none, but it did not end well' : 'it did not run'
  return `${failures.length}${where[failures[0]?.in ?? 'run']}`
}

const where: Readonly<Record<Failure['in'], string>> = {
  run: '',
  'one-worker': ', if all files share one worker',
  reversed: ', if the files of a worker come in another order',
}

function flakyLines(flaky: readonly string[]): string[] {
  const more = flaky.length > LISTED_FLAKY ? [`  and ${flaky.length - LISTED_FLAKY} more`] : []
  const listed = flaky.slice(0, LISTED_FLAKY).map((test) => `  ${test}`)
  return ['\nLeft out, since they differ from run to run as the suite is:', ...listed, ...more]
}

function detailsOf({ title, failures, problem }: WayOutcome): string[] {
  if (problem !== undefined) return [`\n${title}:`, indented(problem)]
  if (failures.length === 0) return []
  const byFile = new Map<string, Failure[]>()
  for (const failure of failures) {
    const file = testFileOf(failure.test)
    byFile.set(file, [...(byFile.get(file) ?? []), failure])
  }
  // Those that were looked into come first.
  const groups = [...byFile.values()].sort((a, b) => Number(isBlamed(b)) - Number(isBlamed(a)))
  const more = groups.length - LISTED_FILES
  return [
    `\n${title}:`,
    ...groups.slice(0, LISTED_FILES).flatMap(groupLines),
    ...(more > 0 ? [`  and ${counted(more, 'more file').replace(/ (are|is)$/, '')}`] : []),
  ]
}

const isBlamed = (failures: readonly Failure[]): boolean => failures.some(({ blame }) => blame !== undefined)

function groupLines(failures: readonly Failure[]): string[] {
  const shown = failures.find(({ blame }) => blame) ?? failures[0]
  if (!shown) return []
  const { test, now, error, hint, blame } = shown
  const rest = failures.length - 1
  return [
    `  ${test}`,
    `      ${error === '' ? now : error}`,
    ...(blame
      ? [`      ${sentenceOf(blame, test)}`]
      : ['      not looked into: --search 100 looks into more files']),
    ...(hint === undefined ? [] : [`      ${hint}`]),
    ...(rest > 0 ? [`      and ${rest} more of this file`] : []),
  ]
}

/** What was seen, and no more than that. @internal Exported for unit tests. */
export function sentenceOf(blame: Blame, test: string): string {
  switch (blame.kind) {
    case 'file': {
      if (blame.orFile !== undefined) {
        return `fails when another file has run before it: ${blame.file} is enough, and so is ${blame.orFile}`
      }
      if (blame.test !== undefined)
        return `made by ${blame.file}: its test "${testNameOf(blame.test)}" is enough`
      if (blame.whileLoading) return `made by ${blame.file}, while it is loaded: none of its tests has to run`
      return `made by ${blame.file}: it fails after that file, and passes alone`
    }
    case 'two-files':
      return `made by ${blame.files.join(' and ')}, in this order: neither is enough without the other`
    case 'files':
      return `made by ${blame.file} and some of ${blame.others} files after it: neither it nor they are enough alone`
    case 'test':
      return `made by an earlier test of its file: "${testNameOf(blame.test)}"`
    case 'needs':
      return `relies on an earlier test of its file, "${testNameOf(blame.test)}": it fails without that one as the suite is, too`
    case 'itself':
      return `fails ${test === testFileOf(test) ? 'with no other file before it' : 'when no other test runs'}: nobody else makes it`
    case 'unknown':
      return `who makes it was not found: ${blame.why}`
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? ' is' : 's are'}`

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n')
