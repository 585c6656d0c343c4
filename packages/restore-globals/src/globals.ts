/**
 * What test files that share a realm change beside modules. A snapshot is taken before the first file,
 * and put back after each. What kept modules change while they are evaluated becomes part of the snapshot.
 */
import { syncBuiltinESMExports } from 'node:module'
import type { Change, GlobalsPart, GlobalsReport } from './change.ts'
import { createDom, type Dom } from './dom/dom.ts'
import type { RequireOfDom } from './dom/dom-internals.ts'
import { undoPackagePatches } from './package-patches.ts'
import { Patches } from './patches.ts'
import { ArraysPart, EnvPart, ListenersPart, processValues, ValuesPart } from './process-part.ts'
import { PropertyTable } from './property-table.ts'
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
}

/** What parts of a framework are built from. */
export interface FrameworkRealm {
  readonly dom: Pick<Dom, 'realm' | 'window'> | undefined
  /** Has a property of the global object put back as it is now. */
  adopt(key: PropertyKey): void
}

export interface Globals {
  /** Takes the snapshot: when the worker is set up, before the first file and its setup files. */
  capture(): void
  /** Runs what evaluates a module that is kept: what it changes meanwhile stays. */
  whileKept<T>(run: () => T): T
  /**
   * Puts the snapshot back: after the framework has restored its mocks, before the setup files of the next file.
   * @param file the file that has ended, for the report
   */
  restore(file: string): Promise<GlobalsReport>
  /** Takes our own patches back: the realm goes on without us. */
  release(): void
}

const never = (): boolean => false
const isThirdParty = (file: string): boolean => /[\\/]node_modules[\\/]/.test(file)

export function createGlobals(realm: typeof globalThis, options: GlobalsOptions = {}): Globals {
  return new RealmGlobals(realm, options)
}

class RealmGlobals implements Globals {
  readonly #options: GlobalsOptions
  readonly #realm: typeof globalThis
  readonly #patches = new Patches()
  readonly #timers: Timers
  readonly #dom: Dom | undefined
  readonly #properties: PropertyTable
  readonly #env: EnvPart
  /** What is put back after properties and variables, in this order. */
  readonly #others: readonly GlobalsPart[]
  /** Evaluations of kept modules that have not ended. */
  #keptDepth = 0
  /** What was not as in the snapshot when the first of them began: by name, what was there. */
  #beforeKept: ReadonlyMap<string, unknown> = new Map()

