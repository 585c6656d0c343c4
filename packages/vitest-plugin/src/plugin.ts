/** The Vite plugin: hands the options to the workers, installs the test runner, reads docblocks. */
import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  checkAdapterOptions,
  DocblockProblem,
  doubledPackages,
  type FreshModulesOptions,
  fileOf,
  parseDocblock,
  resetPackageNames,
  wantsReport,
} from 'fresh-modules/internal'
import type { Plugin } from 'vitest/config'
import type { TestProject, Vitest } from 'vitest/node'
import { addReporter } from './report/run-reporter.ts'
import { inlinePackages, keepOutOfOptimizer } from './reset/reset-packages.ts'
import { type ResolveContext, verdictOf, verdictsOf } from './verdict.ts'
import { isBrowserMode, loadInBrowser, resolveInBrowser, tellLeftAlone } from './vitest/browser-mode.ts'
import { conditionsIn, resolveUnderConditions } from './vitest/conditions.ts'
import { appendReader } from './vitest/held-state.ts'
import { fileToDrop, idsToJudge, judgedAnswer, serializeOptions } from './vitest/protocol.ts'
import { type Followed, PROVIDE_KEY, type Provided } from './vitest/provided.ts'
import { appendStamp, type Stamp } from './vitest/stamp.ts'

const { version: VERSION } = createRequire(import.meta.url)('../package.json') as { version: string }
/** What tells this run from others, for all its projects and workers. */
const RUN = randomUUID()
/** Where its workers write down what happens, where something is to be told of it at the end. */
const PARTS = path.join(tmpdir(), 'fresh-modules-report', RUN)

const RUNNER = fileURLToPath(new URL('./test-runner.js', import.meta.url))

/**
 * Fresh module state for Vitest: `plugins: [freshModules()]`.
 *
 * A runner of your own (`test.runner`) is composed with ours: ours extends yours. Projects in browser mode, where a
 * browser owns the modules, are left alone; a helper that is called there throws `ERR_UNSUPPORTED_HOST`.
 *
 * @throws `ERR_BAD_OPTION` when the config is loaded, naming everything that is wrong
 */
export function freshModules(options?: FreshModulesOptions): Plugin[] {
  const serialized = serializeOptions(
    checkAdapterOptions('@fresh-modules/vitest-plugin', options, {
      isolate: "it is Vitest's own, test.isolate",
    }),
  )
  const follows = followed(options)
  const singles = options?.knownSingletons === false ? [] : doubledPackages()
  const resetPackages = resetPackageNames(options ?? {}, 'files')
  const areJudged = options?.resetBetween !== 'never' || follows?.report === true
  /** Id -> what the source said before other transforms; taken out by the last one. One server's are not another's. */
  const stampsOf = new WeakMap<object, Map<string, Stamp>>()
  let vitest: Vitest | undefined
  return [
    {
      name: 'fresh-modules',
      enforce: 'pre',
      config: () => inlinePackages(resetPackages),
      configResolved(config) {
        keepOutOfOptimizer(resetPackages, config)
      },
      configureVitest(context) {
        const { project, vitest: running } = context
        vitest = running
        if (isBrowserMode({ test: project.config })) {
          tellLeftAlone(running, project)
          return
        }
        keyCachedCode(context, () => `fresh-modules ${areJudged} ${isCovered(running)}`)
        if (follows) addReporter(running, { id: RUN, parts: follows.parts })
        setUp(project, {
          options: serialized,
          run: RUN,
          ...(follows ? { follows } : { isIdle: isIdle(options), singles }),
        })
      },
      resolveId(specifier, importer) {
        if (isBrowserMode(this.environment.config)) return resolveInBrowser(specifier)
        const ids = idsToJudge(specifier)
        if (ids) return verdictsOf(this as unknown as ResolveContext, ids).then(judgedAnswer)
        const file = fileToDrop(specifier)
        if (file === undefined) return resolveUnderConditions(this, specifier, importer)
        vitest?.invalidateFile(file)
        return specifier
      },
      load(id) {
        return loadInBrowser(id)
      },
      transform(code, id) {
        // Vite alone, as for a build, has nothing to do with tests.
        if (!vitest || isBrowserMode(this.environment.config)) return undefined
        const stamps = stampsOf.get(this.environment) ?? new Map<string, Stamp>()
        stampsOf.set(this.environment, stamps.set(id, stampOf(code, id)))
        return undefined
      },
    },
    {
      // Vitest keeps transformed code on disk, by the names of plugins too: another version may write other stamps.
      name: `fresh-modules:stamp@${VERSION}`,
      enforce: 'post',
      async transform(code, id) {
        const stamps = stampsOf.get(this.environment)
        const stamp = stamps?.get(id)
        stamps?.delete(id)
        if (!stamp) return undefined
        const verdict = areJudged ? await verdictOf(this, code, id) : undefined
        // It would be one function more to cover.
        const { holders, ...judged } = verdict ?? {}
        const isReadable = holders && vitest && !isCovered(vitest)
        const readable = isReadable ? appendReader(code, holders) : code
        const told = verdict && { verdict: isReadable ? verdict : judged }
        // `map: null`: what stands at the end moves nothing.
        return { code: appendStamp(readable, { ...stamp, ...told }), map: null }
      },
    },
  ]
}

