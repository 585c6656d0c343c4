/**
 * A scope's copies of native ES modules. All requests of a graph are resolved before any of it is linked: what is
 * shared has been evaluated by the runtime by then, so that linking never waits for anybody's code, and the linker of
 * a scope never sees a module that is not the scope's.
 */
import vm from 'node:vm'
import {
  type Copy,
  fileOf,
  isFileId,
  type MaybePromise,
  type ModuleId,
  type ResolveKind,
  type ScopeRules,
} from 'fresh-modules/internal/core'
import type { Handles } from '../jest/handles.ts'
import type { Evaluation } from '../jest/hook-points.ts'
import { idOfFile, queryOf } from '../jest/module-ids.ts'
import { staticRequests } from '../jest/request-edges.ts'
import type { Resolution } from '../jest/resolution.ts'
import type { CjsModule, JestObject, RuntimeInternals, VmModule } from '../jest/runtime-internals/detect.ts'
import type { SourceFiles } from '../jest/source-files.ts'
import { initializeMeta } from './import-meta.ts'
import { assertVmModules, notFoundInstead } from './not-fresh.ts'
import type { SharedImports } from './shared-imports.ts'
import type { TargetRequests } from './target-requests.ts'
import { uncached } from './uncached.ts'

/** What copies are made of. */
export interface EsmCopiesOptions {
  readonly internals: RuntimeInternals
  readonly resolution: Resolution
  readonly files: SourceFiles
  readonly handles: Handles
  readonly targets: TargetRequests
  readonly sharedImports: SharedImports
  readonly realm: typeof globalThis
  vmContext(): object
  beforeEvaluation(evaluation: Evaluation): void
  /** As a plain import by `importer` does. */
  load(id: ModuleId, importer: string, kind: ResolveKind): MaybePromise<Copy>
}

/** What the scope of the copies decides, and does for CommonJS modules. */
interface EsmScope {
  readonly rules: ScopeRules
  requireCopy(id: ModuleId, importer: string, specifier: string): CjsModule
  jestObject(file: string): JestObject
  resolveForMeta(specifier: string, importer: string): string
  /** @throws the not-found error of that kind of request, for what the scope blocks */
  refuseBlocked(kind: ResolveKind, specifier: string, importer: string, id?: ModuleId): void
}

interface EsmCopy {
  readonly id: ModuleId
  readonly module: VmModule
  /** Static imports: the module that has been evaluated already, or the id of one that is this scope's own. */
  readonly links: Map<string, VmModule | ModuleId>
  meta: object | undefined
  isReported: boolean
}

interface VmModules {
  SourceTextModule: new (code: string, options: object) => VmModule
  SyntheticModule: new (names: string[], evaluate: (this: VmModule) => void, options: object) => VmModule
}
const { SourceTextModule, SyntheticModule } = vm as unknown as VmModules

export class EsmCopies {
  readonly #given: EsmCopiesOptions
  readonly #scope: EsmScope
  /** Id -> this scope's copy; a promise while its requests are resolved. */
  readonly #building = new Map<ModuleId, Promise<EsmCopy>>()
  /** Id -> the same, once it has been built. */
  readonly #copies = new Map<ModuleId, EsmCopy>()
  /** Id of a CommonJS module -> the view that ES modules of this scope have of its copy. */
  readonly #views = new Map<ModuleId, Promise<VmModule>>()
  readonly #evaluations = new WeakMap<VmModule, Promise<void>>()
  /** Linking takes whole graphs; two at a time would meet in modules that are half linked. */
  #linking: Promise<void> = Promise.resolve()

  constructor(given: EsmCopiesOptions, scope: EsmScope) {
    this.#given = given
    this.#scope = scope
  }

