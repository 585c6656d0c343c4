/** What resets need of the module runner: who holds whom statically, and evaluating several modules again in place. */
import { forgetsBetweenFiles } from '@fresh-modules/restore-globals'
import {
  type EvaluatedState,
  type Evidence,
  fileOf,
  type Installed,
  isAsEvaluatedFirst,
  isFirstParty,
  keptByFramework,
  type ModuleId,
  moduleId,
  noteBaseline,
  placeOf,
  type ResetSupport,
  rememberHistory,
} from 'fresh-modules/internal'
import type { Linker } from '../engine/engine.ts'
import { type ExportTarget, LiveExports, plainExports } from '../engine/live-exports.ts'
import {
  type Namespace,
  namespaceOf,
  newNamespace,
  restoreSpies,
  type TakenExports,
  takeExports,
} from '../engine/namespace.ts'
import type { Registry } from '../engine/registry.ts'
import { isInlinedCommonJs } from '../guard/inlined-commonjs.ts'
import { heldStateOf } from '../vitest/held-state.ts'
import { isExternal } from '../vitest/node-delegate.ts'
import { judgeRequest, verdictsIn } from '../vitest/protocol.ts'
import {
  type EvaluationContext,
  type ModuleRunner,
  type RunnerModule,
  resolveInServer,
} from '../vitest/runner-internals.ts'
import { idOfMod, modIdOf, type Source, type Sources } from '../vitest/sources.ts'
import { CollectionReads } from './collection-reads.ts'
import { evidenceOf, noteVerdict } from './evidence.ts'
import type { FileHooks } from './file-hooks.ts'
import { NextFile } from './next-file.ts'
import { forgetRequired, patternOfPackage } from './reset-packages.ts'

type Reload = Awaited<ReturnType<NonNullable<ResetSupport['reloadAll']>>>

/** A module that waits for, or is in, its evaluation into the namespace that everybody holds. */
interface Reloading {
  readonly namespace: Namespace
  readonly importers: ReadonlySet<string>
  /** Set once its own evaluation has begun. */
  taken?: TakenExports | LiveExports
  /** Puts the copy that was registered before the reset back, with every export. */
  putBack(): void
}

export interface VitestResetsOptions {
  readonly installed: Installed
  readonly runner: ModuleRunner
  readonly registry: Registry
  readonly sources: Sources
  readonly fileHooks: FileHooks
}

export class VitestResets implements ResetSupport {
  readonly #installed: Installed
  readonly #runner: ModuleRunner
  readonly #registry: Registry
  readonly #sources: Sources
  readonly #fileHooks: FileHooks
  /** Importer's id as Vite has it -> what its copy imports statically. Entries go when the module is dropped. */
  readonly #static = new Map<string, Set<ModuleId>>()
  /** What was loaded before the worker's first test file, as a test runner of the user's own. */
  #workers: Set<ModuleId> | undefined
  /** What other files have left when the setup files of this one were about to run. */
  #beforeSetup: ReadonlySet<ModuleId> = new Set()
  /** What setup files have loaded, and what they import. */
  #setup: ReadonlySet<ModuleId> = new Set()
  /** Modules of the reset that runs now -> how to put them back, until each has finished. */
  readonly #reloading = new Map<RunnerModule, Reloading>()
  /** Those of them that have finished: if another fails, they are put back as well. */
  readonly #finished: Reloading[] = []
  /** Namespace -> its exports, once the engine has evaluated it again. */
  readonly #live = new WeakMap<Namespace, LiveExports>()
  /** Namespaces with an export that `vi.spyOn` has replaced. */
  readonly #spied = new WeakSet<object>()
  /** Modules that stay from one file to the next. */
  readonly #forNextFile: NextFile
  /** Modules that are evaluated for this file into a namespace of an earlier one -> its exports of then. */
  readonly #takenForFile = new Map<RunnerModule, TakenExports | LiveExports>()
  /** Whether anything is reset in this worker. */
  isOn = false
  /** Whether the server is to be asked what the code of modules shows. */
  isJudgedOnDemand = false
  readonly #judged = new WeakSet<Source>()
  /** Packages that are evaluated again for each file. */
  resetPackages: readonly string[] = []
  /** What is used while the test file is collected. */
  reads = new CollectionReads()
  /** The module whose own evaluation failed first; its importers fail with the same error. */
  #failed: RunnerModule | undefined
  /** How often a reset was given up: one that goes on afterwards has nothing to do any more. */
  #givenUp = 0

