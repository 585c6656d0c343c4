/** The test runner that the plugin sets: ours over the user's own, if there is one. */
import { BadOptionError } from 'fresh-modules/internal'
import { provided } from './install.ts'
import { defaultRunner, type RunnerClass, withFreshModules } from './runner.ts'
import { moduleRunnerOfMocker, workerState } from './runner-internals.ts'

/** The user's runner, which is TypeScript of the project: Vitest's module runner loads it, as it would by itself. */
async function baseRunner(): Promise<RunnerClass> {
  const path = workerState() && provided().runner
  if (!path) return defaultRunner()
  const loaded = (await moduleRunnerOfMocker()?.import(path)) as { default?: unknown } | undefined
  if (isRunnerClass(loaded?.default)) return loaded.default
  throw new BadOptionError(
    `compose with the test runner "${path}"`,
    'its default export is not a class of test runners',
    "Export a class that extends TestRunner from 'vitest' as default.",
  )
}

function isRunnerClass(value: unknown): value is RunnerClass {
  const { prototype } = typeof value === 'function' ? value : {}
  return typeof (prototype as { importFile?: unknown } | undefined)?.importFile === 'function'
}

export default withFreshModules(await baseRunner())
