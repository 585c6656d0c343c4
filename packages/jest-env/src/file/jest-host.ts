/** The core's port, answered by Jest's runtime. */
import {
  type Copy,
  type CoreState,
  fileOf,
  type HostScope,
  type Installed,
  type MaybePromise,
  type ModuleFacts,
  type ModuleHost,
  type ModuleId,
  type ModuleRecord,
  type ReloadedCopy,
  type ResolveKind,
  type ScopeRules,
  shareLoadedAddons,
  type TakenRecords,
} from 'fresh-modules/internal/core'
import { JestScope, type ScopeOptions } from '../fresh/jest-scope.ts'
import { assertVmModules } from '../fresh/not-fresh.ts'
import { SharedImports } from '../fresh/shared-imports.ts'
import { TargetRequests } from '../fresh/target-requests.ts'
import { REMEDIES } from '../guard/remedies.ts'
import { Handles } from '../jest/handles.ts'
import type { HookPoints } from '../jest/hook-points.ts'
import { queryOf } from '../jest/module-ids.ts'
import { isFrameworkModule } from '../jest/never-touch.ts'
import { Records } from '../jest/records.ts'
import { Requests } from '../jest/request-edges.ts'
import { Resolution } from '../jest/resolution.ts'
import type { RuntimeHooks, RuntimeInternals } from '../jest/runtime-internals/detect.ts'
import { Spies } from '../jest/runtime-internals/spies.ts'
import { SourceFiles } from '../jest/source-files.ts'
import { ExportsDefinitions } from '../reset/exports-definitions.ts'
import { JestResets } from '../reset/jest-resets.ts'
import { type ReloadWorld, reloadCjs } from '../reset/reload-cjs.ts'
import { RunningReloads } from '../reset/running-reloads.ts'
import { Facts } from './facts.ts'
import { RegisteredWorld } from './registered-world.ts'

export interface JestHostOptions {
  readonly state: CoreState
  /** The sandbox's global. */
  readonly realm: typeof globalThis
  vmContext(): object
  readonly root: string
  readonly testFile: string
  readonly points: HookPoints
  /** What the environment makes mock functions with. */
  readonly moduleMocker: object
  /** The runtime, of which nothing has been watched yet. */
  readonly internals: RuntimeInternals
  /** In a realm that files share: what the runtime tells in place of that world. */
  readonly watchBy?: ((world: RegisteredWorld, requests: Requests) => RuntimeHooks) | undefined
}

export class JestHost implements ModuleHost {
  readonly label: string
  readonly root: string
  readonly testFile: string
  readonly remedies = REMEDIES
  readonly resets: JestResets
  /** The host as the core has it. */
  readonly installed: Installed
  readonly #realm: typeof globalThis
  readonly #internals: RuntimeInternals
  readonly #resolution: Resolution
  readonly #registry: Records
  readonly #handles: Handles
  readonly #facts: Facts
  readonly #files: SourceFiles
  /** What each scope is made of, except its rules. */
  readonly #scopes: ScopeOptions
  /** What reloads work on. */
  readonly #reloads: ReloadWorld

