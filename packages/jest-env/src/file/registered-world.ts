/** Registered modules as the runtime loads and drops them: tells the parts of the host, and the hook points. */
import {
  type Copy,
  type CoreState,
  isFileId,
  isFirstParty,
  type ModuleFacts,
  type ModuleId,
  noteAddonLoaded,
  realIdentityOf,
} from 'fresh-modules/internal/core'
import type { TargetRequests } from '../fresh/target-requests.ts'
import type { Handles } from '../jest/handles.ts'
import type { HookPoints, RegistryReset } from '../jest/hook-points.ts'
import { idOfFile } from '../jest/module-ids.ts'
import type { Records } from '../jest/records.ts'
import type { Requests } from '../jest/request-edges.ts'
import type { ImportTarget, Resolution } from '../jest/resolution.ts'
import type {
  CjsLoad,
  CjsModule,
  JestRequire,
  LoadEnd,
  RuntimeHooks,
  RuntimeInternals,
  VmModule,
} from '../jest/runtime-internals/detect.ts'
import type { ExportsDefinitions } from '../reset/exports-definitions.ts'
import type { JestResets } from '../reset/jest-resets.ts'
import type { RunningReloads } from '../reset/running-reloads.ts'

export interface RegisteredWorldOptions {
  readonly internals: Pick<RuntimeInternals, 'esm'>
  readonly resolution: Pick<Resolution, 'idOfImport' | 'isEsmTarget'>
  readonly registry: Pick<Records, 'cjs' | 'esm' | 'get'>
  readonly requests: Requests
  readonly handles: Pick<Handles, 'note'>
  readonly targets: Pick<TargetRequests, 'require' | 'import'>
  readonly definitions: Pick<ExportsDefinitions, 'begin' | 'noteHandedOut'>
  readonly running: Pick<RunningReloads, 'has'>
  readonly resets: Pick<JestResets, 'reads' | 'noteEvaluated'>
  readonly state: CoreState
  readonly testFile: string
  readonly points: HookPoints
}

/** A module that an earlier file has evaluated in the same realm. */
interface AdoptedCopy {
  readonly module: CjsModule
  readonly facts: ModuleFacts
  /** Specifier -> whether it was asked for while the module was evaluated. */
  readonly requests: ReadonlyMap<string, { readonly isStatic: boolean }>
}

export class RegisteredWorld implements RuntimeHooks {
  readonly #given: RegisteredWorldOptions
  /** ES modules that `onImport` hooks have heard of, or that were loaded before there was a hook. */
  readonly #told = new WeakSet<VmModule>()
  /** How many mocks are being made, one for the sake of the other. */
  #mocking = 0
  /** Registry of ES modules -> those of its modules that the guard has been asked about, since it was last empty. */
  #announced = new WeakMap<object, Set<ModuleId>>()
  // What was known of a module when its evaluation began.
  readonly #facts = new WeakMap<CjsModule, ModuleFacts>()

  constructor(given: RegisteredWorldOptions) {
    this.#given = given
  }

