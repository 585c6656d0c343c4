/** Puts the host in charge of a worker's realm, once for each module runner. */
import path from 'node:path'
import {
  BadOptionError,
  compileRules,
  createCoreState,
  type FreshModulesOptions,
  type Installed,
  installHost,
  readVersion,
  resetPackageNames,
  SingleWorker,
  type SingleWorkerOptions,
} from 'fresh-modules/internal'
import { nodeLoads } from '../guard/node-loads.ts'
import { watchRawResets, watchSpies } from '../guard/vitest-guard.ts'
import { OWN_FOLDER } from '../own-folder.ts'
import { hasModuleRunner } from '../vitest/capabilities.ts'
import { deserializeOptions } from '../vitest/protocol.ts'
import { type Provided, provided } from '../vitest/provided.ts'
import { hasRealmPerFile, type WorkerState, workerState } from '../vitest/runner-internals.ts'
import { asModuleRunner } from '../vitest/supported-runner.ts'
import { vitestVersion } from '../vitest/vitest-version.ts'
import { nativeHost, watchNativeEvaluations } from './native.ts'
import { VitestHost } from './vitest-host.ts'

export interface InstalledVitest extends Installed {
  readonly options: FreshModulesOptions
  readonly singleWorker: SingleWorker
  /** The host over Vite's module runner; undefined where tests run in Node's own loader. */
  readonly vitest: VitestHost | undefined
}

/** This package, in the same version as its core. */
const ownManifest = {
  name: '@fresh-modules/vitest-plugin',
  version: readVersion(path.join(OWN_FOLDER, '../package.json')),
}

/** Module runner -> its host. A worker that runs several files keeps its module runner. */
const installed = new WeakMap<object, InstalledVitest>()

export function install(moduleRunner: object): InstalledVitest {
  const known = installed.get(moduleRunner)
  if (known) return known
  const worker = workerState()
  if (!worker) throw new Error('The test runner of fresh-modules was loaded outside of a Vitest worker.')
  const given = fromPlugin()
  const options = deserializeOptions(given.options)
  const rules = compileRules(options.specs ?? [], worker.config.root)
  const state = createCoreState(rules, options.knownSingletons, ownManifest)
  state.guard.onDuplicate = options.onDuplicate ?? 'throw'
  state.packagesPerTest = new Set(resetPackageNames(options, 'tests'))
  state.onResetFailure = options.onResetFailure ?? 'keep'
  state.guard.run = given.run
  const vitest = hasModuleRunner(worker)
    ? new VitestHost(asModuleRunner(moduleRunner, vitestVersion()), state, vitestVersion())
    : undefined
  const host = vitest ?? nativeHost(state, worker)
  const singleWorker = new SingleWorker({ host, state }, lockOptions(options, worker))
  // The worker is killed without a further word. In the vm pools the listener would keep the realm of each file.
  if (!hasRealmPerFile()) worker.onCleanup?.(() => singleWorker.dispose())
  const mine = { state, options, host, singleWorker, vitest }
  installHost(globalThis, mine)
  if (vitest) {
    vitest.singleWorker = singleWorker
    vitest.resets.isJudgedOnDemand = options.resetBetween === 'never'
    vitest.resets.resetPackages = resetPackageNames(options, 'files')
    watchRawResets(mine)
    const { sources, registry, delegate, resets } = vitest
    watchSpies((object) => resets.noteSpied(object))
    nodeLoads.watch({ installed: mine, sources, registry, delegate, isFollowed: given.follows !== undefined })
  } else watchNativeEvaluations(mine)
  installed.set(moduleRunner, mine)
  return mine
}

function lockOptions(options: FreshModulesOptions, { ctx }: WorkerState): SingleWorkerOptions {
  return {
    mode: options.onParallelWorker ?? 'wait',
    lockTimeout: options.lockTimeout,
    worker: `${ctx.pool} ${process.env['VITEST_POOL_ID'] ?? ''}`.trim(),
    report: (line) => console.warn(line),
  }
}

function fromPlugin(): Provided {
  const given = provided()
  if (given) return given
  throw new BadOptionError(
    'use the test runner of fresh-modules',
    'the plugin is missing',
    "Add plugins: [freshModules()] from '@fresh-modules/vitest-plugin' to the Vitest config, and no test.runner.",
  )
}
