/** In Vitest's server: makes report and census when the run has ended, of what the workers have written down. */
import type { Vitest } from 'vitest/node'

interface ReportedRun {
  readonly id: string
  /** The folder in which workers write. */
  readonly parts: string
}

const reported = new WeakSet<Vitest>()

/** Vitest makes its reporters of what the config names, after plugins have had their turn: 4.1 to 5.1. */
export function addReporter(vitest: Vitest, { id, parts }: ReportedRun): void {
  // Once, whatever number of projects have the plugin.
  if (reported.has(vitest)) return
  reported.add(vitest)
  const { config } = vitest
  const reporter = {
    async onTestRunEnd() {
      // Not before: nobody else needs it.
      const { finishRun } = await import('fresh-modules/internal/report')
      const lines = finishRun(parts, { id, parallel: workersOf(config), root: config.root })
      if (lines.length > 0) vitest.logger.log(`\n${lines.join('\n')}\n`)
    },
  }
  ;(config.reporters as unknown[]).push(reporter)
}

/** A number by then; with `fileParallelism: false` Vitest has set it to 1. */
function workersOf({ maxWorkers }: { readonly maxWorkers?: unknown }): number {
  return Number(maxWorkers) || 1
}
