/**
 * The reference implementation of the port: a registry, scopes and cycles, as simple as they can be. It evaluates a
 * real file tree with a registry of its own, inside of whatever runs the tests.
 */
import { readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { DocblockProblem, parseDocblock } from '../src/flags/docblock.ts'
import { functionTargetsFor } from '../src/fresh/function-targets.ts'
import type { CoreState } from '../src/host/core-state.ts'
import { BadOptionError, notFoundError } from '../src/host/errors.ts'
import { runImportHooks } from '../src/host/lifecycle.ts'
import type {
  HostScope,
  ModuleFacts,
  ModuleHost,
  ReloadedCopy,
  ResetSupport,
  ResolveKind,
  ScopeRules,
  TakenRecords,
} from '../src/host/module-host.ts'
import { fileOf, isBuiltinId, type ModuleId, moduleId } from '../src/host/module-id.ts'
import type { FlagDeclaration } from '../src/host/module-spec.ts'
import { type MaybePromise, runMaybe, type Steps, wait } from '../src/host/steps.ts'
import { Entry, type Format, type World } from './entry.ts'
import { runBody } from './evaluate.ts'
import { bindingsOf, emptyExports, replaceExports } from './namespace.ts'

export interface MemoryHostOptions {
  readonly root: string
  readonly testFile: string
  readonly state: CoreState
  /** Modules that stand outside of the tree: the test framework and fresh-modules. */
  readonly externals: Readonly<Record<string, object>>
}

export class MemoryHost implements ModuleHost {
  readonly label = 'the in-memory host'
  readonly root: string
  readonly testFile: string
  readonly resets: ResetSupport = {
    staticImports: (id) => this.#registry.entries.get(id)?.staticImports ?? [],
    keptBetweenTests: () => undefined,
  }
  readonly #state: CoreState
  readonly #externals: Readonly<Record<string, object>>
  readonly #registry: World = { entries: new Map(), rules: undefined }
  /** Namespaces, exports and handles of all copies, so that they can be told from other objects. */
  readonly #ids = new WeakMap<object, ModuleId>()

  constructor({ root, testFile, state, externals }: MemoryHostOptions) {
    this.root = root
    this.testFile = testFile
    this.#state = state
    this.#externals = externals
  }

  isProtected(id: ModuleId): boolean {
    return id in this.#externals
  }

  resolve(specifier: string, importer: string, kind: ResolveKind): ModuleId {
    const plain = specifier.startsWith('file:') ? fileURLToPath(fileOf(specifier)) : fileOf(specifier)
    if (plain in this.#externals) return plain as ModuleId
    try {
      const found = createRequire(fileOf(importer)).resolve(plain)
      const id = moduleId(found)
      return isBuiltinId(id)
        ? id
        : ((realpathSync(found) + specifier.slice(fileOf(specifier).length)) as ModuleId)
    } catch {
      throw notFoundError(kind, specifier, importer)
    }
  }

  facts(id: ModuleId): ModuleFacts {
    if (isBuiltinId(id) || this.isProtected(id)) return { kind: 'builtin' }
    if (fileOf(id).endsWith('.node')) return { kind: 'addon' }
    if (formatOf(id) === 'json') return { kind: 'json' }
    try {
      const docblock = parseDocblock(readFileSync(fileOf(id), 'utf8'), fileOf(id))
      return { kind: 'source', docblock, loader: isReloadable(this.record(id)) ? [] : [NOT_RELOADABLE] }
    } catch (error) {
      if (!(error instanceof DocblockProblem)) throw error
      throw new BadOptionError(`read the flags of "${id}"`, error.message, 'Mend the comment.')
    }
  }

  record(id: ModuleId): Entry | undefined {
    return this.#registry.entries.get(id)
  }

  records(): Iterable<Entry> {
    return [...this.#registry.entries.values()].filter(({ format }) => format !== 'external')
  }

  idOf(object: object): ModuleId | undefined {
    return this.#ids.get(object)
  }

  load(id: ModuleId, importer: string): MaybePromise<Entry> {
    return this.#entryIn(this.#registry, id, this.record(importer as ModuleId))
  }

  openScope(rules: ScopeRules): HostScope {
    const world: World = { entries: new Map(), rules }
    return { evaluate: (id) => this.#entryIn(world, id, undefined) }
  }

  take(ids: readonly ModuleId[]): TakenRecords {
    const { entries } = this.#registry
    const records = ids.flatMap((id) => entries.get(id) ?? [])
    for (const { id } of records) entries.delete(id)
    return {
      records,
      putBack: () => {
        for (const record of records) entries.set(record.id, record)
      },
    }
  }

  drop(ids: readonly ModuleId[]): void {
    for (const id of ids) this.#registry.entries.delete(id)
  }

  /** A draft is evaluated next to the registered copy, and its bindings replace the old ones when it has finished. */
  reload(id: ModuleId): MaybePromise<ReloadedCopy> {
    return runMaybe(this.#reloadSteps(this.record(id) as Entry))
  }

  *#reloadSteps(entry: Entry): Steps<ReloadedCopy> {
    const { exports, handle, bindings } = entry
    const draft = new Entry(entry.id, entry.world, entry.format)
    this.#ids.set(draft.handle, entry.id)
    // A CommonJS body gets the registered object itself, so that what it assigns later is seen as well.
    const putBack = entry.format === 'commonjs' ? emptyExports(exports as object, bindings) : undefined
    if (putBack) draft.exports = exports
    // `onUnload` of the new body belongs to what will be the registered copy.
    entry.handle = draft.handle
    try {
      yield* wait(runBody(draft, this.#linkerOf(draft), this.#externals))
    } catch (error) {
      putBack?.()
      entry.handle = handle
      throw error
    }
    draft.bindings = bindingsOf(draft.exports, draft.bindings)
    if (draft.exports !== exports) replaceExports(exports as object, bindings, draft.bindings)
    entry.bindings = draft.bindings
    entry.exports = exports
    for (const imported of draft.imports) entry.imports.add(imported)
    for (const imported of draft.staticImports) entry.staticImports.add(imported)
    return {
      id: entry.id,
      exports,
      handle: entry.handle,
      putBack: () => {
        if (putBack) putBack()
        else replaceExports(exports as object, draft.bindings, bindings)
        Object.assign(entry, { bindings, handle })
      },
    }
  }

  #linkerOf(importer: Entry) {
    return {
      import: async (specifier: string, isStatic = false) =>
        this.#request(specifier, importer, 'import', isStatic),
      require: (specifier: string) => this.#requireNow(specifier, importer),
      resolve: (specifier: string, kind: ResolveKind) => this.#resolveFor(specifier, importer, kind),
    }
  }

  #requireNow(specifier: string, importer: Entry): Entry {
    const entry = this.#request(specifier, importer, 'require', importer.state === 'evaluating')
    if (entry instanceof Entry) return entry
    entry.catch(() => {})
    throw Object.assign(new Error(`require() of ES Module ${specifier} not supported.`), {
      code: 'ERR_REQUIRE_ESM',
    })
  }

  /** Resolves for the code of a module: what its scope blocks is not found. */
  #resolveFor(specifier: string, importer: Entry, kind: ResolveKind): ModuleId {
    const { rules } = importer.world
    const refuse = (name: string | undefined) => {
      if (name !== undefined) throw notFoundError(kind, name, fileOf(importer.id))
    }
    refuse(rules?.blockedName({ specifier }))
    const id = this.resolve(specifier, importer.id, kind)
    refuse(rules?.blockedName({ id }))
    return id
  }

  #request(specifier: string, importer: Entry, kind: ResolveKind, isStatic: boolean): MaybePromise<Entry> {
    return runMaybe(this.#requestSteps(specifier, importer, kind, isStatic))
  }

  *#requestSteps(specifier: string, importer: Entry, kind: ResolveKind, isStatic: boolean): Steps<Entry> {
    const id = this.#resolveFor(specifier, importer, kind)
    importer.imports.add(id)
    if (isStatic) importer.staticImports.add(id)
    const entry = yield* wait(yield* this.#answer(specifier, id, importer))
    if (entry.state === 'evaluating') importer.unfinished.add(entry)
    return entry
  }

  /** A target of the function form that is pending, a copy of the importer's scope, or the registered one. */
  *#answer(specifier: string, id: ModuleId, importer: Entry): Steps<MaybePromise<Entry>> {
    const targets = functionTargetsFor(this.#state, fileOf(importer.id))
    if (targets) {
      const admission = yield* targets.admit(specifier, id)
      return admission === 'fresh'
        ? (targets.scope.evaluate(id) as MaybePromise<Entry>)
        : this.#entryIn(this.#registry, id, importer)
    }
    const { world } = importer
    const decision = world.rules && (yield* wait(world.rules.decide(id)))
    return this.#entryIn(decision === 'fresh' ? world : this.#registry, id, importer)
  }

  #entryIn(world: World, id: ModuleId, waiting: Entry | undefined): MaybePromise<Entry> {
    const entry = world.entries.get(id) ?? this.#start(world, id)
    if (!entry.promise || entry.state === 'evaluated' || this.#wouldDeadlock(entry, waiting)) return entry
    waiting?.waitsFor.add(entry)
    const done = () => waiting?.waitsFor.delete(entry)
    return entry.promise.then(() => entry).finally(done)
  }

  /** Who closes a circle of waiting gets the unfinished copy. Whoever opened a scope waits for its copies as well. */
  #wouldDeadlock(entry: Entry, waiting: Entry | undefined): boolean {
    if (!waiting) return false
    if (entry.isWaitingFor(waiting)) return true
    const caller = waiting.world.rules?.caller
    const opener = caller === undefined ? undefined : this.record(caller)
    return opener !== undefined && opener.state === 'evaluating' && entry.isWaitingFor(opener)
  }

  #start(world: World, id: ModuleId): Entry {
    const entry = new Entry(id, world, this.isProtected(id) || isBuiltinId(id) ? 'external' : formatOf(id))
    this.#remember(entry)
    world.entries.set(id, entry)
    try {
      const running = runBody(entry, this.#linkerOf(entry), this.#externals)
      if (running) {
        entry.promise = running.then(
          () => this.#finish(entry),
          (error) => this.#discard(entry, error),
        )
        entry.promise.catch(() => {})
      } else this.#finish(entry)
    } catch (error) {
      this.#discard(entry, error)
    }
    return entry
  }

  #finish(entry: Entry): void {
    entry.state = 'evaluated'
    entry.bindings = bindingsOf(entry.exports, entry.bindings)
    this.#remember(entry)
    if (entry.world.rules) entry.world.rules.onEvaluated(entry)
    else runImportHooks(this.#state, entry, { reloaded: false, fresh: false })
  }

  #remember({ id, exports, handle, format }: Entry): void {
    if (format === 'external') return
    for (const object of [exports, handle]) {
      if (object !== null && (typeof object === 'object' || typeof object === 'function'))
        this.#ids.set(object, id)
    }
  }

  /** A failed copy is gone, and with it every copy of a circle that was handed it unfinished, and their importers. */
  #discard(failed: Entry, error: unknown): never {
    const { entries } = failed.world
    const gone = new Set([failed])
    for (const broken of gone) {
      if (entries.get(broken.id) === broken) entries.delete(broken.id)
      for (const entry of entries.values()) {
        const imported = broken.state === 'evaluated' && entry.imports.has(broken.id)
        if (imported || entry.unfinished.has(broken)) gone.add(entry)
      }
    }
    throw error
  }
}

const NOT_RELOADABLE: FlagDeclaration = {
  flags: { allowReload: false },
  reason: 'its module.exports is not an ordinary object, whose contents could be replaced',
}

/** Importers of a CommonJS module hold what it exported: nothing can be put into a function or a class. */
function isReloadable(entry: Entry | undefined): boolean {
  if (entry?.format !== 'commonjs') return true
  const { exports } = entry
  return (
    typeof exports === 'object' && exports !== null && Object.getPrototypeOf(exports) === Object.prototype
  )
}

function formatOf(id: ModuleId): Format {
  const file = fileOf(id)
  if (file.endsWith('.json')) return 'json'
  return file.endsWith('.cjs') ? 'commonjs' : 'esm'
}
