/**
 * What test files that share a realm change apart from modules. A snapshot is taken before the first file, and put back
 * after each. What kept modules change while they are evaluated becomes part of the snapshot.
 */
import { syncBuiltinESMExports } from 'node:module'
import type { Change, Found, GlobalsPart, Outcome } from './change.ts'
import { createDom, type Dom } from './dom/dom.ts'
import type { RequireOfDom } from './dom/dom-internals.ts'
import type { PageRealm } from './dom/window.ts'
import { undoPackagePatches } from './packages/package-patches.ts'
import { Patches } from './patches.ts'
import { EnvPart, processParts } from './process-part.ts'
import { PropertyTable } from './property-table.ts'
import { processOf, type Realm } from './realm.ts'
import { Timers } from './timers.ts'
import { watchedObjects } from './watched.ts'

export interface GlobalsOptions {
  /** Whether a file's module stays evaluated from file to file. Left out: everything under `node_modules`. */
  readonly isKept?: (file: string) => boolean
  /** Undoes what the framework knows how to undo: stubs, and fake timers. Only called where something has changed. */
  readonly undoOfFramework?: () => void
  /** Whether the framework fakes the clock, parts of which are objects that nobody looks at (`performance`). */
  readonly isClockFaked?: () => boolean
  /** A property of the global object that the framework keeps there. */
  readonly isOwnGlobal?: (key: PropertyKey) => boolean
  /** A variable of `process.env` that the framework sets for each file, to what it is to be. */
  readonly isOwnVariable?: (name: string) => boolean
  /** A listener on `process` that outlives the file that made it needed. */
  readonly isOwnListener?: (listener: object) => boolean
  /** What the framework knows of the realm's state beyond what every realm has. */
  readonly parts?: (realm: FrameworkRealm) => readonly GlobalsPart[]
  readonly requireOfDom?: RequireOfDom
  /**
   * Whether modules of Node are left alone that cost time to look at, since Node loads others for them: some twenty
   * milliseconds for `http`. What files patch in them is not seen then. Of what kept modules do while they are evaluated, only
   * the global object and values are looked at.
   */
  readonly loadsNothing?: boolean
}

/** What parts of a framework are built from. */
export interface FrameworkRealm {
  /** Undefined where there is no DOM. */
  readonly page: PageRealm | undefined
  /** Has a property of the global object put back as it is now. */
  adopt(key: PropertyKey): void
}

export interface Globals {
  /** Takes the snapshot: when the realm is set up, before the first file and its setup files. */
  capture(): void
  /** Runs what evaluates a module that is kept: what it changes meanwhile stays. */
  whileKept<T>(run: () => T): T
  /** The same for a host that hears of the beginning and of the end: returns what to call, once, at the end. */
  beginKept(): () => void
  /**
   * Puts the snapshot back: after the framework has restored its mocks, before the setup files of the next file. Says
   * of each thing that had changed what became of it. What could not be put back is part of the snapshot from then on.
   */
  restore(): Promise<readonly Outcome[]>
  /** What has changed since the snapshot. Nothing is done to it: the realm may end here. */
  look(): readonly Found[]
  /** Takes our own patches back: the realm goes on without us. */
  release(): void
}

const never = (): boolean => false
const isThirdParty = (file: string): boolean => /[\\/]node_modules[\\/]/.test(file)

/** @param realm what the files run in, which need not be the realm that this code runs in */
export function createGlobals(realm: Realm = { global: globalThis }, options: GlobalsOptions = {}): Globals {
  return new RealmGlobals(realm, options)
}

class RealmGlobals implements Globals {
  readonly #options: GlobalsOptions
  readonly #realm: Realm
  readonly #patches = new Patches()
  readonly #timers: Timers
  readonly #dom: Dom | undefined
  readonly #properties: PropertyTable
  readonly #env: EnvPart | undefined
  /** What is put back after properties and variables, in this order. */
  readonly #others: readonly GlobalsPart[]
  /** Evaluations of kept modules that have not ended. */
  #keptDepth = 0
  /** What was not as in the snapshot when the first of them began: by name, what was there. */
  #beforeKept: ReadonlyMap<string, unknown> = new Map()

