/**
 * A test file that only has to be watched: no rules, and nothing to reset, by the option or as long as no module holds what
 * a test has touched (`untouched.ts`). A worker for it does not load the core. What happens is written down. As soon as a
 * helper is called, an evaluation may be a second copy or need a lock, or there is something to reset, the full plugin is
 * loaded and takes over, as if it had been there from the start.
 */
import { readFileSync } from 'node:fs'
import { debuglog } from 'node:util'
import { vi } from 'vitest'
import { hasAroundEach, type SuiteTask } from '../reset/suite-hooks.ts'
import type { FilePart, Suite, Task } from '../vitest/compose.ts'
import { acceptReader, heldStateOf } from '../vitest/held-state.ts'
import { normalizeModId } from '../vitest/mod-ids.ts'
import type { LoaderWatch } from '../vitest/node-loader.ts'
import {
  commonJsEntry,
  type ModuleRunner,
  missingParts,
  type RunnerModule,
} from '../vitest/runner-internals.ts'
import { readStamp, type Stamp } from '../vitest/stamp.ts'
import { watchLoads } from './idle-loads.ts'
import { IdleLog } from './idle-log.ts'
import { withRealTimers } from './real-timers.ts'
import { Sights } from './sights.ts'
import { Untouched } from './untouched.ts'

/** The full plugin, loaded when it is needed: `wake-up.ts`. */
export interface Everything {
  wakeUp(moduleRunner: ModuleRunner, log: IdleLog): FilePart
  startFile(moduleRunner: object): Promise<FilePart>
  readonly loads: Pick<LoaderWatch, 'beforeCommonJs' | 'beforeEsModule'>
}

export interface IdleOptions {
  /** Loads the full plugin synchronously: whoever needs it cannot wait. */
  readonly load: () => Everything
  /** Whether the guard is on. */
  readonly guards: boolean
  /** Names of packages that are known to break by a second copy. */
  readonly singles: readonly string[]
  /** Whether modules are reset between tests. */
  readonly resets: boolean
  readonly testFile: string | undefined
}

// Where the core looks for its host (`host-slot.ts`).
const SLOT = Symbol.for('fresh-modules.host')

/** Module runners that have been watched. Another file in the same one gets the full plugin at once. */
const watched = new WeakSet<object>()

export class IdleFile implements FilePart {
  readonly #runner: ModuleRunner
  readonly #options: IdleOptions
  readonly #log: IdleLog
  /** Where modules are reset between tests: what there would be to reset. */
  readonly #untouched: Untouched | undefined
  readonly #sights: Sights
  /** The full plugin, once it has taken over. */
  #part: FilePart | undefined

