/**
 * Node's own module loaders as a host: for plain Node, and for adapters whose framework leaves packages to Node, which
 * delegate what concerns those to it.
 */
import fs from 'node:fs'
import path from 'node:path'
import { types } from 'node:util'
import { DocblockProblem, parseDocblock } from '../flags/docblock.ts'
import { isOwnFile } from '../host/caller.ts'
import type { CoreState } from '../host/core-state.ts'
import { BadOptionError, NotFreshError } from '../host/errors.ts'
import { whyNotReplaceable } from '../host/exports-replacement.ts'
import { moduleKindOf } from '../host/formats.ts'
import type {
  Copy,
  ModuleFacts,
  ModuleHost,
  ModuleRecord,
  ResetSupport,
  ResolveKind,
  ScopeRules,
  TakenRecords,
} from '../host/module-host.ts'
import { fileOf, isBuiltinId, isFileId, isFirstParty, type ModuleId, moduleId } from '../host/module-id.ts'
import type { FlagDeclaration } from '../host/module-spec.ts'
import { packageOf } from '../host/packages.ts'
import type { SingleWorker } from '../locks/single-worker.ts'
import { VERSIONS_WITH_HOOKS } from './capabilities.ts'
import { CommonJsRecord, commonJsIds, commonJsModuleOf, takeRecords } from './cjs/cjs-registry.ts'
import { reloadCommonJs } from './cjs/reload.ts'
import { findRequired, idOfFileUrl, isCommonJsCaller, resolveRequired } from './cjs/resolve-required.ts'
import {
  areConditionsAsked,
  resolveForCompiled,
  resolveOrThrow,
  resolveRequiredUnder,
} from './esm/resolve-import.ts'
import { idOfUrl, unmarked } from './esm/urls.ts'
import { formatOf } from './format.ts'
import { knownFile } from './known-files.ts'
import { type CommonJsModule, cachedModule, probeEsmCache, requireFrom } from './node-internals.ts'
import { isForCompiledCaller, NodeScope } from './node-scope.ts'
import { type NodeWorld, nodeWorld } from './node-world.ts'

export interface NodeHostOptions {
  readonly state: CoreState
  /** The project's root; the working directory if left out. */
  readonly root?: string
  /** Name and version for messages; `Node 24.21.0` if left out. */
  readonly label?: string
  /** The running test file; the program's entry if left out. */
  readonly testFile?: () => string | undefined
  /** What must stay single besides fresh-modules itself. */
  readonly isProtected?: (id: ModuleId) => boolean
}

/** ES module copies after which users are warned of what they cost. */
const MANY_COPIES = 5000

export class NodeHost implements ModuleHost {
  readonly label: string
  readonly root: string
  readonly state: CoreState
  readonly world: NodeWorld
  /**
   * Takes the lock of a module that may live in one worker at a time, before it is evaluated; whether there was one to
   * take, and so to wait for. Absent where adapters do.
   */
  lock: ((id: ModuleId) => boolean) | undefined
  singleWorker: SingleWorker | undefined
  readonly #testFile: () => string | undefined
  readonly #isProtected: (id: ModuleId) => boolean
  /** Namespaces, exports and `module` objects of copies that we made or loaded. */
  readonly #ids = new WeakMap<object, ModuleId>()

  constructor({ state, root, label, testFile, isProtected }: NodeHostOptions) {
    this.state = state
    this.root = root ?? process.cwd()
    this.label = label ?? `Node ${process.versions.node}`
    this.#testFile = testFile ?? entryFile
    this.#isProtected = isProtected ?? (() => false)
    this.world = nodeWorld()
    const entry = entryFile()
    if (entry !== undefined) this.world.esm.addRoot(entry)
  }

  /** Resets by hand, of CommonJS. Nobody tells which files have tests, so all that may have are kept. */
  readonly resets: ResetSupport = {
    staticImports: (id) => this.record(id)?.imports ?? [],
    keptBetweenTests: (id) => {
      if (this.world.esm.isRoot(fileOf(id))) return 'it calls fresh-modules itself, as test files do'
      const importers = [...(this.record(id)?.importers ?? [])]
      return importers.some((importer) => isFirstParty(importer))
        ? undefined
        : 'no file of the project has loaded it'
    },
  }

