/** A realm that the test files of a worker share, one after the other: what stays in it, and what happens between two files. */

import { statSync } from 'node:fs'
import type { Found, Globals, Outcome, Realm as RestoredRealm } from '@fresh-modules/restore-globals'
import { type CoreState, isInstalled } from 'fresh-modules/internal/core'
import { CompiledCode } from '../jest/compiled-code.ts'
import type { SharingInternals } from '../jest/runtime-internals/detect.ts'
import {
  beginMocks,
  type EnvironmentState,
  endExpect,
  endMocks,
  forgetGlobals,
} from '../jest/runtime-internals/environment-state.ts'
import { Adoptions } from './adoptions.ts'
import type { FileConsole } from './file-console.ts'
import type { FileInRealmOptions } from './file-in-realm.ts'
import { FileInRealm } from './file-in-realm.ts'
import { KeptPackages } from './kept-packages.ts'
import { globalsOf } from './restore.ts'

export interface RealmOptions {
  /** What the class of the environment has made for the first file, before subclasses add to it. */
  readonly environment: EnvironmentState & { readonly dom?: RestoredRealm['jsdom'] }
  readonly console: FileConsole
  readonly configured: Readonly<Record<string, unknown>>
  readonly environmentFile: string | undefined
  /** Ends the environment as its class does when files are isolated. */
  readonly close: () => Promise<void>
}

/** What is known of a file when its runtime has been constructed. */
export interface FileBeginning
  extends Pick<FileInRealmOptions, 'sharing' | 'resetPackages' | 'isCounted' | 'endsWithFile'> {
  readonly testFile: string
  /** Whether coverage is counted by the engine: by compiled function, for all files that have used it. */
  readonly isCountedByEngine: boolean
}

export class Realm {
  readonly global: object
  /** Own properties of the environment of the first file: each further one has them too. */
  readonly properties: PropertyDescriptorMap
  readonly console: FileConsole
  readonly close: () => Promise<void>
  readonly #globals: Globals
  readonly #packages = new KeptPackages()
  readonly #code = new CompiledCode()
  /** What is written down of modules: the same for all files, whose options are the same. */
  readonly writtenSpecs: CoreState['writtenSpecs'] = new Map()
  /** The environment of the file that runs, or ran last. */
  #environment: EnvironmentState
  #running:
    | { readonly file: FileInRealm; readonly adoptions: Adoptions; readonly sharing: SharingInternals }
    | undefined
  /** Whether a file has begun that has not ended. */
  #isInUse = false
  /** File of a copy that is or was kept -> time and size, in watch mode. */
  readonly #signatures = new Map<string, string>()

  constructor({ environment, console, configured, environmentFile, close }: RealmOptions) {
    this.global = environment.global
    this.properties = Object.getOwnPropertyDescriptors(environment)
    this.console = console
    this.close = close
    this.#environment = environment
    this.#globals = globalsOf(environment.global, {
      environment: () => this.#environment,
      jsdom: environment.dom,
      isKept: (file) => this.#packages.get(file) !== undefined,
      configured,
      environmentFile,
    })
    this.#globals.capture()
  }

  get isInUse(): boolean {
    return this.#isInUse
  }

  /** Whether a package that stays is being evaluated. */
  get isEvaluatingKept(): boolean {
    return this.#running?.file.isEvaluatingKept ?? false
  }

  /** A file gets its own environment over the realm. */
  enter(environment: EnvironmentState): void {
    this.#isInUse = true
    this.#environment = environment
    beginMocks(environment)
  }

  /** Its runtime has been constructed, and has loaded nothing yet. */
  begin({ testFile, isCountedByEngine, ...given }: FileBeginning): FileInRealm {
    const { sharing } = given
    const adoptions = new Adoptions(this.#packages, sharing)
    Reflect.set(this.global, 'console', this.console.object)
    sharing.internals.keepCode(this.#code.forSharedRealm(testFile, isCountedByEngine))
    sharing.forwardLate(isInstalled, () => this.#running?.sharing ?? sharing)
    const file: FileInRealm = new FileInRealm({
      ...given,
      adoptions,
      packages: this.#packages,
      running: () => this.#running?.file ?? file,
      beginKept: () => this.#globals.beginKept(),
    })
    this.#running = { file, adoptions, sharing }
    return file
  }

  /** What the file that runs has changed so far. */
  look(): readonly Found[] {
    return this.#globals.look()
  }

  /** The file has ended, and its environment is torn down. @returns what could not be put back */
  async end(): Promise<readonly (Outcome & { readonly restored: false })[]> {
    const environment = this.#environment
    endMocks(environment)
    endExpect(this.global)
    this.#packages.putBackExports(this.#running?.adoptions.loaded ?? [])
    const outcomes = await this.#globals.restore()
    forgetGlobals(environment)
    this.#isInUse = false
    return outcomes.filter((outcome) => !outcome.restored)
  }

  /** In watch mode, where files change between two runs: how they are while a copy of them is kept. */
  noteFiles(): void {
    for (const { file } of this.#packages.all()) {
      if (!this.#signatures.has(file)) this.#signatures.set(file, signatureOf(file))
    }
  }

  /** Whether all files of kept copies are as they were noted. */
  areFilesUnchanged(): boolean {
    return [...this.#signatures].every(([file, signature]) => signatureOf(file) === signature)
  }
}

function signatureOf(file: string): string {
  try {
    const { mtimeMs, size } = statSync(file)
    return `${mtimeMs} ${size}`
  } catch {
    return 'gone'
  }
}
