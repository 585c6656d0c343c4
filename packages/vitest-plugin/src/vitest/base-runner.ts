/** The test runner that ours extends where the user has none. */
import type { TestRunner } from 'vitest'
import * as vitest from 'vitest'
import { workerState } from './runner-internals.ts'

// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants exactly this of a mixin's base class
export type RunnerClass = new (...args: any[]) => TestRunner

/** The class that Vitest takes where no `test.runner` is set. Vitest 4 has another one for benchmarks. */
export function defaultRunner(): RunnerClass {
  const { BenchmarkRunner } = vitest as { BenchmarkRunner?: RunnerClass }
  const isBenchmark = workerState()?.config.mode === 'benchmark'
  return (isBenchmark && BenchmarkRunner) || (vitest.TestRunner as RunnerClass)
}