  get unseenImports(): ModuleHost['unseenImports'] {
    return this.world.hasHooks ? undefined : unseenImports()
  }

  get testFile(): string | undefined {
    return this.#testFile()
  }

  isProtected(id: ModuleId): boolean {
    return isBuiltinId(id) || isOwnFile(fileOf(id)) || this.#isProtected(id)
  }

  resolve(specifier: string, importer: string, kind: ResolveKind): ModuleId | Promise<ModuleId> {
    if (path.isAbsolute(importer)) this.world.esm.addRoot(importer)
    // A file URL is a target that users may name, though no `require` would take it.
    if (kind === 'require' && specifier.startsWith('file:')) return idOfFileUrl(specifier, importer)
    if (kind === 'require') return resolveRequired(specifier, fileOf(importer))
    const required = isCommonJsCaller(importer) ? findRequired(specifier, fileOf(importer)) : undefined
    return required ?? this.#resolveImport(unmarked(specifier), importer)
  }

  /** Absent without hooks: a loader by itself has one set of conditions for all modules. */
  get resolveWith(): ModuleHost['resolveWith'] {
    return this.world.hasHooks ? this.#resolveWith : undefined
  }

  get noConditions(): ModuleHost['noConditions'] {
    return this.world.hasHooks ? undefined : noConditions()
  }

