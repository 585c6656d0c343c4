/**
 * What an idle worker knows of modules that a reset between tests would leave as they are: they hold no state, or it can be
 * compared. As long as all of a file's modules are such, and nobody has touched one, there is nothing to reset. What the full
 * plugin would have noted meanwhile is noted here.
 */

import { isBuiltin } from 'node:module'
import {
  type EvaluatedState,
  exportedBy,
  isAsEvaluated,
  takeExportsBaseline,
} from 'fresh-modules/internal/idle'
import type { Verdict } from 'fresh-modules/internal/verdict'
import { TestRunner, test } from 'vitest'
import type { Namespace } from '../engine/namespace.ts'
import { CollectionReads } from '../reset/collection-reads.ts'
import { type Collector, watchCollector } from '../reset/collector.ts'
import { type Extensible, watchFixtures } from '../reset/file-fixtures.ts'
import type { EarlierHook } from '../reset/file-hooks.ts'
import { heldStateOf } from '../vitest/held-state.ts'
import { normalizeModId } from '../vitest/mod-ids.ts'
import type { EvaluatedModules, RunnerModule } from '../vitest/runner-internals.ts'
import { isInstalled } from './sights.ts'

export class Untouched {
  readonly reads = new CollectionReads()
  /** Module -> what its evaluation has left. */
  readonly states = new Map<RunnerModule, EvaluatedState>()
  readonly hooks: EarlierHook[] = []
  /** The collector of the file. */
  readonly collector: Collector
  /** How many hooks there were when the test file was about to be imported. */
  hooksOfSetup: number | undefined
  hasFileFixture = false
  /** Suites whose hooks were about to run. */
  readonly suites: object[] = []
  /** Whether a test has been about to run. */
  hasTried = false
  /** Who hears of hooks within a `describe`, and of fixtures, once the full plugin has taken over. */
  onInnerHook: ((hook: EarlierHook) => void) | undefined
  onFileFixture: (() => void) | undefined
  readonly #modules: EvaluatedModules
  readonly #testFile: string | undefined

  constructor(modules: EvaluatedModules, testFile: string | undefined) {
    this.#modules = modules
    this.#testFile = testFile
    this.collector = TestRunner.getCurrentSuite() as unknown as Collector
    const note = (name: string, hooks: EarlierHook['hooks'], isInner: boolean) => {
      const hook = { name, hooks, at: new Error('registered'), isInner }
      if (!isInner || !this.onInnerHook) this.hooks.push(hook)
      else this.onInnerHook(hook)
    }
    watchCollector(
      this.collector,
      (name, hooks) => note(name, hooks, false),
      (name, hooks) => note(name, hooks, true),
    )
    watchFixtures(
      test as unknown as Extensible,
      () => {
        this.hasFileFixture = true
        this.onFileFixture?.()
      },
      (api, wrap) => {
        api.extend = wrap(api.extend)
      },
    )
  }

  beforeTestFile(): void {
    this.hooksOfSetup = this.hooks.length
    this.reads.start()
  }

  /** Whether a module that is about to be evaluated can be left as it is later, unless somebody touches it. */
  mayStay(mod: RunnerModule, verdict: Verdict | undefined): boolean {
    // What setup files load stays in any case.
    if (this.hooksOfSetup === undefined || !this.#isOfProject(mod)) return true
    if (!verdict) return false
    if (verdict.effects) return staysByEffects(verdict.effects)
    return !verdict.state || verdict.holders !== undefined
  }

  #isOfProject({ id, file, meta }: RunnerModule): boolean {
    if (!meta || meta.externalize !== undefined || id.startsWith('mock:')) return false
    return file !== this.#testFile && !isInstalled(normalizeModId(id))
  }

  whileEvaluating<T>(mod: RunnerModule, evaluation: Promise<T>): Promise<T> {
    return mod.file === this.#testFile ? evaluation : this.reads.whileEvaluating(evaluation)
  }

  /** @returns false where a reset will have to evaluate the module again after all */
  noteEvaluated(mod: RunnerModule, verdict: Verdict | undefined): boolean {
    const { exports } = mod
    if (this.hooksOfSetup === undefined || !this.#isOfProject(mod)) return true
    if (typeof exports !== 'object' || exports === null) return true
    if (!verdict) return false
    if (verdict.effects) {
      this.reads.watch(mod.id, exports as Namespace)
      return staysByEffects(verdict.effects)
    }
    const held = verdict.state ? heldStateOf(mod) : undefined
    if (verdict.state && !held) return false
    this.reads.quietly(() => {
      let foreign: ReadonlySet<unknown> | undefined
      const isForeign = (value: object) => {
        foreign ??= exportedBy(Array.from(mod.imports, (id) => this.#modules.getModuleById(id)?.exports))
        return foreign.has(value)
      }
      this.states.set(mod, {
        exports: takeExportsBaseline(exports, isForeign),
        held: held && { read: held, baseline: takeExportsBaseline(held(), isForeign) },
      })
    })
    if (verdict.state || verdict.reads) this.reads.watch(mod.id, exports as Namespace)
    return true
  }

  /** Whether what a module exports, or holds, is not as its evaluation has left it. */
  isAnyTouched(): boolean {
    let isAny = false
    this.reads.quietly(() => {
      isAny = this.#isAnyTouched()
    })
    return isAny
  }

  #isAnyTouched(): boolean {
    for (const [{ exports }, state] of this.states) {
      const { held } = state
      if (!isAsEvaluated(exports as object, state.exports)) return true
      if (held && !isAsEvaluated(held.read(), held.baseline)) return true
    }
    return false
  }
}

/** Whether a module adds something to what stays, so that it stays itself: the process, a global, a package. */
function staysByEffects(effects: NonNullable<Verdict['effects']>): boolean {
  return effects.some(
    ({ into }) => into === undefined || isBuiltin(into) || isInstalled(normalizeModId(into)),
  )
}
