/** The environment: any other one, with a host of fresh-modules in its realm. */
import {
  checkAdapterOptions,
  type FreshModulesOptions,
  installHost,
  isThenable,
  resetPackageNames,
  wantsReport,
} from 'fresh-modules/internal/core'
import type {
  Environment,
  EnvironmentClass,
  EnvironmentConfig,
  EnvironmentContext,
} from './environment-types.ts'
import { JestFile, wordsOf } from './file/jest-file.ts'
import { type CircusState, TestEvents } from './jest/circus-events.ts'
import { internalsOf, sharingInternalsOf, unknownInternals } from './jest/runtime-internals/detect.ts'
import { meetRuntime, runtimeVersion } from './jest/runtime-internals/find-runtime.ts'
import { isCounted, isCountedByEngine } from './realm/coverage.ts'
import type { FileInRealm } from './realm/file-in-realm.ts'
import { keptEnvironment, type RealmRequest } from './realm/kept-environment.ts'
import { leaveRealm, realmOfEnvironment } from './realm/realms.ts'
import { assertSameGlobal } from './realm/refusals.ts'

import type { CountedFile } from './report/counted-file.ts'
import type { FollowedFile } from './report/followed-file.ts'

export { requireFromJest } from './jest/runtime-internals/find-runtime.ts'

type HandleTestEvent = (event: { readonly name: string }, state: object) => void | Promise<void>

/** One that may want to hear of events. */
interface Inner extends Environment {
  handleTestEvent?(...args: Parameters<HandleTestEvent>): ReturnType<HandleTestEvent>
}

/**
 * The same environment with fresh modules: for environments other than Node's and jsdom's.
 *
 *     module.exports = withFreshModules(require('jest-environment-custom'))
 *
 * Options are read from `testEnvironmentOptions.freshModules`.
 *
 * @throws `ERR_BAD_OPTION` for options that are wrong, `ERR_UNSUPPORTED_HOST` for a Jest whose runtime is not a known
 * one; both before any test of the file runs.
 */