  readonly #resolveWith: NonNullable<ModuleHost['resolveWith']> = (more, specifier, importer, kind) => {
    const { world } = this
    if (!areConditionsAsked(more, specifier)) return this.resolve(specifier, importer, kind)
    return kind === 'require' || isCommonJsCaller(importer)
      ? resolveRequiredUnder(world, more, specifier, importer)
      : resolveOrThrow(world, specifier, importer, { more, kind })
  }

  #resolveImport(specifier: string, importer: string): ModuleId | Promise<ModuleId> {
    const orAsRequired = (error: unknown): ModuleId => {
      const id = resolveForCompiled(specifier, importer, error)
      if (id === undefined) throw error
      return id
    }
    try {
      const id = resolveOrThrow(this.world, specifier, importer)
      return typeof id === 'string' ? id : id.catch(orAsRequired)
    } catch (error) {
      return orAsRequired(error)
    }
  }

  facts(id: ModuleId): ModuleFacts {
    const format = formatOf(id)
    const kind = format === 'json' ? format : moduleKindOf(id)
    if (kind === 'builtin' || kind === 'addon') return { kind }
    const isEsm = format === 'module' || format === 'wasm'
    return {
      kind,
      docblock: kind === 'source' ? this.#docblock(id) : undefined,
      loader: isEsm ? ESM_FLAGS : this.#commonJsFlags(id),
      notFresh: isEsm && !this.world.hasHooks ? noHooks() : undefined,
    }
  }

  record(id: ModuleId): ModuleRecord | undefined {
    const module = commonJsModuleOf(id)
    if (module) return new CommonJsRecord(this.world, id, module)
    const format = formatOf(id)
    if (format !== 'module' && format !== 'wasm') return undefined
    return this.world.esm.has(id) ? this.#esmRecord(id) : undefined
  }

  *records(): Generator<ModuleRecord> {
    for (const id of [...commonJsIds(), ...this.world.esm.ids()]) {
      const record = this.isProtected(id) ? undefined : this.record(id)
      if (record) yield record
    }
  }

  idOf(object: object): ModuleId | undefined {
    const known = this.#ids.get(object) ?? this.state.formerCopies.get(object)?.id
    if (known !== undefined) return known
    const { filename, children } = object as Partial<CommonJsModule>
    if (typeof filename === 'string' && Array.isArray(children)) return moduleId(filename)
    if (isImportMeta(object)) {
      // What a module says about itself it says by this object, so it is the copy's handle from now on.
      this.world.handles.set(object.url, object)
      return idOfUrl(object.url)
    }
    if (!types.isModuleNamespaceObject(object)) return this.#idOfExports(object)
    const { default: exports } = object as { default?: unknown }
    return (
      this.world.esm.idOfNamespace(object) ??
      (exports instanceof Object ? this.#idOfExports(exports) : undefined)
    )
  }

  /** Remembers whose exports and handle these are. */
  remember({ id, exports, handle }: Copy): void {
    for (const object of [exports, handle]) {
      if (object !== null && (typeof object === 'object' || typeof object === 'function'))
        this.#ids.set(object, id)
    }
  }

  load(id: ModuleId, importer: string, kind: ResolveKind): Copy | Promise<Copy> {
    if (kind === 'import') return this.#import(id, importer)
    const parent = cachedModule(fileOf(importer))
    const file = isBuiltinId(id) ? id : fileOf(id)
    const exports = parent ? parent.require(file) : (requireFrom(fileOf(importer))(file) as unknown)
    return { id, exports, handle: commonJsModuleOf(id) }
  }

  openScope(rules: ScopeRules, kind: ResolveKind): NodeScope {
    if (kind === 'import') this.world.useHooks()
    return new NodeScope(this, rules, kind)
  }

  take(ids: readonly ModuleId[]): TakenRecords {
    if (!this.world.hasHooks) for (const id of ids) this.#assertRequiredOnly(id)
    return takeRecords(this.world, ids, (id) => this.record(id))
  }

  drop(ids: readonly ModuleId[]): void {
    takeRecords(this.world, ids, () => undefined)
  }

  reload(id: ModuleId): Copy {
    const module = commonJsModuleOf(id)
    if (!module)
      throw new NotFreshError(id, ESM_LOADER.reason as string, 'Use importFresh for a separate copy.')
    return reloadCommonJs(this.world, id, module)
  }

  noteEsmCopy(): void {
    if (++this.world.esmCopies !== MANY_COPIES) return
    console.warn(
      `[fresh-modules] ${MANY_COPIES} ES modules have been evaluated again in this process. Node never frees a copy of ` +
        'an ES module: each keeps some 4 KB and whatever it holds. CommonJS files have no such cost.',
    )
  }

  async #import(id: ModuleId, importer: string): Promise<Copy> {
    const url = this.world.registeredUrl(id)
    if (path.isAbsolute(importer)) this.world.esm.noteImport(importer as ModuleId, id)
    const json = formatOf(id) === 'json'
    const exports: unknown = await (json
      ? import(/* @vite-ignore */ url, { with: { type: 'json' } })
      : import(/* @vite-ignore */ url))
    if (exports instanceof Object || types.isModuleNamespaceObject(exports)) {
      this.world.esm.noteNamespace(url, id, exports as object)
    }
    const module = commonJsModuleOf(id)
    if (module && isForCompiledCaller(module.exports, importer))
      return { id, exports: module.exports, handle: module }
    return { id, exports, handle: module ?? this.world.handles.get(url) }
  }

  #esmRecord(id: ModuleId): ModuleRecord {
    const { esm, handles } = this.world
    const url = this.world.registeredUrl(id)
    return {
      id,
      state: 'evaluated',
      get exports() {
        return esm.namespaceOf(id)
      },
      get handle() {
        return handles.get(url)
      },
      get imports() {
        return esm.importsOf(id)
      },
      get importers() {
        return esm.importersOf(id)
      },
    }
  }

  #idOfExports(exports: object): ModuleId | undefined {
    for (const id of commonJsIds()) if (commonJsModuleOf(id)?.exports === exports) return id
    return undefined
  }

  /** Its own comment at the top; of packages only where their manifest says that there is something to find. */
  #docblock(id: ModuleId): FlagDeclaration | undefined {
    const file = fileOf(id)
    if (!isFileId(id) || (!isFirstParty(id) && packageOf(file)?.manifest.freshModules === undefined))
      return undefined
    try {
      const known = knownFile(file)
      if (!known) return undefined
      known.docblock ??= { said: parseDocblock(known.text ?? readFileSync(file, 'utf8'), file) }
      return known.docblock.said
    } catch (error) {
      if (!(error instanceof DocblockProblem)) return undefined
      throw new BadOptionError(`read the flags of "${id}"`, error.message, 'Correct the comment.')
    }
  }

  #commonJsFlags(id: ModuleId): readonly FlagDeclaration[] {
    const module = commonJsModuleOf(id)
    if (!module?.loaded) return NO_FLAGS
    const reason = whyNotReplaceable(module.exports)
    const isStuck = !this.world.hasHooks && isImported(id)
    if (reason === undefined && !isStuck) return NO_FLAGS
    const key = `${isStuck}${reason ?? ''}`
    let said = saidOfCommonJs.get(key)
    if (!said) {
      said = []
      if (reason !== undefined) said.push({ flags: { allowReload: false }, reason })
      if (isStuck) said.push({ flags: { allowUnload: false }, reason: importedWithoutHooks() })
      saidOfCommonJs.set(key, said)
    }
    return said
  }

  #assertRequiredOnly(id: ModuleId): void {
    if (isFileId(id) && isImported(id)) {
      throw new NotFreshError(id, importedWithoutHooks(), `Run on Node ${VERSIONS_WITH_HOOKS}.`)
    }
  }
}