  /** The scope's copy as an ES importer sees it. */
  async evaluate(id: ModuleId, importer: string): Promise<Copy> {
    const { internals, resolution, realm, load } = this.#given
    assertVmModules(realm, id)
    if (await internals.isMockedEsm(importer, fileOf(id))) return load(id, importer, 'import')
    const { namespace } = await this.evaluated(id, importer)
    if (resolution.isEsmTarget(id)) return { id, exports: namespace, handle: this.#copies.get(id)?.meta }
    return { id, exports: namespace, handle: this.#scope.requireCopy(id, importer, fileOf(id)) }
  }

  /** Answers an `import()` of a copy. */
  async importFrom(importer: string, specifier: string): Promise<VmModule> {
    this.#given.internals.assertAlive()
    const target = await this.#given.targets.import(importer, specifier)
    if (target) return target
    const found = await this.#find(importer, specifier)
    return typeof found === 'string' ? this.evaluated(found, importer) : found
  }

  /** What a request of a copy is answered with: a plain module that has been evaluated, or an id of the scope's own. */
  async #find(importer: string, specifier: string): Promise<VmModule | ModuleId> {
    const { rules } = this.#scope
    this.#scope.refuseBlocked('import', specifier, importer)
    const { conditions } = rules
    const { id, isMocked } = await this.#given.resolution.idOfImport(specifier, importer, conditions)
    const isChosen = conditions.length > 0 && id !== undefined && isFileId(id) && !isMocked
    const chosen = isChosen ? this.#given.internals.esmSpecifier(fileOf(id), queryOf(id)) : specifier
    const plain = () => this.#given.sharedImports.import(importer, chosen, rules.caller)
    if (id === undefined) return plain()
    this.#scope.refuseBlocked('import', specifier, importer, id)
    if (isMocked) return plain()
    return (await rules.decide(id)) === 'fresh' ? id : plain()
  }

  /** The scope's copy of a module, evaluated with all of its graph. */
  async evaluated(id: ModuleId, importer: string): Promise<VmModule> {
    if (!this.#given.resolution.isEsmTarget(id)) return this.#view(id, importer)
    const graph = new Set<ModuleId>()
    try {
      const { module } = await this.#load(id, importer, graph)
      await this.#inTurn(() => this.#link(module))
      await this.#run(module, graph)
      this.#report(id)
      return module
    } catch (error) {
      // No partial copy stays. What had been evaluated before is of use to others.
      for (const reached of graph) this.#dropUnlessDone(reached)
      this.#given.files.forget(id)
      throw error
    }
  }

  #dropUnlessDone(id: ModuleId): void {
    const status = this.#copies.get(id)?.module.status
    if (status === 'evaluated' || status === 'evaluating') return
    this.#copies.delete(id)
    this.#building.delete(id)
  }

  #inTurn(link: () => Promise<void>): Promise<void> {
    const mine = this.#linking.then(link)
    this.#linking = mine.catch(() => {})
    return mine
  }

  async #link(root: VmModule): Promise<void> {
    if (root.status !== 'unlinked') return
    const byModule = new Map([...this.#copies.values()].map((copy) => [copy.module, copy]))
    await root.link((specifier, referencing) => {
      const target = byModule.get(referencing)?.links.get(specifier)
      const module = typeof target === 'string' ? this.#copies.get(target)?.module : target
      if (!module) throw new Error(`"${specifier}" of "${referencing.identifier}" has not been resolved`)
      return module
    })
  }

  async #run(module: VmModule, graph: ReadonlySet<ModuleId>): Promise<void> {
    const running = this.#evaluations.get(module)
    if (running && module.status === 'evaluating') return running
    const evaluation = module.evaluate()
    for (const id of graph) {
      const copy = this.#copies.get(id)
      if (copy && !this.#evaluations.has(copy.module)) this.#evaluations.set(copy.module, evaluation)
    }
    await evaluation
  }

  /** Tells the core of what has been evaluated: imports before importers, as it was. */
  #report(id: ModuleId): void {
    const copy = this.#copies.get(id)
    if (!copy || copy.isReported || copy.module.status !== 'evaluated') return
    copy.isReported = true
    for (const target of copy.links.values()) if (typeof target === 'string') this.#report(target)
    this.#scope.rules.onEvaluated({ id, exports: copy.module.namespace, handle: copy.meta })
  }

