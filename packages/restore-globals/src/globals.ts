/**
 * What test files that share a realm change beside modules. A snapshot is taken before the first file,
 * and put back after each. What kept modules change while they are evaluated becomes part of the snapshot.
 */
import { syncBuiltinESMExports } from 'node:module'
import type { Change, GlobalsPart, GlobalsReport } from './change.ts'
import { createDom, type Dom } from './dom/dom.ts'
import type { RequireOfDom } from './dom/dom-internals.ts'
import { undoPackagePatches } from './package-patches.ts'
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
}

const never = (): boolean => false
const isThirdParty = (file: string): boolean => /[\\/]node_modules[\\/]/.test(file)

export function createGlobals(realm: typeof globalThis, options: GlobalsOptions = {}): Globals {
  return new RealmGlobals(realm, options)
}

class RealmGlobals implements Globals {
  readonly #options: GlobalsOptions
  readonly #realm: typeof globalThis
  readonly #timers: Timers
  readonly #dom: Dom | undefined
  /** In the order in which they are put back: what others rely on first. */
  readonly #parts: readonly GlobalsPart[]
  /** Evaluations of kept modules that have not ended. */
  #keptDepth = 0
  /** What was not as in the snapshot when the first of them began: by name, what was there. */
  #beforeKept: ReadonlyMap<string, unknown> = new Map()

  constructor(realm: typeof globalThis, options: GlobalsOptions) {
    const { process } = realm
    const { isKept = isThirdParty, isOwnGlobal = never, requireOfDom } = options
    this.#realm = realm
    this.#options = options
    this.#timers = new Timers(realm, isKept)
    this.#dom = createDom(realm, { isKept, requireOfDom })
    const properties = new PropertyTable(() => [
      ...watchedObjects(realm, isOwnGlobal),
      ...(this.#dom?.watchedObjects() ?? []),
    ])
    this.#parts = [
      properties,
      new EnvPart(process.env, options.isOwnVariable ?? never),
      new ValuesPart(processValues(process)),
      new ArraysPart({ 'process.argv': process.argv, 'process.execArgv': process.execArgv }),
      new ListenersPart('process', process, options.isOwnListener ?? never),
      ...(options.parts?.({ dom: this.#dom, adopt: (key) => properties.adopt(realm, key) }) ?? []),
      ...(this.#dom?.parts ?? []),
    ]
  }

  capture(): void {
    this.#timers.install()
    this.#dom?.install()
    for (const part of this.#parts) part.capture()
  }

  // Evaluations that overlap are one stretch, and so is what other code does meanwhile: whose a change is cannot be told.
  whileKept<T>(run: () => T): T {
    if (this.#keptDepth++ === 0) {
      this.#beforeKept = new Map(this.#changes().map(({ what, now }) => [what, now]))
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
    for (const change of this.#changes()) {
      if (!before.has(change.what) || !Object.is(before.get(change.what), change.now)) change.keep()
    }
  }

  async restore(file: string): Promise<GlobalsReport> {
    // Properties come first: all the rest, the framework's own undoing included, relies on builtins.
    const [properties, env] = this.#parts as [GlobalsPart, GlobalsPart]
    const isToUndo =
      [...properties.changes(), ...env.changes()].length > 0 || (this.#options.isClockFaked?.() ?? false)
    if (isToUndo) this.#options.undoOfFramework?.()
    const restored = undoPackagePatches(this.#realm)
    const { cleared, areKeptAlive } = this.#timers.clear()
    if (areKeptAlive) await this.#timers.turn()
    restored.push(...cleared, ...(this.#dom?.stopCallbacks() ?? []))
    // Some thousand properties are looked at once where nobody can have changed one since.
    const areSeen = !isToUndo && restored.length === 0 && !areKeptAlive
    const left: { what: string; why: string; file: string }[] = []
    for (const part of this.#parts) {
      if (part === properties && areSeen) continue
      for (const change of [...part.changes()]) {
        const why = undo(change)
        if (why === undefined) restored.push(change.what)
        else left.push({ what: change.what, why, file })
      }
    }
    for (const what of this.#dom?.undefineElements() ?? []) left.push({ ...what, file })
    if (restored.some((what) => what.startsWith('node:'))) syncBuiltinESMExports()
    return { restored, left }
  }

  #changes(): Change[] {
    return this.#parts.flatMap((part) => [...part.changes()])
  }
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
