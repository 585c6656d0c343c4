/** What resets need of Jest's runtime. */
import {
  type Evidence,
  fileOf,
  isFirstParty,
  type ModuleId,
  noteBaseline,
  placeOf,
  type ResetSupport,
} from 'fresh-modules/internal/core'
import type { JestHost } from '../file/jest-host.ts'
import { CollectionReads } from './collection-reads.ts'
import { EvidenceReader } from './evidence.ts'
import { filesOf } from './hook-definitions.ts'

export class JestResets implements ResetSupport {
  readonly #host: JestHost
  /** First-party modules that were loaded before the test file was. */
  #setup = new Set<ModuleId>()
  /** Paths of the files whose code has registered test hooks. */
  readonly #registering = new Set<string>()
  /** Where hooks were registered, not looked at yet: the stack of an error costs milliseconds to read. */
  #definitions: Error[] = []

  /** Whether modules are reset between the tests of this file. */
  isOn = false
  /** What is used while the test file is collected. */
  readonly reads: CollectionReads
  readonly #evidence: EvidenceReader
  #areBaselinesTaken = false

  constructor(host: JestHost) {
    this.#host = host
    this.reads = new CollectionReads(host.realm)
    this.#evidence = new EvidenceReader(host.internals, (specifier, importer) =>
      host.idOfSpecifier(specifier, importer),
    )
  }

  /** The test file is about to be evaluated: what is loaded by now was loaded by setup files. */
  noteSetupDone(): void {
    this.#setup = new Set()
    for (const { id } of this.#host.records()) if (isFirstParty(id)) this.#setup.add(id)
    if (this.isOn) this.reads.start()
  }

  /** A hook works on the copy of the module that has registered it: another one would not know of it. */
  noteHook(definition: Error): void {
    this.#definitions.push(definition)
  }

  #hasRegisteredHooks(file: string): boolean {
    for (const definition of this.#definitions) {
      for (const path of filesOf(definition)) this.#registering.add(path)
    }
    this.#definitions = []
    return this.#registering.has(file)
  }

  evidence(id: ModuleId): Evidence | undefined {
    return this.#evidence.of(id)
  }

  usedWhileCollecting(id: ModuleId): string | undefined {
    const place = this.reads.firstUse(fileOf(id))
    return place && placeOf(place, this.#host.testFile, this.#host.root)
  }

  /** All tests are known. What modules without state export by now is what they are to export in each test. */
  noteCollected(): void {
    this.reads.stop()
    for (const { id, exports } of this.#host.records()) {
      if (isFirstParty(id)) noteBaseline(this.#host.installed, { id, exports })
    }
    this.#areBaselinesTaken = true
  }

  /** A registered module has been evaluated. */
  noteEvaluated(id: ModuleId, exports: unknown): void {
    if (!this.isOn) return
    if (this.#areBaselinesTaken) noteBaseline(this.#host.installed, { id, exports })
    else this.reads.watch(fileOf(id), exports)
  }

  staticImports(id: ModuleId): Iterable<ModuleId> {
    return this.#host.registry.staticImports(id)
  }

  batch<T>(run: () => Promise<T>): Promise<T> {
    return this.#host.registry.batch(run)
  }

  keptBetweenTests(id: ModuleId): string | undefined {
    if (/[\\/]__mocks__[\\/]/.test(fileOf(id))) return 'it is a mock'
    if (this.#setup.has(id)) return 'a setup file loaded it'
    // A mock may be made of it, and answers for it: another evaluation would reach nobody.
    if (this.#host.internals.isMockedCjs(this.#host.testFile, fileOf(id))) return 'it is mocked'
    return this.#hasRegisteredHooks(fileOf(id)) ? 'it has registered test hooks' : undefined
  }
}