export function withFreshModules<Base extends EnvironmentClass<never, never>>(
  Base: Base | { default: Base },
): Base {
  const Inner = ('default' in Base ? Base.default : Base) as unknown as new (
    ...args: ConstructorParameters<EnvironmentClass>
  ) => Inner
  const Kept = keptEnvironment(Inner) as new (
    config: EnvironmentConfig,
    context: EnvironmentContext,
    request?: RealmRequest,
  ) => Inner
  class FreshModulesEnvironment extends Kept {
    #uninstall: () => void
    #events: TestEvents | undefined
    #file: JestFile | undefined
    /** The file's part in a realm that several share. */
    #inRealm: FileInRealm | undefined
    readonly #testFile: string
    /** In a realm that files share: what is to be reported of how it was put back. */
    #report: FollowedFile | undefined
    /** A handler that the environment defined on itself, where it would hide the method below. */
    readonly #ownHandler: HandleTestEvent | undefined

    constructor(config: EnvironmentConfig, context: EnvironmentContext) {
      const { options, config: innerConfig } = splitOptions(config)
      const isShared = options.isolate === false
      super(
        innerConfig,
        context,
        isShared ? { options, isOwn: wordsOf(context.testPath).ownRealm === true } : undefined,
      )
      this.#testFile = context.testPath
      if (Object.hasOwn(this, 'handleTestEvent')) {
        this.#ownHandler = this.handleTestEvent as HandleTestEvent
        Reflect.deleteProperty(this, 'handleTestEvent')
      }
      const { id, rootDir, runtime: runtimeOption } = config.projectConfig
      const project = [id, rootDir, runtimeOption].join('\0')
      this.#uninstall = meetRuntime(this, project, (runtime, version) => {
        this.#install(options, config, context, runtime, version)
      })
    }

    #install(
      options: FreshModulesOptions,
      config: EnvironmentConfig,
      { testPath }: EnvironmentContext,
      runtime: object,
      version: string,
    ): void {
      const { globalConfig, projectConfig } = config
      const realm = realmOfEnvironment(this)
      const sharing = realm ? sharingInternalsOf(runtime, version) : undefined
      const inRealm =
        sharing &&
        realm?.begin({
          sharing,
          testFile: testPath,
          resetPackages: resetPackageNames(options, 'files'),
          isCounted: isCounted(config),
          isCountedByEngine: isCountedByEngine(config),
          endsWithFile: (id, facts) => this.#file?.endsWithFile(id, facts) ?? false,
        })
      this.#inRealm = inRealm
      // Workers have the process that runs them as their parent.
      const run = `${process.send ? process.ppid : process.pid} ${globalConfig.seed}`
      const followers = this.#followers(options, run, globalConfig, testPath, version)
      this.#file = new JestFile({
        options,
        realm: this.global as typeof globalThis,
        moduleMocker: this.moduleMocker as object,
        vmContext: () => this.getVmContext() as object,
        root: projectConfig.rootDir,
        testFile: testPath,
        run,
        internals: sharing?.internals ?? internalsOf(runtime, version),
        writtenSpecs: realm?.writtenSpecs,
        watchBy: inRealm && ((world, requests) => inRealm.over(world, requests)),
        followers,
        restoreMocks: () => {
          if (projectConfig.restoreMocks) this.moduleMocker?.restoreAllMocks()
        },
      })
      for (const follower of followers) follower.follow(this.#file)
      this.#uninstall = installHost(this.global, this.#file.installed)
      this.#events = new TestEvents(this.#file)
    }

    /** Who follows the file, for report and census. Loads what they need, which is a separate file. */
    #followers(
      options: FreshModulesOptions,
      run: string,
      { rootDir: root, maxWorkers, watch, watchAll }: EnvironmentConfig['globalConfig'],
      testFile: string,
      version: string,
    ): (FollowedFile | CountedFile)[] {
      const isReported = wantsReport(options, process.env)
      const isCounted = options.onUnmarkedDuplicate === 'warn'
      if (!isReported && !isCounted) return []
      const report = require('./report.ts') as typeof import('./report.ts')
      const isWatching = Boolean(watch || watchAll)
      const writer = report.joinRun({ id: run, root, parallel: maxWorkers, isWatching }, `Jest ${version}`)
      const counted = isCounted ? [new report.CountedFile(writer, testFile)] : []
      if (!isReported) return counted
      const shared = realmOfEnvironment(this)
      const leaks = shared
        ? report.leaksOfSharedRealm(shared)
        : report.leaksOfOwnRealm(this as { readonly global: object; readonly dom?: unknown })
      const world = shared ? 'shared' : 'own'
      const followed = new report.FollowedFile({ writer, leaks, testFile, world })
      if (shared) this.#report = followed
      return [...counted, followed]
    }

    override async setup(): Promise<void> {
      if (!this.#events) throw unknownInternals(runtimeVersion(), 'it was not constructed as expected')
      await super.setup()
      const realm = realmOfEnvironment(this)
      if (realm) assertSameGlobal(this, realm.global)
    }

    override async teardown(): Promise<void> {
      try {
        // Where the test runner reports no events.
        await this.#events?.fileEnded()
      } finally {
        await this.#file?.dispose()
        this.#uninstall()
        this.#events = undefined
        const unrestored = await leaveRealm(this, () => super.teardown())
        if (unrestored.length > 0) tellNewRealm(this.#testFile, unrestored)
        this.#report?.noteRestored(unrestored.map((left) => ({ ...left, kind: 'realm', restored: false })))
      }
    }

    override handleTestEvent(...[event, state]: Parameters<HandleTestEvent>): void | Promise<void> {
      // Definitions are dispatched without being awaited: a turn later, another file may be the one that defines.
      if (!this.#inRealm?.isRegisteringAgain) this.#events?.defined(event)
      this.#inRealm?.event(event)
      const handled = (this.#ownHandler ?? super.handleTestEvent)?.call(this, event, state)
      const handle = () => this.#events?.handle(event, state as CircusState)
      // There are a dozen events for each test, and few that anybody has to wait for.
      return isThenable(handled) ? (handled as Promise<void>).then(handle) : handle()
    }
  }
  return FreshModulesEnvironment as unknown as Base
}

function tellNewRealm(
  file: string,
  unrestored: readonly { readonly what: string; readonly why: string }[],
): void {
  const left = unrestored.map(({ what, why }) => `${what} (${why})`).join(', ')
  process.stderr.write(
    `fresh-modules: ${file} has left what cannot be put back, so the next file got a realm of its own: ${left}\n` +
      'Undo it in an afterAll hook, or begin that file with /** @fresh-modules own-realm */\n',
  )
}

/** Our options, checked; and the config without them, since an environment puts its options on the global. */
function splitOptions(config: EnvironmentConfig): {
  options: FreshModulesOptions
  config: EnvironmentConfig
} {
  const { freshModules, ...testEnvironmentOptions } = config.projectConfig.testEnvironmentOptions
  return {
    options: checkAdapterOptions('@fresh-modules/jest-env', withPatterns(freshModules)),
    config: { ...config, projectConfig: { ...config.projectConfig, testEnvironmentOptions } },
  }
}

/** Jest hands the config to its worker processes as JSON, which has no RegExp: it is written as `{ source, flags }`. */
function withPatterns(options: unknown): unknown {
  const specs = (options as { specs?: unknown } | null | undefined)?.specs
  if (!Array.isArray(specs)) return options
  const revive = (pattern: unknown) => {
    const { source, flags = '' } = (pattern ?? {}) as { source?: unknown; flags?: string }
    return typeof pattern === 'object' && typeof source === 'string' ? new RegExp(source, flags) : pattern
  }
  const rules = specs.map((rule) => {
    const { match } = (rule ?? {}) as { match?: unknown }
    return match === undefined
      ? rule
      : { ...rule, match: Array.isArray(match) ? match.map(revive) : revive(match) }
  })
  return { ...(options as object), specs: rules }
}
