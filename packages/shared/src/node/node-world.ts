/**
 * What all Node hosts of one thread share, since the thread has one module loader: hooks and patches are installed
 * once, and marks in URLs are unique. It stands on the global, so that two copies of the core agree.
 */
import type { CoreState } from '../host/core-state.ts'
import { installedIn } from '../host/host-slot.ts'
import { runImportHooks } from '../host/lifecycle.ts'
import type { ModuleId } from '../host/module-id.ts'
import { canRegisterHooks } from './capabilities.ts'
import { type CopyClass, createCopyClass } from './cjs/copy.ts'
import { patchCommonJs } from './cjs/patches.ts'
import { EsmRegistry } from './esm/esm-registry.ts'
import { patchCreateRequire, registerModuleHooks } from './esm/module-hooks.ts'
import { idOfUrl, type Mark, marked, urlOfId } from './esm/urls.ts'
import { formatOf } from './format.ts'
import { assertKnownLoader, type CommonJsModule } from './node-internals.ts'
import type { NodeScope } from './node-scope.ts'
import { NodeTestMocks } from './node-test-mocks.ts'
import { PlainLoader } from './plain-loader.ts'

const SLOT = Symbol.for('fresh-modules.node')
type Slotted = typeof globalThis & { [SLOT]?: NodeWorld }

/** An expression that finds the world, for the text of modules that we make. */
export const WORLD_EXPRESSION = "globalThis[Symbol.for('fresh-modules.node')]"

export class NodeWorld {
  /**
   * Mark -> the scope whose copies' URLs have it. A scope of ES modules stands here while it evaluates, and from then
   * on if one of its sources can ask for more later: the engine keeps such a copy for ever, and its scope with it.
   */
  readonly scopes = new Map<Mark, NodeScope>()
  readonly Copy: CopyClass
  readonly loader: PlainLoader
  /**
   * Id -> which registered copy is the current one, for modules that were dropped or set aside: Node's ESM loader
   * goes on giving the first (0), so imports are led to another URL. One entry per module at most.
   */
  readonly generations = new Map<ModuleId, number>()
  /**
   * ES modules that are set aside -> what `require` of them gives meanwhile, once it was called. Its loader looks into
   * its cache by the file's name, where the copy is that has been set aside.
   */
  readonly movedEsm = new Map<ModuleId, { required?: unknown }>()
  /** URL -> relative path in an import there -> what Node has resolved it to. One entry per import of a fresh copy. */
  readonly resolutions = new Map<string, Map<string, ModuleId>>()
  readonly esm = new EsmRegistry(this)
  /** URL -> `import.meta` of a copy that told us of itself, by `onUnload` or `declareSpec`. */
  readonly handles = new Map<string, object>()
  /** Exports of a registered CommonJS module -> the names it had defined when its body had run. */
  readonly ownKeys = new WeakMap<object, ReadonlySet<PropertyKey>>()
  /** Modules that are being reloaded in place: the core tells of those itself. */
  readonly reloading = new WeakSet<CommonJsModule>()
  /** URL -> what the import of that module has to wait for. An entry goes when it is waited for. */
  readonly gates = new Map<string, { readonly passed: Promise<unknown>; readonly open: () => void }>()
  /** ES modules evaluated anew, which the engine never lets go. */
  esmCopies = 0
  /** Told of each registered evaluation before the body runs, with who asked; it may throw to prevent it. */
  beforeEvaluation: ((id: ModuleId, importer: string | undefined) => void) | undefined
  /** Told of registered evaluations of CommonJS files that failed. */
  evaluationFailed: ((id: ModuleId) => void) | undefined
  /** Called when something asks for node:test. */
  nodeTestAsked: (() => void) | undefined
  #next = 0
  /** Whether requests of ES modules can pass through us: see `useHooks`. */
  readonly hasHooks = canRegisterHooks()
  #areHooksUsed = false

  constructor() {
    assertKnownLoader()
    this.Copy = createCopyClass()
    // Before our own patches, which it is not to find.
    this.loader = new PlainLoader()
    patchCommonJs(this)
  }

  /** For the vitest adapter: whose modules are copies of ours. */
  readonly scopesOfModules = { has: (module: object): boolean => this.scopeOf(module) !== undefined }

  /** The scope whose copy of a CommonJS file this is. */
  scopeOf(module: object): NodeScope | undefined {
    return this.Copy.scopeOf(module)
  }

  /**
   * From now on they do, where they can, which is handed back. Not from the start: Node takes some 15 µs longer to load
   * any CommonJS file where there is a hook, several times as long as to load it.
   */
  useHooks(): boolean {
    if (this.#areHooksUsed || !this.hasHooks) return this.hasHooks
    this.#areHooksUsed = true
    patchCreateRequire(this)
    this.#register()
    return true
  }

  /** Hooks that are registered last are asked first. */
  readonly mocks = new NodeTestMocks(() => {
    if (this.#areHooksUsed) this.#register()
  })
  #deregister = () => {}

  #register(): void {
    this.#deregister()
    this.loader.exceptOurs(() => {
      this.#deregister = registerModuleHooks(this)
    })
  }

  get state(): CoreState | undefined {
    return installedIn(globalThis)?.state
  }

  nextNumber(): number {
    return ++this.#next
  }

  /** The URL by which a plain import gets the registered copy. */
  registeredUrl(id: ModuleId): string {
    const generation = this.generations.get(id)
    const url = urlOfId(id)
    return generation === undefined ? url : marked(url, `g${generation}`)
  }

  /** The loader is about to compile a registered ES module. */
  registeredLoad(url: string): void {
    this.esm.noteLoad(url)
    const id = idOfUrl(url)
    // A CommonJS file is asked about where its body starts.
    if (this.beforeEvaluation && formatOf(id) === 'module') this.beforeEvaluation(id, undefined)
  }

  /** Called by the text of an ES module that has `onImport` hooks, when its body has run. */
  evaluated(url: string, namespace: object): void {
    const id = idOfUrl(url)
    this.esm.noteNamespace(url, id, namespace)
    const { state } = this
    if (state)
      runImportHooks(state, { id, exports: namespace, handle: undefined }, { reloaded: false, fresh: false })
  }

  /** For the text of a facade: the values of what a CommonJS copy exports. */
  commonJsBindings(mark: Mark, id: ModuleId, names: readonly string[]): ReadonlyMap<string, unknown> {
    return this.esm.commonJsBindings(mark, id, names)
  }

  /** Makes the import of a module wait for `ready`, unless what is waited for imports it itself. */
  addGate(url: string, ready: Promise<unknown>): void {
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    const gate = { passed: Promise.race([ready, opened]), open }
    this.gates.set(url, gate)
    // Who comes later need not wait. A failure stays, for the import that has to fail with it.
    const passed = () => this.gates.get(url) === gate && this.gates.delete(url)
    ready.then(passed, () => {})
  }

  openGate(url: string): void {
    this.gates.get(url)?.open()
    this.gates.delete(url)
  }

  async gate(url: string): Promise<void> {
    const gate = this.gates.get(url)
    this.gates.delete(url)
    await gate?.passed
  }
}

export function nodeWorld(): NodeWorld {
  const realm = globalThis as Slotted
  const known = realm[SLOT]
  if (known) return known
  const world = new NodeWorld()
  Object.defineProperty(realm, SLOT, { value: world, configurable: true, enumerable: false })
  return world
}