  loading({ module, importer, isMock }: CjsLoad): LoadEnd | undefined {
    const { handles, testFile, points, running, resets, definitions } = this.#given
    const id = idOfFile(module.filename)
    handles.note(module, id)
    if (module.filename === testFile) points.testFile()
    // Neither a mock nor what is evaluated to generate one counts as a copy.
    if (isMock || this.#mocking > 0) return undefined
    if (!running.has(module)) {
      const facts = points.beforeEvaluation({
        id,
        importer: importer === module.filename ? undefined : idOfFile(importer),
        kind: 'require',
        fresh: false,
      })
      this.#facts.set(module, facts)
    }
    const { exports: initial } = module
    const endDefinitions = isFirstParty(id) ? definitions.begin(module) : undefined
    const evaluated = module.filename === testFile ? undefined : resets.reads.evaluating()
    return (hasFailed) => {
      endDefinitions?.(hasFailed)
      evaluated?.()
      if (module.exports !== initial) definitions.noteHandedOut(module)
      if (!hasFailed && id.endsWith('.node')) noteAddonLoaded(id, importer)
      if (hasFailed || running.has(module)) return
      if (endDefinitions && evaluated) resets.noteEvaluated(id, module.exports)
      points.afterEvaluation({ id, exports: module.exports, handle: module })
    }
  }

  factsOf(module: CjsModule): ModuleFacts | undefined {
    return this.#facts.get(module)
  }

  /** A copy that an earlier file has evaluated stands for an evaluation: whoever counts those counts it. */
  adopted({ module, facts, requests: made }: AdoptedCopy, importer: ModuleId): void {
    const { handles, points, requests } = this.#given
    const copy: Copy = { id: idOfFile(module.filename), exports: module.exports, handle: module }
    handles.note(module, copy.id)
    requests.inherit(module, made)
    points.beforeEvaluation({ id: copy.id, importer, kind: 'require', fresh: false, facts })
    points.afterEvaluation(copy)
  }

  mocking<T>(run: () => T): T {
    this.#mocking++
    try {
      return run()
    } finally {
      this.#mocking--
    }
  }

  require(module: CjsModule, original: JestRequire): JestRequire {
    // Every module has one. A proxy has all that hangs on the original, and costs next to nothing to make.
    return new Proxy(original, {
      apply: (_, __, [specifier]: [string]) => this.requested(module, specifier, original),
    })
  }

  /** A registered module asks for another one. */
  requested(module: CjsModule, specifier: string, original: JestRequire): unknown {
    const { requests, state, targets } = this.#given
    requests.noteRequire(module, specifier)
    if (state.pendingCalls === 0) return original(specifier)
    const target = targets.require(module.filename, specifier, () => original(specifier))
    return target ? target.exports : original(specifier)
  }

  async import(
    { specifier, importer }: { specifier: string; importer: string },
    proceed: () => Promise<VmModule>,
  ): Promise<VmModule> {
    const { requests, state, targets } = this.#given
    this.importing()
    const target = state.pendingCalls > 0 ? await targets.import(importer, specifier) : undefined
    if (target) return target
    requests.noteImport(importer, specifier)
    await this.#announce(specifier, importer)
    return proceed()
  }

  /** Tells the hook points of an ES module before it is linked, which is before its body runs. */
  async #announce(specifier: string, importer: string): Promise<void> {
    const { resolution, registry } = this.#given
    let found: ImportTarget
    try {
      found = await resolution.idOfImport(specifier, importer)
    } catch {
      // Not found: the import itself says so.
      return
    }
    const { id, isMocked } = found
    if (isMocked) return
    if (id === undefined || !isFileId(id) || !resolution.isEsmTarget(id) || registry.esm(id)) return
    this.#announceOnce(id, idOfFile(importer))
  }

  building({ file, query, importer }: { file: string; query: string; importer: string | undefined }): void {
    if (this.#mocking > 0) return
    this.#announceOnce(`${file}${query}` as ModuleId, importer === undefined ? undefined : idOfFile(importer))
  }

  /** The runtime may try one way to build a graph and go on with another: that is one evaluation. */
  #announceOnce(id: ModuleId, importer: ModuleId | undefined): void {
    const { points, internals, state } = this.#given
    const registry = internals.esm()
    const announced = this.#announced.get(registry) ?? new Set()
    this.#announced.set(registry, announced)
    if (announced.has(id) && state.guard.firstCopies.get(realIdentityOf(id))?.id === id) return
    announced.add(id)
    points.beforeEvaluation({ id, importer, kind: 'import', fresh: false })
  }

  imported(): void {
    this.#eachHooked((id, module) => {
      if (module.status !== 'evaluated' || this.#told.has(module)) return
      this.#told.add(module)
      const { namespace: exports } = module
      this.#given.points.afterEvaluation({ id, exports, handle: this.#given.registry.get(id)?.handle })
    })
  }

  importing(entry?: string): void {
    if (entry === this.#given.testFile) this.#given.points.testFile()
    this.#eachHooked((_, module) => {
      if (module.status === 'evaluated') this.#told.add(module)
    })
  }

  #eachHooked(visit: (id: ModuleId, module: VmModule) => void): void {
    const { state, registry } = this.#given
    if (state.importHooks.size === 0) return
    for (const id of state.importHooks.keys()) {
      const module = registry.cjs(id) ? undefined : registry.esm(id)
      if (module) visit(id, module)
    }
  }

  isolating(): void {
    this.#given.points.isolating()
  }

  reset(by: RegistryReset): void {
    if (by === 'resetModules') {
      this.#given.requests.forgetAll()
      this.#announced = new WeakMap()
    } else this.#given.requests.version++
    this.#given.points.registryReset(by)
  }
}