/** Project -> the user's own `test.runner`, which a plugin that is listed twice must find again. */
const ownRunners = new WeakMap<TestProject, string | undefined>()

/**
 * Installs the test runner in a project. Not by a `config` hook: in Vitest 5 projects that share a server take nothing
 * from the hooks of plugins, and another plugin could set a runner later.
 */
function setUp(project: TestProject, forAll: Provided): void {
  const { config } = project
  if (config.runner !== RUNNER) ownRunners.set(project, config.runner)
  const own = ownRunners.get(project)
  config.runner = RUNNER
  const provided: Provided = { ...forAll, ...(own ? { runner: own } : {}) }
  project.provide(PROVIDE_KEY as never, provided as never)
  const { onStackTrace } = config
  // As Vitest does with its own frames: an error starts where the user's code is.
  config.onStackTrace = (error, frame) => (OWN_FRAME.test(frame.file) ? false : onStackTrace?.(error, frame))
}

const OWN_FRAME = /[\\/]node_modules[\\/](?:fresh-modules|@fresh-modules[\\/][^\\/]+)[\\/]/

function isCovered({ config }: Vitest): boolean {
  return config.coverage?.enabled === true
}

/** Vitest keeps transformed code on disk: what we add depends on more than the source and the config. */
function keyCachedCode(context: object, key: () => string): void {
  const { defineCacheKeyGenerator, experimental_defineCacheKeyGenerator } = context as Partial<
    Record<
      'defineCacheKeyGenerator' | 'experimental_defineCacheKeyGenerator',
      (generate: () => string) => void
    >
  >
  // Vitest 5 warns of the second name.
  const define = defineCacheKeyGenerator ?? experimental_defineCacheKeyGenerator
  define?.(key)
}

function followed(options: FreshModulesOptions = {}): Followed | undefined {
  const report = wantsReport(options, process.env)
  const census = options.onUnmarkedDuplicate === 'warn'
  return report || census ? { parts: PARTS, report, census } : undefined
}

/** Whether nothing is asked of workers but to keep watch, unless a file's modules turn out to hold something. */
function isIdle(options: FreshModulesOptions = {}): boolean {
  return !options.specs?.length && !options.resetPackages
}

function stampOf(code: string, id: string): Stamp {
  const file = fileOf(id)
  const stat = id.startsWith('\0') ? undefined : statSync(file, { throwIfNoEntry: false })
  const conditions = conditionsIn(id)?.conditions
  const read = {
    ...(stat ? { read: [stat.mtimeMs, stat.size] as const } : {}),
    ...(conditions ? { conditions } : {}),
  }
  try {
    const docblock = parseDocblock(code, file)
    return docblock ? { ...read, docblock } : read
  } catch (error) {
    if (!(error instanceof DocblockProblem)) throw error
    return { ...read, problem: error.message }
  }
}
