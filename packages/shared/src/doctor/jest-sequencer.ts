/** The order of the files of a run of Jest: the one that the doctor asks for. */
import { inOrder } from './in-order.ts'
import { readRunFile } from './run-file.ts'

interface JestTest {
  readonly path: string
}

export default class Sequencer {
  sort(tests: readonly JestTest[]): readonly JestTest[] {
    return inOrder(tests, readRunFile().order, ({ path }) => path)
  }
  shard(tests: readonly JestTest[]): readonly JestTest[] {
    return tests
  }
  allFailedTests(tests: readonly JestTest[]): readonly JestTest[] {
    return tests
  }
  /** Jest orders later runs by the results of this one, and this one is none of the user's. */
  cacheResults(): void {}
}
