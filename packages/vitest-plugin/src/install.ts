/** Puts the host in charge of a worker's realm, once for each module runner. */
import {
  BadOptionError,
  compileRules,
  createCoreState,
  type FreshModulesOptions,
  type Installed,
  installHost,
  SingleWorker,
} from 'fresh-modules/internal'
import { assertSupported } from './capabilities.ts'
import { deserializeOptions, PROVIDE_KEY, type Provided } from './protocol.ts'
import { asModuleRunner, workerState } from './runner-internals.ts'
import { vitestVersion } from './version.ts'
import { watchRawResets, watchSpies } from './vitest-guard.ts'
import { VitestHost } from './vitest-host.ts'

export interface InstalledVitest extends Installed {
  readonly host: VitestHost
  readonly options: FreshModulesOptions
  readonly singleWorker: SingleWorker
}

/** Module runner -> its host. A worker that runs several files keeps its module runner. */
const installed = new WeakMap<object, InstalledVitest>()

export function install(moduleRunner: unknown): InstalledVitest {
  const known = installed.get(moduleRunner as object)
  if (known) return known
  const worker = workerState()
  if (!worker) throw new Error('The test runner of fresh-modules was loaded outside of a Vitest worker.')
  const version = vitestVersion()
  assertSupported(worker, version)
  const options = deserializeOptions(provided().options)
  const state = createCoreState(
    compileRules(options.specs ?? [], worker.config.root),
    options.knownSingletons,
  )
  const runner = asModuleRunner(moduleRunner, version)
  state.guard.onDuplicate = options.onDuplicate ?? 'throw'
  const host = new VitestHost(runner, state, version)
  const singleWorker = new SingleWorker(host.installed, {
    mode: options.onParallelWorker ?? 'wait',
    lockTimeout: options.lockTimeout,
    worker: `${worker.ctx.pool} ${process.env['VITEST_POOL_ID'] ?? ''}`.trim(),
    report: (line) => console.warn(line),
  })
  host.singleWorker = singleWorker
  const mine = { state, options, host, singleWorker }
  installHost(globalThis, mine)
  watchRawResets(mine)
  watchSpies(mine)
  installed.set(runner, mine)
  return mine
}

export function provided(): Provided {
  const provided = workerState()?.providedContext[PROVIDE_KEY] as Provided | undefined
  if (provided) return provided
  throw new BadOptionError(
    'use the test runner of fresh-modules',
    'the plugin is missing',
    "Add plugins: [freshModules()] from '@fresh-modules/vitest-plugin' to the Vitest config, and no test.runner.",
  )
}
