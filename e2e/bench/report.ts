/** The result as a table, and as JSON. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { type Bar, type BarResult, median, type Ratio, type Row } from './bar.ts'

export interface Finished {
  readonly bar: Bar
  readonly result: BarResult
  readonly seconds: number
}

export const isMet = ({ samples, goal }: Ratio): boolean | undefined => {
  if (!goal) return undefined
  return 'atLeast' in goal ? median(samples) >= goal.atLeast : median(samples) <= goal.atMost
}

const number = (value: number): string =>
  Number.isNaN(value) ? 'unknown' : value >= 100 ? value.toFixed(0) : value.toPrecision(3)

const goalText = (goal: Ratio['goal']): string =>
  !goal ? '' : 'atLeast' in goal ? `at least ${goal.atLeast}` : `at most ${goal.atMost}`

export function printBar({ bar, result, seconds }: Finished): void {
  console.log(`\n## ${bar.title} (${bar.name}, ${seconds.toFixed(0)} s)\n`)
  printTable([
    ['Contender', 'Median', 'Samples'],
    ...result.rows.map((row: Row) => [
      row.contender,
      `${number(median(row.samples))} ${row.unit}`,
      row.samples.map(number).join(' '),
    ]),
  ])
  console.log()
  printTable([
    ['Ratio', 'Median', 'Goal', ''],
    ...result.ratios.map((ratio) => [
      ratio.what,
      number(median(ratio.samples)),
      goalText(ratio.goal),
      { true: 'met', false: 'MISSED', undefined: '' }[String(isMet(ratio))] ?? '',
    ]),
  ])
  for (const note of result.notes ?? []) console.log(`\n${note}`)
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  rows.forEach((row, index) => {
    console.log(line(row))
    if (index === 0) console.log(line(widths.map((width) => '-'.repeat(width))))
  })
}

export function writeReport(file: string, finished: readonly Finished[]): void {
  const report = {
    date: new Date().toISOString(),
    machine: { cores: availableParallelism(), platform: process.platform, node: process.versions.node },
    bars: finished.map(({ bar, result, seconds }) => ({
      name: bar.name,
      title: bar.title,
      seconds,
      rows: result.rows.map((row) => ({ ...row, median: median(row.samples) })),
      ratios: result.ratios.map((ratio) => ({ ...ratio, median: median(ratio.samples), met: isMet(ratio) })),
      notes: result.notes,
    })),
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}