/** Also for a host of another copy of the core, as of its other build. */
export function isNodeHost(host: ModuleHost): host is NodeHost {
  return 'world' in host
}

const ESM_LOADER: FlagDeclaration = {
  flags: { allowReload: false, allowUnload: false },
  reason: "Node's own loader never forgets an ES module, and its namespaces are immutable",
}

// Taken once: tests spy on fs.
const { readFileSync } = fs

// One object each: a spec is merged again when what the loader says is another one.
const ESM_FLAGS: readonly FlagDeclaration[] = [ESM_LOADER]
const NO_FLAGS: readonly FlagDeclaration[] = []
/** Reasons -> what is said of all modules that have these. */
const saidOfCommonJs = new Map<string, FlagDeclaration[]>()

function noHooks(): NonNullable<ModuleFacts['notFresh']> {
  return {
    why: `Node ${process.version} has no synchronous hooks into its loader of ES modules here`,
    remedy: `Run on Node ${VERSIONS_WITH_HOOKS}; CommonJS works on any.`,
  }
}

function unseenImports(): NonNullable<ModuleHost['unseenImports']> {
  return {
    why: `Node ${process.version} has no synchronous hooks into its loader, so that import() cannot be led to a copy`,
    remedy: `Run on Node ${VERSIONS_WITH_HOOKS}; () => require('./module') and the name of a CommonJS module work on any.`,
  }
}

function noConditions(): NonNullable<ModuleHost['noConditions']> {
  return {
    why: `Node ${process.version} has no synchronous hooks into its loader, so that all modules have one set of conditions`,
    remedy: `Run on Node ${VERSIONS_WITH_HOOKS}, or leave conditions out and set them for the whole run: node --conditions.`,
  }
}

function importedWithoutHooks(): string {
  return `it was imported, and the ES module loader of Node ${process.version} would go on giving that copy`
}

function isImported(id: ModuleId): boolean {
  return probeEsmCache(fileOf(id)).state !== 'absent'
}

function isImportMeta(object: object): object is ImportMeta {
  return (
    Object.getPrototypeOf(object) === null &&
    typeof (object as ImportMeta).url === 'string' &&
    'resolve' in object
  )
}

// The program's entry as it was given -> its real path. It is asked for with every module that a scope reaches.
let knownEntry: readonly [given: string, file: string] | undefined

function entryFile(): string | undefined {
  const given = process.argv[1]
  if (given === undefined) return undefined
  if (knownEntry?.[0] === given) return knownEntry[1]
  try {
    knownEntry = [given, fs.realpathSync(given)]
    return knownEntry[1]
  } catch {
    return undefined
  }
}
