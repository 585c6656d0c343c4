/** What the runtime does in the world of registered modules, and what follows from it for us. */
import {
  isFileId,
  isFirstParty,
  type ModuleId,
  noteAddonLoaded,
  realIdentityOf,
} from 'fresh-modules/internal/core'
import type { RegistryReset } from '../jest/hook-points.ts'
import { idOfFile } from '../jest/module-ids.ts'
import type {
  CjsLoad,
  CjsModule,
  JestRequire,
  LoadEnd,
  RuntimeHooks,
  VmModule,
} from '../jest/runtime-internals/detect.ts'
import type { JestHost } from './jest-host.ts'

export class RegisteredWorld implements RuntimeHooks {
  readonly #host: JestHost
  /** ES modules that `onImport` hooks have been told of, or that were loaded before there was a hook. */
  readonly #told = new WeakSet<VmModule>()
  /** How many mocks are being made, one for the sake of the other. */
  #mocking = 0
  /** Registry of ES modules -> those of its modules that the guard has been asked about, since it was last empty. */
  #announced = new WeakMap<object, Set<ModuleId>>()

  constructor(host: JestHost) {
    this.#host = host
  }

  loading({ module, importer, isMock }: CjsLoad): LoadEnd | undefined {
    const host = this.#host
    const id = idOfFile(module.filename)
    host.noteHandle(module, id)
    if (module.filename === host.testFile) host.points.testFile()
    // What a mock stands for is no copy, and neither is what is evaluated to make one.
    if (isMock || this.#mocking > 0) return undefined
    if (!host.isReloading(module)) {
      host.points.beforeEvaluation({
        id,
        importer: importer === module.filename ? undefined : idOfFile(importer),
        kind: 'require',
        fresh: false,
      })
    }
    const { exports: initial } = module
    const endDefinitions = isFirstParty(id) ? host.definitions.begin(module) : undefined
    const { resets } = host
    const evaluated = module.filename === host.testFile ? undefined : resets.reads.evaluating()
    return (hasFailed) => {
      endDefinitions?.(hasFailed)
      evaluated?.()
      if (module.exports !== initial) host.definitions.noteHandedOut(module)
      if (!hasFailed && id.endsWith('.node')) noteAddonLoaded(id, importer)
      if (hasFailed || host.isReloading(module)) return
      if (endDefinitions && evaluated) resets.noteEvaluated(id, module.exports)
      host.points.afterEvaluation({ id, exports: module.exports, handle: module })
    }
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
    const host = this.#host
    // Every module has one. A proxy has all that hangs on the original, and costs next to nothing to make.
    return new Proxy(original, {
      apply(_, __, [specifier]: [string]) {
        host.requests.noteRequire(module, specifier)
        if (host.state.pendingCalls === 0) return original(specifier)
        const target = host.requireTarget(module.filename, specifier, () => original(specifier))
        return target ? target.exports : original(specifier)
      },
    })
  }

  async import(
    { specifier, importer }: { specifier: string; importer: string },
    proceed: () => Promise<VmModule>,
  ): Promise<VmModule> {
    const host = this.#host
    this.importing()
    const target = host.state.pendingCalls > 0 ? await host.importTarget(importer, specifier) : undefined
    if (target) return target
    host.requests.noteImport(importer, specifier)
    await this.#announce(specifier, importer)
    return proceed()
  }

  /** Before an ES module is linked, which is before its body runs, those who want to look in are told. */
  async #announce(specifier: string, importer: string): Promise<void> {
    const host = this.#host
    let found: { id: ModuleId | undefined; isMocked: boolean }
    try {
      found = await host.idOfImport(specifier, importer)
    } catch {
      // Not found: the import itself says so.
      return
    }
    const { id, isMocked } = found
    if (isMocked) return
    if (id === undefined || !isFileId(id) || !host.isEsmTarget(id) || host.registry.esm(id)) return
    this.#announceOnce(id, idOfFile(importer))
  }

  building({ file, query, importer }: { file: string; query: string; importer: string | undefined }): void {
    if (this.#mocking > 0) return
    this.#announceOnce(`${file}${query}` as ModuleId, importer === undefined ? undefined : idOfFile(importer))
  }

  /** The runtime may try one way to build a graph and go on with another: that is one evaluation. */
  #announceOnce(id: ModuleId, importer: ModuleId | undefined): void {
    const { points, internals, state } = this.#host
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
      this.#host.points.afterEvaluation({ id, exports, handle: this.#host.record(id)?.handle })
    })
  }

  importing(entry?: string): void {
    if (entry === this.#host.testFile) this.#host.points.testFile()
    this.#eachHooked((_, module) => {
      if (module.status === 'evaluated') this.#told.add(module)
    })
  }

  #eachHooked(visit: (id: ModuleId, module: VmModule) => void): void {
    const { state, registry } = this.#host
    if (state.importHooks.size === 0) return
    for (const id of state.importHooks.keys()) {
      const module = registry.cjs(id) ? undefined : registry.esm(id)
      if (module) visit(id, module)
    }
  }

  isolating(): void {
    this.#host.points.isolating()
  }

  reset(by: RegistryReset): void {
    if (by === 'resetModules') {
      this.#host.requests.forgetAll()
      this.#announced = new WeakMap()
    } else this.#host.requests.version++
    this.#host.points.registryReset(by)
  }
}
