/** Which kept copies one test file may take over: those for which an evaluation in this file would give the same. */
import type { SharingInternals } from '../jest/runtime-internals/detect.ts'
import type { KeptModule, KeptPackages } from './kept-packages.ts'

export class Adoptions {
  readonly #packages: KeptPackages
  readonly #sharing: SharingInternals
  /** Files that the test file has loaded; a second time they are evaluated. */
  readonly #loaded = new Set<string>()
  /** Files of which the test file has evaluated its own copy, though another is kept. */
  readonly #own = new Set<string>()
  /** What cannot be taken over, for the mocks and copies that there were when it was worked out. */
  #spoiled: { readonly state: string; readonly files: ReadonlySet<string> } | undefined
  /** The test file has dropped its modules: what it evaluates from here on is a second copy. */
  isOver = false

  constructor(packages: KeptPackages, sharing: SharingInternals) {
    this.#packages = packages
    this.#sharing = sharing
  }

  /** Files of packages that this test file may have changed. */
  get loaded(): Iterable<string> {
    return this.#loaded
  }

  /** The copies that a first request for the file brings, what is required first; undefined if it has to be evaluated. */
  of(file: string): readonly KeptModule[] | undefined {
    const kept = this.#packages.get(file)
    if (!kept || !this.mayKeep() || this.#loaded.has(file) || this.#spoiledFiles().has(file)) return undefined
    return this.#packages.subtree(kept)
  }

  /** Whether what is evaluated now may be used by other files. */
  mayKeep(): boolean {
    return !this.isOver && !this.#sharing.isIsolated() && !this.#sharing.isAutomocking()
  }

  noteAdopted(file: string): void {
    this.#loaded.add(file)
  }

  /** @returns whether another copy of it is kept */
  noteEvaluated(file: string): boolean {
    const isOwn = this.#loaded.has(file) || this.#packages.hasWhole(file)
    if (isOwn) this.#own.add(file)
    this.#loaded.add(file)
    return isOwn
  }

  #spoiledFiles(): ReadonlySet<string> {
    const mocked = this.#sharing.mockedKeys()
    const state = `${this.#packages.version} ${this.#own.size} ${mocked.join('\0')}`
    if (this.#spoiled?.state !== state) this.#spoiled = { state, files: this.#findSpoiled(mocked) }
    return this.#spoiled.files
  }

  /** Those that have asked for what is mocked now, or for what is not kept; and whoever has asked for them. */
  #findSpoiled(mocked: readonly string[]): Set<string> {
    const { importers, incomplete } = this.#packages.graph()
    const spoiled = new Set<string>([...incomplete, ...this.#own, ...this.#askersOf(mocked)])
    // The set grows while it is gone through.
    for (const file of spoiled) for (const importer of importers.get(file) ?? []) spoiled.add(importer)
    return spoiled
  }

  #askersOf(mocked: readonly string[]): readonly string[] {
    if (mocked.length === 0) return []
    const { internals } = this.#sharing
    if (!this.#sharing.hasVirtualMocks()) {
      return this.#packages.askersOf(mocked, (file, specifier) =>
        unlessMissing(() => this.#sharing.mockKey(file, specifier)),
      )
    }
    // With these, keys are not what they are in other files.
    return [...this.#packages.all()].flatMap(({ file, requests }) =>
      [...requests.keys()].some((specifier) => unlessMissing(() => internals.isMockedCjs(file, specifier)))
        ? file
        : [],
    )
  }
}

/** What cannot be found was not found before either. */
function unlessMissing<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}
