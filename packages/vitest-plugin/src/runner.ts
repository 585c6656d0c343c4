/** The test runner that the plugin installs: puts the host in charge, and tells the core when tests end. */
import {
  BadOptionError,
  compileRules,
  createCoreState,
  fileEnded,
  type Installed,
  installHost,
  testEnded,
  testStarted,
} from 'fresh-modules/internal'
import { TestRunner } from 'vitest'
import { assertSupported } from './capabilities.ts'
import { deserializeOptions, PROVIDE_KEY, type Provided } from './protocol.ts'
import { asModuleRunner, type ModuleRunner, moduleRunnerOfMocker, workerState } from './runner-internals.ts'
import { vitestVersion } from './version.ts'
import { VitestHost } from './vitest-host.ts'

// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants exactly this of a mixin's base class
type RunnerClass = new (...args: any[]) => TestRunner
type Task = Parameters<NonNullable<TestRunner['onBeforeTryTask']>>[0]

const COMPOSED = Symbol.for('fresh-modules.runner')
/** Module runner -> its host. A worker that runs several files keeps its module runner. */
const hosts = new WeakMap<object, Installed>()

/**
 * A test runner class that adds fresh-modules to another one. The plugin does it by itself for `test.runner`; use it
 * for a class that you compose by hand: `export default withFreshModules(MyRunner)`.
 */
export function withFreshModules<T extends RunnerClass>(Base: T): T {
  if (COMPOSED in Base) return Base

  class FreshModulesRunner extends (Base as RunnerClass) {
    static readonly [COMPOSED] = true
    #installed: Installed | undefined

    // The first moment at which Vitest has handed the module runner over.
    override async importFile(path: string, source: never): Promise<unknown> {
      this.#installed ??= install((this as unknown as { moduleRunner: unknown }).moduleRunner)
      return super.importFile(path, source)
    }

    override async onBeforeTryTask(test: Task, options: never): Promise<void> {
      await (super.onBeforeTryTask as (test: Task, options: never) => unknown).call(this, test, options)
      if (this.#installed) testStarted(this.#installed.state, test.id)
    }

    override async onAfterRetryTask(test: Task, options: never): Promise<void> {
      await (super.onAfterRetryTask as ((test: Task, options: never) => unknown) | undefined)?.call(
        this,
        test,
        options,
      )
      if (this.#installed) await testEnded(this.#installed.state, test.id)
    }

    override async onAfterRunSuite(suite: never): Promise<void> {
      if ('filepath' in suite && this.#installed) await fileEnded(this.#installed.state)
      await (super.onAfterRunSuite as ((suite: never) => unknown) | undefined)?.call(this, suite)
    }
  }
  return FreshModulesRunner as unknown as T
}

function install(moduleRunner: unknown): Installed {
  const known = hosts.get(moduleRunner as object)
  if (known) return known
  const state = workerState()
  if (!state) throw new Error('The test runner of fresh-modules was loaded outside of a Vitest worker.')
  const version = vitestVersion()
  assertSupported(state, version)
  const { options } = provided()
  const checked = deserializeOptions(options)
  const rules = compileRules(checked.specs ?? [], state.config.root)
  const core = createCoreState(rules, checked.knownSingletons)
  const runner: ModuleRunner = asModuleRunner(moduleRunner, version)
  const installed: Installed = { state: core, host: new VitestHost(runner, core, version) }
  installHost(globalThis, installed)
  hosts.set(runner, installed)
  return installed
}

function provided(): Provided {
  const provided = workerState()?.providedContext[PROVIDE_KEY] as Provided | undefined
  if (provided) return provided
  throw new BadOptionError(
    'use the test runner of fresh-modules',
    'the plugin is missing',
    "Add plugins: [freshModules()] from '@fresh-modules/vitest-plugin' to the Vitest config, and no test.runner.",
  )
}

/** The user's own runner, which is TypeScript of the project: Vitest's module runner loads it, as it would by itself. */
async function baseRunner(): Promise<RunnerClass> {
  const path = workerState() && provided().runner
  if (!path) return TestRunner as RunnerClass
  const loaded = (await moduleRunnerOfMocker()?.import(path)) as { default?: unknown } | undefined
  if (typeof loaded?.default === 'function') return loaded.default as RunnerClass
  throw new BadOptionError(
    `compose with the test runner "${path}"`,
    'its default export is not a class',
    "Export a class that extends TestRunner from 'vitest' as default.",
  )
}

export default withFreshModules(await baseRunner())
