/**
 * What all Node hosts of one thread share, since the thread has one module loader: hooks and patches are installed
 * once, and marks in URLs are unique. It stands on the global, so that two copies of the core agree.
 */
import type { CoreState } from '../host/core-state.ts'
import { installedIn } from '../host/host-slot.ts'
import { runImportHooks } from '../host/lifecycle.ts'
import type { ModuleId } from '../host/module-id.ts'
import { canRegisterHooks } from './capabilities.ts'
import { createCopyClass } from './cjs/copy.ts'
import { patchCommonJs } from './cjs/patch-commonjs.ts'
import { EsmRegistry } from './esm/esm-registry.ts'
import { patchCreateRequire, registerModuleHooks } from './esm/module-hooks.ts'
import { idOfUrl, type Mark, marked, urlOfId } from './esm/urls.ts'
import { formatOf } from './format.ts'
import { assertKnownLoader, type CommonJsModule } from './node-internals.ts'
import { NodeTestMocks } from './node-test-mocks.ts'
import { PlainLoader } from './plain-loader.ts'
import type { CopyClass, FreshScope, World } from './world.ts'
import { WORLD_SLOT } from './world-slot.ts'

type Slotted = typeof globalThis & { [WORLD_SLOT]?: NodeWorld }

/** What the parts of it are for is said at `World`. */
export class NodeWorld implements World {
  readonly scopes = new Map<Mark, FreshScope>()
  readonly Copy: CopyClass
  readonly loader: PlainLoader
  readonly generations = new Map<ModuleId, number>()
  readonly movedEsm = new Map<ModuleId, { required?: unknown }>()
  readonly resolutions = new Map<string, Map<string, ModuleId>>()
  readonly esm: EsmRegistry = new EsmRegistry(this)
  readonly handles = new Map<string, object>()
  readonly ownKeys = new WeakMap<object, ReadonlySet<PropertyKey>>()
  readonly reloading = new WeakSet<CommonJsModule>()
  readonly gates = new Map<string, { readonly passed: Promise<unknown>; readonly open: () => void }>()
  /** ES modules evaluated again, which the engine never lets go. */
  esmCopies = 0
  beforeEvaluation: World['beforeEvaluation']
  evaluationFailed: World['evaluationFailed']
  nodeTestAsked: World['nodeTestAsked']
  fileAsked: World['fileAsked']
  requiring: World['requiring']
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

  scopeOf(module: object): FreshScope | undefined {
    return this.Copy.scopeOf(module)
  }

  /**
   * Registers our loader hooks, once. Returns whether this Node supports them. Not at start-up: any hook costs Node some
   * 15 µs for each CommonJS file, several times as much as loading it.
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

  registeredUrl(id: ModuleId): string {
    const generation = this.generations.get(id)
    const url = urlOfId(id)
    return generation === undefined ? url : marked(url, `g${generation}`)
  }

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
  const known = realm[WORLD_SLOT]
  if (known) return known
  const world = new NodeWorld()
  Object.defineProperty(realm, WORLD_SLOT, { value: world, configurable: true, enumerable: false })
  return world
}