  constructor(realm: typeof globalThis, options: GlobalsOptions) {
    const { process } = realm
    const { isKept = isThirdParty, isOwnGlobal = never, requireOfDom } = options
    const watch = { isKept, patches: this.#patches }
    this.#realm = realm
    this.#options = options
    this.#timers = new Timers(realm, watch)
    this.#dom = createDom(realm, { ...watch, requireOfDom })
    this.#properties = new PropertyTable(() => [
      ...watchedObjects(realm, isOwnGlobal),
      ...(this.#dom?.watchedObjects() ?? []),
    ])
    this.#env = new EnvPart(process.env, options.isOwnVariable ?? never)
    const adopt = (key: PropertyKey): void => this.#properties.adopt(realm, key)
    this.#others = [
      new ValuesPart(processValues(process)),
      new ArraysPart({ 'process.argv': process.argv, 'process.execArgv': process.execArgv }),
      new ListenersPart('process', process, options.isOwnListener ?? never),
      ...(options.parts?.({ dom: this.#dom, adopt }) ?? []),
      ...(this.#dom?.parts ?? []),
    ]
  }

  capture(): void {
    this.#timers.install()
    this.#dom?.install()
    for (const part of this.#allParts()) part.capture()
  }

  // Evaluations that overlap are one stretch, and so is what other code does meanwhile: whose a change is cannot be told.
  whileKept<T>(run: () => T): T {
    if (this.#keptDepth++ === 0) {
      this.#beforeKept = new Map(this.#allChanges().map(({ what, now }) => [what, now]))
    }
    let result: T
    try {
      result = run()
    } catch (error) {
      this.#endKept()
      throw error
    }
    if (result instanceof Promise) return result.finally(() => this.#endKept()) as T
    this.#endKept()
    return result
  }

  #endKept(): void {
    if (--this.#keptDepth > 0) return
    const before = this.#beforeKept
    for (const change of this.#allChanges()) {
      if (!before.has(change.what) || !Object.is(before.get(change.what), change.now)) change.keep()
    }
  }

  async restore(file: string): Promise<GlobalsReport> {
    const report: Report = { file, restored: [], left: [] }
    const wasDirty = this.#undoByFramework()
    this.#undoByPackages(report)
    const hasWaited = await this.#endTimers(report)
    this.#endCallbacksOfDom(report)
    // Some thousand properties: not looked at again where nobody can have changed one since.
    if (wasDirty || hasWaited || report.restored.length > 0) this.#putBack(this.#properties, report)
    this.#putBackValues(report)
    this.#undefineElements(report)
    this.#syncModulesOfNode(report)
    return { restored: report.restored, left: report.left }
  }

  /** First, because stubs and fake clocks that we took away under the framework would be put back by it later. */
  #undoByFramework(): boolean {
    const wasDirty =
      this.#properties.changes().length > 0 ||
      [...this.#env.changes()].length > 0 ||
      (this.#options.isClockFaked?.() ?? false)
    if (wasDirty) this.#options.undoOfFramework?.()
    return wasDirty
  }

  /** Before any property, because such a package would be sure of a patch that is gone. */
  #undoByPackages({ restored }: Report): void {
    restored.push(...undoPackagePatches(this.#realm))
  }

  /** Before we look at values, because what kept packages have put off for a moment changes some. */
  async #endTimers({ restored }: Report): Promise<boolean> {
    const { cleared, areKeptAlive } = this.#timers.clear()
    restored.push(...cleared)
    if (areKeptAlive) await this.#timers.turn()
    return areKeptAlive
  }

  /** Before the document, because putting that back would call the file's listeners and observers. */
  #endCallbacksOfDom({ restored }: Report): void {
    restored.push(...(this.#dom?.stopCallbacks() ?? []))
  }

  /** After the properties, because to put anything back relies on builtins, and on methods of the DOM. */
  #putBackValues(report: Report): void {
    for (const part of [this.#env, ...this.#others]) this.#putBack(part, report)
  }

  /** After the document, because elements of the file are still in it until then. */
  #undefineElements({ file, left }: Report): void {
    for (const what of this.#dom?.undefineElements() ?? []) left.push({ ...what, file })
  }

  /** Last, because `import { readFile } from 'node:fs'` reads a copy that Node brings up to date when it is told. */
  #syncModulesOfNode({ restored }: Report): void {
    if (restored.some((what) => what.startsWith('node:'))) syncBuiltinESMExports()
  }

  #putBack(part: GlobalsPart, { file, restored, left }: Report): void {
    for (const change of [...part.changes()]) {
      const why = undo(change)
      if (why === undefined) restored.push(change.what)
      else left.push({ what: change.what, why, file })
    }
  }

  #allParts(): readonly GlobalsPart[] {
    return [this.#properties, this.#env, ...this.#others]
  }

  #allChanges(): Change[] {
    return this.#allParts().flatMap((part) => [...part.changes()])
  }

  release(): void {
    this.#patches.undoAll()
  }
}

/** A report while it is written. */
interface Report {
  readonly file: string
  readonly restored: string[]
  readonly left: { what: string; why: string; file: string }[]
}

/** Why a change cannot be undone. It is kept then, and not told again after the next file. */
function undo(change: Change): string | undefined {
  try {
    change.undo()
    return undefined
  } catch (error) {
    change.keep()
    return error instanceof Error ? error.message : String(error)
  }
}
