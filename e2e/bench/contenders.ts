/** Contenders, interleaved: each round asks every one of them once, and every other round in the opposite order. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from '../harness/index.ts'
import type { Row, Unit } from './bar.ts'
import { type TimedOptions, timedRun } from './timed-run.ts'

/** Name of a contender -> what one run of it returns. */
export type Contenders<Name extends string, Sample> = Readonly<Record<Name, () => Promise<Sample>>>

export async function interleave<Name extends string, Sample>(
  contenders: Contenders<Name, Sample>,
  rounds: number,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(contenders) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      samples[name].push(await contenders[name]())
    }
  }
  return samples
}

/** Where scripts and test files write what they have measured, one line each. */
const NOTES = 'bench-notes.jsonl'

/** Runs files of a project that measure themselves, and returns what they have noted: name -> value. */
export async function measured(
  app: Project,
  args: readonly string[],
  options: TimedOptions = {},
): Promise<Record<string, number>> {
  const notes = join(app.dir, NOTES)
  rmSync(notes, { force: true })
  await timedRun(app, args, { ...options, env: { ...options.env, BENCH_NOTES: notes } })
  const lines = readFileSync(notes, 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, number]))
}

/**
 * Source text of what measures inside a project. `measure` warms up, then notes the median of `batches`, in µs a call;
 * `noteGaps` the median time between the starts of tests that follow each other.
 */
export const MEASURE = `
const { appendFileSync } = process.getBuiltinModule('node:fs')
const now = performance.now.bind(performance)
const middle = (samples) => samples.sort((a, b) => a - b)[samples.length >> 1]
function note(name, value) {
  appendFileSync(process.env.BENCH_NOTES, JSON.stringify([name, value]) + '\\n')
}
async function measure(name, run, { warmup, batches, calls }) {
  for (let call = 0; call < warmup; call++) await run()
  const samples = []
  for (let batch = 0; batch < batches; batch++) {
    const start = now()
    for (let call = 0; call < calls; call++) await run()
    samples.push((now() - start) / calls)
  }
  note(name, middle(samples) * 1000)
}
function measureSync(name, run, { warmup, batches, calls }) {
  for (let call = 0; call < warmup; call++) run()
  const samples = []
  for (let batch = 0; batch < batches; batch++) {
    const start = now()
    for (let call = 0; call < calls; call++) run()
    samples.push((now() - start) / calls)
  }
  note(name, middle(samples) * 1000)
}
function noteGaps(name, starts) {
  const gaps = starts.slice(1).map((start, index) => start - starts[index])
  // The first tests warm up.
  note(name, middle(gaps.slice(gaps.length >> 2)) * 1000)
}
`

/** Rows from what each round has noted. */
export function rowsOf<Name extends string>(
  noted: readonly Readonly<Record<string, number>>[],
  names: Readonly<Record<Name, string>>,
  unit: Unit = 'µs',
): Record<Name, Row> {
  const rows = Object.entries<string>(names).map(([name, contender]) => {
    const samples = noted.map((round) => round[name] ?? Number.NaN)
    return [name, { contender, unit, samples: unit === 'ms' ? samples.map((one) => one / 1000) : samples }]
  })
  return Object.fromEntries(rows)
}
