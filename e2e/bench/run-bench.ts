/** The benchmark: every bar, or those that were named. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bar } from './bar.ts'
import { betweenTests, jestTests } from './bars/between-tests.ts'
import { idleCost } from './bars/idle.ts'
import { importFresh } from './bars/import-fresh.ts'
import { jestFiles } from './bars/jest-files.ts'
import { memory } from './bars/memory.ts'
import { plainNode } from './bars/plain-node.ts'
import { reportCost } from './bars/report.ts'
import { commonFiles, components, freshFiles } from './bars/shared-worker.ts'
import { type Finished, isMet, printBar, writeReport } from './report.ts'

export const bars: readonly Bar[] = [
  freshFiles,
  commonFiles,
  components,
  importFresh,
  betweenTests,
  jestTests,
  jestFiles,
  plainNode,
  idleCost,
  reportCost,
  memory,
]

const reportFile = join(fileURLToPath(new URL('../..', import.meta.url)), '.reports/bench.json')

/** Runs the bars in order and returns how many goals were missed. A bar that cannot run stops the benchmark. */
export async function runBench(chosen: readonly Bar[], scale: number): Promise<number> {
  const finished: Finished[] = []
  const start = performance.now()
  for (const bar of chosen) {
    const before = performance.now()
    console.log(`\n… ${bar.title}`)
    const result = await bar.run(scale)
    const one = { bar, result, seconds: (performance.now() - before) / 1000 }
    finished.push(one)
    printBar(one)
    writeReport(reportFile, finished)
  }
  const ratios = finished.flatMap(({ result }) => result.ratios)
  const missed = ratios.filter((ratio) => isMet(ratio) === false)
  const met = ratios.filter((ratio) => isMet(ratio)).length
  console.log(
    `\n${met} goals met, ${missed.length} missed, in ${minutes(performance.now() - start)} minutes.`,
  )
  for (const { what } of missed) console.log(`  missed: ${what}`)
  console.log(`Written to ${reportFile}`)
  return missed.length
}

const minutes = (milliseconds: number): string => (milliseconds / 60_000).toFixed(1)
