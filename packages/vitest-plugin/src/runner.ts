/** A test runner that puts the host in charge, resets, and tells the core when tests end. For composing by hand, too. */
import { defaultRunner, type RunnerClass } from './vitest/base-runner.ts'
import { compose } from './vitest/compose.ts'
import { FileRun } from './worker/file-run.ts'

export type { RunnerClass } from './vitest/base-runner.ts'

/**
 * A test runner class that adds fresh-modules to another one. The plugin does it by itself for `test.runner`; use it
 * for a class that you compose by hand: `export default withFreshModules(MyRunner)`.
 */
export function withFreshModules<T extends RunnerClass>(Base: T): T {
  return compose(Base, FileRun.start)
}

export default withFreshModules(defaultRunner())