  constructor({ installed, runner, registry, sources, fileHooks }: VitestResetsOptions) {
    this.#installed = installed
    this.#sources = sources
    this.#runner = runner
    this.#registry = registry
    this.#fileHooks = fileHooks
    this.#forNextFile = new NextFile({ runner, registry })
  }

  /** `vi.spyOn` has been called on an object, which may be a namespace. */
  noteSpied(object: object): void {
    this.#spied.add(object)
    const id = this.#registry.idOf(object)
    if (id) this.reads.note(modIdOf(id))
  }

  noteStaticImport(importer: string, imported: string): void {
    let imports = this.#static.get(importer)
    if (!imports) {
      imports = new Set()
      this.#static.set(importer, imports)
    }
    imports.add(idOfMod(imported))
  }

  /** A test file begins: what is loaded by now was not loaded by its setup files. */
  noteFileStart(ids?: Iterable<ModuleId>): void {
    const loaded = this.#loaded(ids)
    this.#workers = this.#workers ? intersection(this.#workers, loaded) : loaded
    this.#beforeSetup = loaded
  }

  /** The test file is about to be imported: setup files have loaded what is new, and what they import. */
  noteSetupDone(ids?: Iterable<ModuleId>): void {
    const setup = new Set(this.#workers)
    for (const id of this.#loaded(ids)) if (!this.#beforeSetup.has(id)) setup.add(id)
    for (const file of this.#runner.vitestOptions.getWorkerState().config.setupFiles ?? [])
      setup.add(moduleId(file))
    for (const id of setup)
      for (const imported of this.#registry.record(id)?.imports ?? []) setup.add(imported)
    this.#setup = setup
  }

  /** @param ids What was loaded at an earlier moment; left out: now. */
  #loaded(ids?: Iterable<ModuleId>): Set<ModuleId> {
    const loaded = ids ?? Array.from(this.#registry.records(), ({ id }) => id)
    return new Set([...loaded].filter(isFirstParty))
  }

  /** A module that has no copy any more imports nothing. */
  forget(mod: RunnerModule): void {
    this.#static.delete(mod.id)
    this.#forNextFile.forget(mod)
  }

  staticImports(id: ModuleId): Iterable<ModuleId> {
    return this.#static.get(modIdOf(id)) ?? []
  }

  /** The test file has been collected. What it has changed of modules without state stays changed. */
  noteCollected(): void {
    const installed = this.#installed
    this.reads.stop((note) => {
      const { testFile } = installed.host
      const records = [...this.#registry.records()].filter(
        ({ id }) => isFirstParty(id) && fileOf(id) !== testFile,
      )
      // What other modules have put there they put there again.
      const byModules = new Set(
        records.flatMap(({ id }) => (this.evidence(id)?.effects ?? []).flatMap(({ into }) => into ?? [])),
      )
      for (const { id, exports } of records) {
        if (byModules.has(id) || this.evidence(id)?.state) continue
        if (isAsEvaluatedFirst(installed, exports) === false) note(modIdOf(id))
      }
    })
  }

  /** What was noted of this file before the host was there. */
  adopt(states: ReadonlyMap<RunnerModule, EvaluatedState>, reads: CollectionReads): void {
    const { baselines } = this.#installed.state
    for (const [{ exports }, state] of states) baselines.set(exports as object, state)
    this.reads = reads
  }

  /** A registered module has been evaluated, by an import. */
  noteEvaluated(mod: RunnerModule, held = heldStateOf(mod)): void {
    // Where nothing is reset nobody asks.
    if (!this.isOn || typeof mod.exports !== 'object' || mod.exports === null) return
    const id = idOfMod(mod.id)
    let mayStay = false
    this.reads.quietly(() => {
      mayStay = noteBaseline(this.#installed, { id, exports: mod.exports }, held)
    })
    this.#forNextFile.noteEvaluated(mod, mayStay ? this.staticImports(id) : undefined)
    const shown = this.evidence(id)
    if (!mayStay || shown?.state || [...(shown?.reads ?? [])].length > 0)
      this.reads.watch(mod.id, namespaceOf(mod))
  }

  keepForNextFile(unchanged: readonly ModuleId[], dropped: readonly ModuleId[]): ReadonlySet<ModuleId> {
    const kept = this.#forNextFile.keep(unchanged, dropped, this.#installed.host.testFile)
    for (const mod of kept.again) {
      const namespace = this.#forNextFile.namespaceFor(mod)
      if (namespace && this.#spied.delete(namespace)) restoreSpies(namespace)
      this.#static.delete(mod.id)
    }
    return kept.ids
  }

  /**
   * A module that has stayed since an earlier file is imported for the first time in this one: resolves to whether it
   * can go on staying. Undefined for any other.
   */
  linkAgain(mod: RunnerModule, callstack: readonly string[], linker: Linker): Promise<boolean> | undefined {
    const shown = this.evidence(idOfMod(mod.id))
    const reads = () => shown?.reads ?? []
    const waiting = this.#forNextFile.namespaceFor(mod)
    // What an earlier file has left running may have changed it since.
    const isAsLeft = !shown?.state || isAsEvaluatedFirst(this.#installed, waiting) !== false
    const linked = isAsLeft ? this.#forNextFile.linkAgain(mod, callstack, linker, reads) : undefined
    return linked?.then((isLinked) => {
      if (isLinked && (shown?.state || [...reads()].length > 0)) this.reads.watch(mod.id, namespaceOf(mod))
      return isLinked
    })
  }

  /** Where nothing is reset by itself, the server judges no source until somebody resets by hand. */
  prepare(): Promise<void> | undefined {
    if (!this.isJudgedOnDemand) return undefined
    const sources: [string, Source][] = []
    for (const { id } of this.#registry.records()) {
      // The test file, often the largest of all, is never evaluated again.
      const isJudged = isFirstParty(id) && fileOf(id) !== this.#installed.host.testFile
      const mod = isJudged ? this.#registry.mod(id) : undefined
      const source = mod && this.#sources.ofMod(mod)
      if (source && !this.#judged.has(source)) sources.push([mod.id, source])
    }
    return sources.length > 0 ? this.#judge(sources) : undefined
  }

  async #judge(sources: readonly (readonly [string, Source])[]): Promise<void> {
    const answer = await resolveInServer(this.#runner, judgeRequest(sources.map(([id]) => id)))
    const verdicts = verdictsIn(answer?.id)
    for (const [index, [, source]] of sources.entries()) {
      this.#judged.add(source)
      noteVerdict(source, verdicts[index])
    }
  }

  evidence(id: ModuleId): Evidence | undefined {
    const mod = this.#registry.mod(id)
    const source = mod && this.#sources.ofMod(mod)
    return source && evidenceOf(source)
  }

  usedWhileCollecting(id: ModuleId): (() => string) | undefined {
    const place = this.reads.firstUse(modIdOf(id))
    const { testFile, root } = this.#installed.host
    return place && (() => placeOf(place, testFile, root))
  }

  forgetsBetweenFiles(id: ModuleId): boolean {
    return forgetsBetweenFiles(fileOf(id))
  }

  isOutOfReach(id: ModuleId): boolean {
    const mod = this.#runner.evaluatedModules.getModuleById(modIdOf(id))
    // What is not in the graph is an inner file of a package that Node holds.
    return mod === undefined || isExternal(mod)
  }

  isEntryOnly(id: ModuleId): boolean {
    const code = this.#registry.mod(id)?.meta?.code
    if (code === undefined || !isInlinedCommonJs(code)) return false
    // What Node holds of these is forgotten along with them.
    return !this.resetPackages.some((name) => patternOfPackage(name).test(id))
  }

  /** What Node's loader holds of packages that are about to be evaluated again. */
  forgetRequired(ids: readonly ModuleId[]): void {
    if (this.resetPackages.length > 0) forgetRequired(this.resetPackages, ids)
  }

  keptBetweenTests(id: ModuleId): string | undefined {
    return keptByFramework({
      isMocked: this.#runner.mocker.getDependencyMock(fileOf(id)) !== undefined,
      isOfSetup: this.#setup.has(id),
      hasRegisteredHooks: () => this.#fileHooks.hasRegistered(id),
    })
  }

  /**
   * Marks all modules, then asks for each in order: what is asked for evaluates what it imports first, as a first
   * import does. So cycles, top-level await and mocks are the runner's own business.
   */
  async reloadAll(ids: readonly ModuleId[]): Promise<Reload> {
    this.forgetRequired(ids)
    const runner = this.#runner
    const mods = ids.flatMap((id) => runner.evaluatedModules.getModuleById(modIdOf(id)) ?? [])
    const forgetCalls = rememberHistory(this.#mockedExports())
    for (const mod of mods) this.#reloading.set(mod, this.#mark(mod))
    let failure: Reload['failure']
    const givenUp = this.#givenUp
    for (const mod of this.#inOrderOfRequests(mods)) {
      try {
        await runner._cachedRequest(mod.url, mod, [])
      } catch (error) {
        if (givenUp !== this.#givenUp) return { copies: [] }
        failure = { id: idOfMod((this.#failed ?? mod).id), error }
        break
      }
      if (givenUp !== this.#givenUp) return { copies: [] }
    }
    if (failure) {
      this.#putBackAll()
      return { copies: [], failure }
    }
    for (const { taken } of this.#finished.splice(0)) taken?.finish()
    forgetCalls()
    const copies = mods
      .filter((mod) => !this.#reloading.has(mod))
      .map((mod) => ({
        id: idOfMod(mod.id),
        exports: mod.exports,
        handle: this.#registry.handleOf(mod),
      }))
    this.#putBackAll()
    return { copies }
  }

  /** What mocked modules export: factories' results and automocks have modules of their own in the runner's graph. */
  *#mockedExports(): Generator<unknown> {
    for (const { id, exports, mockedExports } of this.#runner.evaluatedModules.idToModuleMap.values()) {
      if (id.startsWith('mock:')) yield* [exports, mockedExports]
    }
  }

  giveUp(): ModuleId | undefined {
    const waiting = new Map(
      [...this.#reloading.keys()].filter((mod) => mod.promise).map((mod) => [mod.id, mod]),
    )
    const [first] = [...waiting.values()].filter(({ imports }) => ![...imports].some((id) => waiting.has(id)))
    this.#givenUp++
    for (const { taken } of this.#finished.splice(0)) taken?.finish()
    this.#putBackAll()
    return first && idOfMod(first.id)
  }

  /** What has not finished is as before, and so is what has, unless that is for good by now. */
  #putBackAll(): void {
    for (const { putBack } of [...this.#reloading.values(), ...this.#finished.splice(0)]) putBack()
    this.#reloading.clear()
    this.#failed = undefined
  }

  /**
   * What modules that stay import, in the order in which they do, then the rest: a cycle may work only if it is entered
   * where it was the first time.
   */
  #inOrderOfRequests(mods: readonly RunnerModule[]): Set<RunnerModule> {
    const { evaluatedModules } = this.#runner
    const ordered = new Set<RunnerModule>()
    for (const [importer, imports] of this.#static) {
      const mod = evaluatedModules.getModuleById(importer)
      if (!mod || this.#reloading.has(mod)) continue
      for (const id of imports) {
        const imported = evaluatedModules.getModuleById(modIdOf(id))
        if (imported && this.#reloading.has(imported)) ordered.add(imported)
      }
    }
    for (const mod of mods) ordered.add(mod)
    return ordered
  }

  /** Evaluates a module: into its old namespace if it is part of the reset that runs. */
  evaluate(mod: RunnerModule, evaluate: () => Promise<unknown>): Promise<unknown> {
    const reloading = this.#reloading.get(mod)
    if (reloading) return this.#evaluateAgain(mod, reloading, evaluate)
    return this.#forNextFile.namespaceFor(mod) ? this.#evaluateForFile(mod, evaluate) : evaluate()
  }

  /** Into the namespace that modules hold which have stayed since an earlier file. */
  async #evaluateForFile(mod: RunnerModule, evaluate: () => Promise<unknown>): Promise<unknown> {
    try {
      await evaluate()
    } catch (error) {
      this.#takenForFile.get(mod)?.putBack()
      this.#takenForFile.delete(mod)
      throw error
    }
    this.#takenForFile.get(mod)?.finish()
    this.#takenForFile.delete(mod)
    return this.#forNextFile.finished(mod)
  }

  async #evaluateAgain(
    mod: RunnerModule,
    reloading: Reloading,
    evaluate: () => Promise<unknown>,
  ): Promise<unknown> {
    try {
      await evaluate()
    } catch (error) {
      // Put back at the end, with what was to follow.
      if (this.#reloading.get(mod) === reloading) this.#failed ??= mod
      throw error
    }
    // Given up meanwhile: the namespace has its old exports again.
    if (this.#reloading.get(mod) !== reloading) return reloading.namespace
    // Those that were not evaluated again import it still.
    for (const importer of reloading.importers) mod.importers.add(importer)
    this.#reloading.delete(mod)
    this.#finished.push(reloading)
    return reloading.namespace
  }

  /** The engine is about to evaluate a module: where its exports go. */
  exportsFor(mod: RunnerModule): ExportTarget {
    const reloading = this.#reloading.get(mod)
    const namespace = reloading?.namespace ?? this.#forNextFile.namespaceFor(mod)
    if (!namespace) return plainExports(newNamespace())
    let live = this.#live.get(namespace)
    if (!live) {
      live = new LiveExports(namespace)
      this.#live.set(namespace, live)
    }
    live.begin()
    if (reloading) reloading.taken = live
    else this.#takenForFile.set(mod, live)
    return live
  }

  /** Somebody else has defined the exports of a namespace. */
  forgetExports(namespace: Namespace): void {
    this.#live.delete(namespace)
  }

  /** The same for an evaluation by Vitest's evaluator, whose context has a namespace already. */
  redirect(context: EvaluationContext, mod: RunnerModule): void {
    const reloading = this.#reloading.get(mod)
    const namespace = reloading?.namespace ?? this.#forNextFile.namespaceFor(mod)
    if (!namespace) return
    const target = plainExports(namespace)
    this.forgetExports(namespace)
    const taken = takeExports(namespace)
    if (reloading) reloading.taken = taken
    else this.#takenForFile.set(mod, taken)
    mod.exports = namespace
    context.__vite_ssr_exports__ = namespace
    context.__vite_ssr_exportName__ = target.define
    context.__vite_ssr_exportAll__ = target.defineAll
  }

  #mark(mod: RunnerModule): Reloading {
    const { promise, exports, evaluated, imports, importers, meta } = mod
    const handle = this.#registry.handleOf(mod)
    const namespace = namespaceOf(mod)
    if (this.#spied.has(namespace)) restoreSpies(namespace)
    this.#spied.delete(namespace)
    // As before a first evaluation: Vite 7 takes a module that has exports, and importers in a circle, for one that is
    // being evaluated.
    Object.assign(mod, { promise: undefined, exports: undefined, evaluated: false })
    mod.imports = new Set()
    mod.importers = new Set()
    const reloading: Reloading = {
      namespace,
      importers,
      putBack: () => {
        reloading.taken?.putBack()
        Object.assign(mod, { promise, exports, evaluated, imports, importers, meta })
        if (handle) this.#registry.noteHandle(mod, handle)
      },
    }
    return reloading
  }
}

function intersection<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): Set<T> {
  return new Set([...one].filter((item) => other.has(item)))
}