  constructor(realm: Realm, options: GlobalsOptions) {
    const process = processOf(realm)
    const { isKept = isThirdParty, isOwnGlobal = never, loadsNothing = false, requireOfDom } = options
    const watch = { isKept, patches: this.#patches }
    this.#realm = realm
    this.#options = options
    this.#timers = new Timers(realm.global, watch)
    this.#dom = createDom(realm, { ...watch, requireOfDom })
    this.#properties = new PropertyTable(() => [
      ...watchedObjects(realm, { isOwnGlobal, loadsNothing }),
      ...(this.#dom?.watchedObjects() ?? []),
    ])
    this.#env = process && new EnvPart(process.env, options.isOwnVariable ?? never)
    const adopt = (key: PropertyKey): void => this.#properties.adopt(realm.global, key)
    this.#others = [
      ...(process ? processParts(process, options.isOwnListener ?? never) : []),
      ...(options.parts?.({ page: this.#dom?.page, adopt }) ?? []),
      ...(this.#dom?.parts ?? []),
    ]
  }

  capture(): void {
    this.#timers.install()
    this.#dom?.install()
    for (const part of this.#allParts()) part.capture()
  }

  whileKept<T>(run: () => T): T {
    const end = this.beginKept()
    let result: T
    try {
      result = run()
    } catch (error) {
      end()
      throw error
    }
    if (result instanceof Promise) return result.finally(end) as T
    end()
    return result
  }

  // Evaluations that overlap are one stretch, and so is what other code does meanwhile: whose change it is cannot be known.
  beginKept(): () => void {
    if (this.#keptDepth++ === 0) {
      this.#beforeKept = new Map(this.#changesOfKept().map(({ what, now }) => [what, now]))
    }
    return () => this.#endKept()
  }

  #endKept(): void {
    if (--this.#keptDepth > 0) return
    const before = this.#beforeKept
    for (const change of this.#changesOfKept()) {
      if (!before.has(change.what) || !Object.is(before.get(change.what), change.now)) change.keep()
    }
  }

  async restore(): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = []
    const wasDirty = this.#undoByFramework()
    outcomes.push(...this.#undoByPackages())
    const { cleared, hasWaited } = await this.#endTimers()
    outcomes.push(...cleared, ...this.#endCallbacksOfDom())
    // Some thousand properties: not looked at again where nobody can have changed one since.
    if (wasDirty || hasWaited || outcomes.length > 0) outcomes.push(...putBack(this.#properties))
    outcomes.push(...this.#putBackValues())
    outcomes.push(...this.#undefineElements())
    this.#syncModulesOfNode(outcomes)
    return outcomes
  }

  look(): readonly Found[] {
    return [
      ...this.#timers.left().map((what): Found => ({ what, kind: 'timer' })),
      ...(this.#dom?.left() ?? []),
      ...this.#allChanges().map(({ what, kind }): Found => ({ what, kind })),
    ]
  }

  /** First, because stubs and fake clocks that we took away under the framework would be put back by it later. */
  #undoByFramework(): boolean {
    const wasDirty =
      this.#properties.changes().length > 0 ||
      [...(this.#env?.changes() ?? [])].length > 0 ||
      (this.#options.isClockFaked?.() ?? false)
    if (wasDirty) this.#options.undoOfFramework?.()
    return wasDirty
  }

  /** Before any property, because such a package would be sure of a patch that is gone. */
  #undoByPackages(): Outcome[] {
    return undoPackagePatches(this.#realm.global)
  }

  /** Before we look at values, because what kept packages have put off for a moment changes some. */
  async #endTimers(): Promise<{ cleared: readonly Outcome[]; hasWaited: boolean }> {
    const { cleared, areKeptAlive } = this.#timers.clear()
    if (areKeptAlive) await this.#timers.turn()
    return { cleared, hasWaited: areKeptAlive }
  }

  /** Before the document, because putting that back would call the file's listeners and observers. */
  #endCallbacksOfDom(): Outcome[] {
    return this.#dom?.stopCallbacks() ?? []
  }

  /** After the properties, because to put anything back relies on builtins, and on methods of the DOM. */
  #putBackValues(): Outcome[] {
    return [...(this.#env ? [this.#env] : []), ...this.#others].flatMap(putBack)
  }

  /** After the document, because elements of the file are still in it until then. */
  #undefineElements(): Outcome[] {
    return this.#dom?.undefineElements() ?? []
  }

  /** Last, because `import { readFile } from 'node:fs'` reads a copy that Node brings up to date when it is asked to. */
  #syncModulesOfNode(outcomes: readonly Outcome[]): void {
    if (outcomes.some(({ what, restored }) => restored && what.startsWith('node:'))) syncBuiltinESMExports()
  }

  #allParts(): readonly GlobalsPart[] {
    return [this.#properties, ...(this.#env ? [this.#env] : []), ...this.#others]
  }

  #changesOfKept(): Change[] {
    if (!this.#options.loadsNothing) return this.#allChanges()
    const values = [...(this.#env ? [this.#env] : []), ...this.#others]
    return [...this.#properties.changes(this.#realm.global), ...values.flatMap((part) => [...part.changes()])]
  }

  #allChanges(): Change[] {
    return this.#allParts().flatMap((part) => [...part.changes()])
  }

  release(): void {
    this.#patches.undoAll()
  }
}

function putBack(part: GlobalsPart): Outcome[] {
  return [...part.changes()].map((change) => {
    const { what, kind } = change
    const why = undo(change)
    return why === undefined ? { what, kind, restored: true } : { what, kind, restored: false, why }
  })
}

/** Why a change cannot be undone. It is kept then, and not reported again after the next file. */
function undo(change: Change): string | undefined {
  try {
    change.undo()
    return undefined
  } catch (error) {
    change.keep()
    return error instanceof Error ? error.message : String(error)
  }
}