  /**
   * Builds the parts, each from what stands above it; no part knows the host.
   *
   *     internals                         the runtime, not watched yet
   *       resolution, files
   *         requests                      (resolution)
   *           registry                    (internals, requests)
   *             handles, facts, resets, sharedImports
   *         targets                       (state, resolution)
   *       definitions, spies, running     (the realm, the mocker)
   *     scopes, reloads                   all of these; used when a scope is opened, a module reloaded
   *     RegisteredWorld                   all of these; `internals.watch` tells it, from then on, what the runtime does
   */
  constructor(given: JestHostOptions) {
    const { state, realm, vmContext, root, testFile, points, moduleMocker, internals, watchBy } = given
    shareLoadedAddons(realm)
    const resolution = new Resolution(internals)
    const files = new SourceFiles(internals)
    const requests = new Requests((...request) => resolution.idOfEdge(...request))
    const registry = new Records(internals, requests)
    const handles = new Handles(registry)
    const sharedImports = new SharedImports({ internals, registry, vmContext })
    const targets = new TargetRequests({ state, realm, internals, resolution })
    const definitions = new ExportsDefinitions(realm)
    const spies = new Spies(moduleMocker)
    const running = new RunningReloads()
    this.label = `Jest ${internals.version}`
    this.root = root
    this.testFile = testFile
    this.installed = { host: this, state }
    this.resets = new JestResets({ installed: this.installed, internals, registry, realm, resolution })
    this.#realm = realm
    this.#internals = internals
    this.#resolution = resolution
    this.#registry = registry
    this.#handles = handles
    this.#facts = new Facts(internals, registry, realm)
    this.#files = files
    this.#scopes = {
      internals,
      resolution,
      files,
      handles,
      targets,
      sharedImports,
      realm,
      testFile,
      vmContext,
      beforeEvaluation: points.beforeEvaluation,
      load: (...request) => this.load(...request),
    }
    this.#reloads = {
      internals,
      registry,
      definitions,
      spies,
      realm,
      record: (id) => registry.get(id),
      forget: (id) => files.forget(id),
      runReload: (module, run) => running.run(module, run),
    }
    const world = new RegisteredWorld({
      internals,
      resolution,
      registry,
      requests,
      handles,
      targets,
      definitions,
      running,
      resets: this.resets,
      state,
      testFile,
      points,
    })
    internals.watch(watchBy?.(world, requests) ?? world)
  }

  isProtected(id: ModuleId): boolean {
    return isFrameworkModule(id)
  }

  resolve(specifier: string, importer: string, kind: ResolveKind): MaybePromise<ModuleId> {
    return this.#resolution.idOf(specifier, importer, kind)
  }

  resolveWith(
    conditions: readonly string[],
    specifier: string,
    importer: string,
    kind: ResolveKind,
  ): MaybePromise<ModuleId> {
    return this.#resolution.idOf(specifier, importer, kind, conditions)
  }

  facts(id: ModuleId): ModuleFacts {
    return this.#facts.of(id)
  }

  factsOfRegistered(id: ModuleId): ModuleFacts {
    return this.#facts.ofRegistered(id)
  }

  record(id: ModuleId): ModuleRecord | undefined {
    return this.#registry.get(id)
  }

  records(): Iterable<ModuleRecord> {
    return this.#registry.all()
  }

  idOf(object: object): ModuleId | undefined {
    return this.#handles.idOf(object)
  }

  load(id: ModuleId, importer: string, kind: ResolveKind): MaybePromise<Copy> {
    const [file, query] = [fileOf(id), queryOf(id)]
    if (kind === 'require' || !(this.#resolution.isEsm(importer) || this.#resolution.isEsm(file))) {
      const exports = this.#internals.requirePlain(importer, file)
      return { id, exports, handle: this.#registry.cjs(id) }
    }
    assertVmModules(this.#realm, id)
    const loading = this.#internals.importPlain(importer, this.#internals.esmSpecifier(file, query))
    return loading.then(({ namespace }) => ({ id, exports: namespace, handle: this.record(id)?.handle }))
  }

  openScope(rules: ScopeRules, kind: ResolveKind): HostScope {
    return new JestScope(this.#scopes, rules, kind)
  }

  take(ids: readonly ModuleId[]): TakenRecords {
    return this.#registry.take(ids)
  }

  drop(ids: readonly ModuleId[]): void {
    this.#registry.drop(ids)
    for (const id of ids) this.refresh(id)
  }

  reload(id: ModuleId): ReloadedCopy {
    this.refresh(id)
    return reloadCjs(this.#reloads, id)
  }

  refresh(id: ModuleId): void {
    this.#files.refresh(id)
  }
}