  /** Builds a copy and all of the scope's own beneath it; `graph` gets their ids. */
  async #load(id: ModuleId, importer: string, graph: Set<ModuleId>): Promise<EsmCopy> {
    graph.add(id)
    let building = this.#building.get(id)
    if (!building) {
      building = this.#build(id, importer)
      this.#building.set(id, building)
    }
    const copy = await building
    for (const target of copy.links.values()) {
      if (typeof target === 'string' && !graph.has(target)) await this.#load(target, fileOf(id), graph)
    }
    return copy
  }

  async #build(id: ModuleId, importer: string): Promise<EsmCopy> {
    const { resolution, beforeEvaluation } = this.#given
    const file = fileOf(id)
    beforeEvaluation({ id, importer: idOfFile(importer), kind: 'import', fresh: true })
    const module = file.endsWith('.json') ? this.#json(file) : await this.#source(id, importer)
    const copy: EsmCopy = { id, module, links: new Map(), meta: undefined, isReported: false }
    for (const specifier of staticRequests(module)) {
      const target = await this.#find(file, specifier)
      const isOwnEsm = typeof target === 'string' && resolution.isEsmTarget(target)
      copy.links.set(
        specifier,
        typeof target !== 'string' || isOwnEsm ? target : await this.#view(target, file),
      )
    }
    this.#copies.set(id, copy)
    return copy
  }

  async #source(id: ModuleId, importer: string): Promise<VmModule> {
    const { internals, handles, realm, vmContext } = this.#given
    const file = fileOf(id)
    let code: string
    try {
      code = await internals.transformEsm(file)
    } catch (error) {
      throw notFoundInstead(realm, error, { kind: 'import', id, importer })
    }
    const options = {
      context: vmContext(),
      identifier: file,
      importModuleDynamically: (specifier: string) => this.importFrom(file, specifier),
      initializeImportMeta: (meta: object) => {
        const copy = this.#copies.get(id)
        if (copy) copy.meta = meta
        handles.note(meta, id)
        initializeMeta(meta, {
          file,
          query: queryOf(id),
          isMain: false,
          jest: this.#scope.jestObject(file),
          resolve: (specifier, parent) => this.#scope.resolveForMeta(specifier, parent),
        })
      },
    }
    return uncached(() => new SourceTextModule(code, options))
  }

  #json(file: string): VmModule {
    const { internals, vmContext } = this.#given
    const evaluate = function (this: VmModule) {
      this.setExport('default', internals.parseJson(file))
    }
    return new SyntheticModule(['default'], evaluate, { context: vmContext(), identifier: file })
  }

  /** A CommonJS copy as ES modules see it: `default` is its `module.exports`, which never is a live binding. */
  #view(id: ModuleId, importer: string): Promise<VmModule> {
    let view = this.#views.get(id)
    if (!view) {
      view = this.#buildView(id, importer)
      this.#views.set(id, view)
      view.catch(() => this.#views.delete(id))
    }
    return view
  }

  async #buildView(id: ModuleId, importer: string): Promise<VmModule> {
    const { internals, vmContext } = this.#given
    const file = fileOf(id)
    const { exports } = this.#scope.requireCopy(id, importer, file)
    const isObject = exports !== null && (typeof exports === 'object' || typeof exports === 'function')
    const names = new Set(isObject ? [...internals.exportNames(importer, file), ...Object.keys(exports)] : [])
    for (const name of names) {
      if (name === 'default' || name === 'module.exports' || !Object.hasOwn(exports as object, name))
        names.delete(name)
    }
    const evaluate = function (this: VmModule) {
      for (const name of names) this.setExport(name, (exports as Record<string, unknown>)[name])
      this.setExport('default', exports)
      this.setExport('module.exports', exports)
    }
    const view = new SyntheticModule([...names, 'default', 'module.exports'], evaluate, {
      context: vmContext(),
      identifier: file,
    })
    // Linked by construction from Node 24.8 on.
    if (view.status === 'unlinked') await view.link(() => view)
    await view.evaluate()
    return view
  }
}
