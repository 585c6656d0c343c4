/** What resets need of Jest's runtime. */
import {
  builtinName,
  type Evidence,
  fileOf,
  type Installed,
  isFirstParty,
  keptByFramework,
  type ModuleId,
  noteBaseline,
  placeAt,
  type ResetSupport,
} from 'fresh-modules/internal/core'
import type { Records } from '../jest/records.ts'
import type { Resolution } from '../jest/resolution.ts'
import type { RuntimeInternals } from '../jest/runtime-internals/detect.ts'
import { CollectionReads } from './collection-reads.ts'
import { EvidenceReader } from './evidence.ts'
import { lineInSource } from './place-in-source.ts'

export interface JestResetsOptions {
  readonly installed: Installed
  readonly internals: RuntimeInternals
  readonly registry: Pick<Records, 'all' | 'staticImports' | 'batch'>
  readonly realm: typeof globalThis
  readonly resolution: Resolution
}

export class JestResets implements ResetSupport {
  readonly #installed: Installed
  readonly #internals: RuntimeInternals
  readonly #registry: Pick<Records, 'all' | 'staticImports' | 'batch'>
  readonly #realm: typeof globalThis
  /** First-party modules that were loaded before the test file was. */
  #setup = new Set<ModuleId>()
  /** Paths of the files whose code has registered test hooks. */
  readonly #registering = new Set<string>()

  /** Whether modules are reset between the tests of this file. */
  isOn = false
  /** What is used while the test file is collected. */
  readonly reads: CollectionReads
  readonly #evidence: EvidenceReader
  #areBaselinesTaken = false

  constructor({ installed, internals, registry, realm, resolution }: JestResetsOptions) {
    this.#installed = installed
    this.#internals = internals
    this.#registry = registry
    this.#realm = realm
    this.reads = new CollectionReads(realm)
    this.#evidence = new EvidenceReader(internals, (specifier, importer) => {
      if (internals.isCore(specifier)) return builtinName(specifier) as ModuleId
      return resolution.idOfEdge(specifier, importer, 'require') ?? undefined
    })
  }

  /** The test file is about to be evaluated: what is loaded by now was loaded by setup files. */
  noteSetupDone(): void {
    this.#setup = new Set()
    for (const { id } of this.#registry.all()) if (isFirstParty(id)) this.#setup.add(id)
    if (this.isOn) this.reads.start()
  }

  /** A hook works on the copy of the module that has registered it: another one would not know of it. */
  noteHook(files: Iterable<string>): void {
    for (const file of files) this.#registering.add(file)
  }

  #isMocked(id: ModuleId): boolean {
    const { testFile } = this.#installed.host
    return testFile !== undefined && this.#internals.isMockedCjs(testFile, fileOf(id))
  }

  evidence(id: ModuleId): Evidence | undefined {
    return this.#evidence.of(id)
  }

  usedWhileCollecting(id: ModuleId): (() => string) | undefined {
    const place = this.reads.firstUse(fileOf(id))
    return place && (() => this.#placeOf(place))
  }

  #placeOf(trace: Error): string {
    const { testFile, root } = this.#installed.host
    const sourceMapOf = (file: string) => this.#internals.sourceMapOf(file)
    return placeAt(testFile, root, testFile && lineInSource(trace, this.#realm, testFile, sourceMapOf))
  }

  /** All tests are known. What modules without state export by now is what they are to export in each test. */
  noteCollected(): void {
    this.reads.stop()
    for (const { id, exports } of this.#registry.all()) {
      // The test file, often the largest of all, is never evaluated again.
      if (isFirstParty(id) && fileOf(id) !== this.#installed.host.testFile)
        noteBaseline(this.#installed, { id, exports })
    }
    this.#areBaselinesTaken = true
  }

  /** A registered module has been evaluated. */
  noteEvaluated(id: ModuleId, exports: unknown): void {
    if (!this.isOn) return
    if (this.#areBaselinesTaken) noteBaseline(this.#installed, { id, exports })
    else this.reads.watch(fileOf(id), exports)
  }

  staticImports(id: ModuleId): Iterable<ModuleId> {
    return this.#registry.staticImports(id)
  }

  batch<T>(run: () => Promise<T>): Promise<T> {
    return this.#registry.batch(run)
  }

  keptBetweenTests(id: ModuleId): string | undefined {
    return keptByFramework({
      isMocked: this.#isMocked(id),
      isOfSetup: this.#setup.has(id),
      hasRegisteredHooks: () => this.#registering.has(fileOf(id)),
    })
  }
}
