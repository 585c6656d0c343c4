/** The test runner that the plugin sets: ours over the user's own, if there is one. */
import { createRequire } from 'node:module'
import { type Everything, IdleFile } from './idle/idle-file.ts'
import { defaultRunner, type RunnerClass } from './vitest/base-runner.ts'
import { hasModuleRunner } from './vitest/capabilities.ts'
import { compose } from './vitest/compose.ts'
import { type Provided, provided } from './vitest/provided.ts'
import {
  hasRealmPerFile,
  moduleRunnerOfMocker,
  sharesWorker,
  workerState,
} from './vitest/runner-internals.ts'

// Files of their own in the package: this one is all that an idle worker loads.
const RUNNER = './runner.js'
const WAKE_UP = './wake-up.js'

/** The user's runner, which is TypeScript of the project: Vitest's module runner loads it, as it would by itself. */
async function baseRunner(path: string | undefined): Promise<RunnerClass> {
  if (!path) return defaultRunner()
  const loaded = (await moduleRunnerOfMocker()?.import(path)) as { default?: unknown } | undefined
  if (isRunnerClass(loaded?.default)) return loaded.default
  const { BadOptionError } = await import('fresh-modules/internal')
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

/**
 * Whether the full plugin may be loaded later, if at all: in a worker for a single file that asks for nothing. Loading
 * it takes a tenth of the CPU time of such a worker.
 */
function mayWait(given: Provided | undefined): boolean {
  const worker = workerState()
  if (!given?.isIdle || !worker || !hasModuleRunner(worker)) return false
  // Without require() of ES modules there is no way to load what is needed at once.
  return !sharesWorker() && !hasRealmPerFile() && Boolean(process.features.require_module)
}

async function composed(): Promise<RunnerClass> {
  const given = provided()
  const Base = await baseRunner(given?.runner)
  if (!mayWait(given)) {
    const { withFreshModules } = (await import(RUNNER)) as typeof import('./runner.ts')
    return withFreshModules(Base)
  }
  const { onDuplicate, resetBetween = 'tests' } = JSON.parse(given?.options ?? '{}') as {
    readonly onDuplicate?: string
    readonly resetBetween?: string
  }
  const require = createRequire(import.meta.url)
  return compose(Base, (moduleRunner) =>
    IdleFile.start(moduleRunner, {
      load: () => require(WAKE_UP) as Everything,
      guards: onDuplicate !== 'off',
      singles: given?.singles ?? [],
      resets: resetBetween === 'tests',
      testFile: workerState()?.filepath,
    }),
  )
}

export default await composed()