  private constructor(runner: ModuleRunner, options: IdleOptions) {
    this.#runner = runner
    this.#options = options
    this.#sights = new Sights(options.singles)
    this.#untouched = options.resets ? new Untouched(runner.evaluatedModules, options.testFile) : undefined
    this.#log = new IdleLog(this.#untouched)
    this.#log.loadedAtStart = this.#loaded()
    // The core, which tells of the rest, is not loaded.
    debuglog('fresh-modules')('host: waits until something asks for it, or is to be reset')
    this.#fillSlot()
    this.#watchRunner()
    this.#watchVitest()
    if (options.guards) {
      const wakeUp = () => {
        this.#wakeUp()
        return options.load().loads
      }
      watchLoads({ log: this.#log, sights: this.#sights, wakeUp })
    }
  }

  static async start(moduleRunner: object, options: IdleOptions): Promise<FilePart> {
    // Internals that are not the known ones are refused there.
    const isKnown = !watched.has(moduleRunner) && missingParts(moduleRunner).length === 0
    if (!isKnown || hasWords(options.testFile)) {
      return options.load().startFile(moduleRunner)
    }
    watched.add(moduleRunner)
    return new IdleFile(moduleRunner as ModuleRunner, options)
  }

  beforeTestFile(): void {
    if (this.#part) this.#part.beforeTestFile()
    else {
      this.#log.loadedAfterSetup = this.#loaded()
      this.#untouched?.beforeTestFile()
    }
  }

  async beforeSuite(suite: Suite): Promise<void> {
    this.#log.collected ??= this.#log.evaluations.length
    const untouched = this.#part ? undefined : this.#untouched
    if (untouched) {
      // There a reset has to come before the hook, which is arranged at the beginning.
      if (untouched.isAnyTouched() || hasAroundEach(suite as unknown as SuiteTask)) this.#wakeUp()
      else {
        untouched.reads.stop()
        untouched.suites.push(suite)
      }
    }
    await this.#part?.beforeSuite(suite)
  }

  enterTest(test: Task): void {
    // To which of several tests something belongs can only be known from their start on.
    if (test.concurrent) this.#wakeUp()
    this.#part?.enterTest(test)
  }

  async beforeTry(test: Task, retry: number): Promise<void> {
    if (!this.#part && this.#untouched?.isAnyTouched()) this.#wakeUp()
    if (this.#part) await this.#part.beforeTry(test, retry)
    else {
      this.#log.tests.add(test.id)
      if (this.#untouched) this.#untouched.hasTried = true
    }
  }

  async afterTry(test: Task): Promise<void> {
    this.#log.tests.delete(test.id)
    await this.#part?.afterTry(test)
  }

  async afterFile(file: Suite): Promise<void> {
    await this.#part?.afterFile(file)
  }

  async afterFiles(): Promise<void> {
    await this.#part?.afterFiles()
  }

  #wakeUp(): void {
    if (this.#log.isOver) return
    this.#log.isOver = true
    this.#part = withRealTimers(() => this.#options.load()).wakeUp(this.#runner, this.#log)
  }

  #loaded(): string[] {
    const loaded: string[] = []
    for (const { id, promise } of this.#runner.evaluatedModules.idToModuleMap.values()) {
      if (promise) loaded.push(id)
    }
    return loaded
  }

  /** A helper that looks for its host finds it, at its first look. */
  #fillSlot(): void {
    Object.defineProperty(globalThis, SLOT, {
      configurable: true,
      enumerable: false,
      get: () => {
        this.#wakeUp()
        // The host that stands there by now.
        return Object.getOwnPropertyDescriptor(globalThis, SLOT)?.value
      },
    })
  }

  /** As `watch-runner.ts` does, but by hand: `patch` is the core's. */
  #watchRunner(): void {
    const runner = this.#runner
    const log = this.#log
    const untouched = this.#untouched
    const { cachedRequest, directRequest, evaluator } = runner
    const { runInlinedModule, runExternalModule } = evaluator
    const wakeUp = () => this.#wakeUp()
    const isOfInterest = (mod: RunnerModule, stamp: Stamp) => this.#isOfInterest(mod, stamp)

    evaluator.runExternalModule = function (id) {
      const loading = runExternalModule.call(this, id)
      if (!log.isOver) {
        const done = () => void log.loading.delete(id)
        log.loading.set(id, loading)
        loading.then(done, done)
      }
      return loading
    }

    evaluator.runInlinedModule = function (context, code, mod) {
      if (!log.isOver) {
        log.handles.set(mod, context.__vite_ssr_import_meta__)
        if (untouched) acceptReader(context.__vite_ssr_import_meta__, mod)
      }
      return runInlinedModule.call(this, context, code, mod)
    }

    runner.cachedRequest = function (url, mod, callstack, metadata, ignoreMock) {
      const importer = log.isOver ? undefined : callstack?.at(-1)
      if (importer) {
        const isLate = runner.evaluatedModules.getModuleById(importer)?.evaluated ?? true
        log.requests.push({ importer, mod, metadata, isLate })
      }
      return cachedRequest.call(this, url, mod, callstack, metadata, ignoreMock)
    }

    runner.directRequest = function (url, mod, callstack) {
      if (log.isOver) return directRequest.call(this, url, mod, callstack)
      const stamp = readStamp(mod.meta?.code)
      try {
        if (isOfInterest(mod, stamp) || untouched?.mayStay(mod, stamp.verdict) === false) {
          wakeUp()
          return this.directRequest(url, mod, callstack)
        }
      } catch (error) {
        return Promise.reject(error)
      }
      const { externalize } = mod.meta ?? {}
      const isLoaded = externalize !== undefined && commonJsEntry(normalizeModId(externalize)) !== undefined
      log.evaluations.push({ by: 'runner', mod, callstack, isLoaded })
      const evaluation = directRequest.call(this, url, mod, callstack)
      evaluation.catch(() => log.noteFailed({ by: 'failed', mod }))
      return untouched ? watchEvaluation(untouched, mod, stamp, evaluation) : evaluation
    }

    const watchEvaluation = async (
      known: Untouched,
      mod: RunnerModule,
      { verdict }: Stamp,
      evaluation: Promise<unknown>,
    ) => {
      const exports = await known.whileEvaluating(mod, evaluation)
      if (!log.isOver && !known.noteEvaluated(mod, verdict)) wakeUp()
      if (log.isOver) log.onEvaluated?.(mod, heldStateOf(mod))
      return exports
    }
  }

  #isOfInterest({ id, meta }: RunnerModule, { docblock, problem }: Stamp): boolean {
    if (!meta || id.startsWith('mock:')) return false
    if (meta.externalize !== undefined)
      return this.#sights.isOfInterest(normalizeModId(meta.externalize), 'node')
    if (docblock || problem !== undefined) return true
    return this.#sights.isOfInterest(normalizeModId(id), 'runner')
  }

  /** As `vitest-guard.ts` does, by hand as well. */
  #watchVitest(): void {
    const { resetModules, spyOn } = vi
    const log = this.#log
    const wakeUp = () => this.#wakeUp()
    vi.resetModules = function () {
      if (log.isOver) return resetModules.call(this)
      wakeUp()
      return vi.resetModules()
    }
    vi.spyOn = function (this: unknown, ...args: unknown[]) {
      const [object] = args
      if (log.isOver || Object.prototype.toString.call(object) !== '[object Module]') {
        return (spyOn as (...args: unknown[]) => unknown).apply(this, args)
      }
      wakeUp()
      return (vi.spyOn as unknown as (...args: unknown[]) => unknown)(...args)
    } as never
  }
}

/** Whether a test file says something of its run, or may. */
function hasWords(testFile: string | undefined): boolean {
  try {
    return testFile !== undefined && readFileSync(testFile, 'utf8').includes('@fresh-modules')
  } catch {
    return false
  }
}
