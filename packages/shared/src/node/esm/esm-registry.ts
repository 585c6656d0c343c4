/**
 * Which ES modules are registered in Node's own loader, which does not tell. What is asked for while our hooks are in
 * place is noted as it happens; what was there before is found by looking for specifiers in the sources of what is
 * loaded, each of which the loader's cache then confirms.
 */
import fs from 'node:fs'
import { types } from 'node:util'
import { isOwnFile } from '../../host/caller.ts'
import { fileOf, isFileId, type ModuleId } from '../../host/module-id.ts'
import { bindingsOf } from '../cjs/names.ts'
import { formatOf } from '../format.ts'
import { cachedModule, Loader, probeEsmCache, runEsmText } from '../node-internals.ts'
import type { World } from '../world.ts'
import { resolveImport } from './resolve-import.ts'
import type { Mark } from './urls.ts'

const { readFileSync } = fs

export class EsmRegistry {
  readonly #world: World
  /** Registered modules -> what they have asked for. ES modules, and CommonJS files that import. Only grows. */
  readonly #imports = new Map<ModuleId, Set<ModuleId>>()
  /** URLs that the loader has for good. */
  readonly #evaluated = new Set<string>()
  /** URLs whose load our hook has seen; the evaluation may have failed. */
  readonly #loaded = new Set<string>()
  /** URL -> its namespace, for those that somebody asked for. The engine keeps them anyway. */
  readonly #namespaces = new Map<string, object>()
  readonly #ids = new WeakMap<object, ModuleId>()
  /** Files to start from when looking for modules that were loaded before our hooks, and those done with. */
  readonly #roots = new Set<string>()
  readonly #scanned = new Set<ModuleId>()

  constructor(world: World) {
    this.#world = world
  }

  /** A file that surely runs: what it imports may have been loaded before us. */
  addRoot(file: string): void {
    this.#roots.add(file)
  }

  isRoot(file: string): boolean {
    return this.#roots.has(file)
  }

  noteImport(importer: ModuleId, id: ModuleId): void {
    if (isOwnFile(importer)) return
    const imports = this.#imports.get(importer)
    if (imports) imports.add(id)
    else this.#imports.set(importer, new Set([id]))
  }

  noteLoad(url: string): void {
    this.#loaded.add(url)
  }

  importsOf(id: ModuleId): Iterable<ModuleId> {
    return this.#imports.get(id) ?? []
  }

  /** Without the working directory, in whose name Node imports test files of one process and what `--import` says. */
  *importersOf(id: ModuleId): Generator<ModuleId> {
    for (const [importer, imports] of this.#imports)
      if (imports.has(id) && !isFolder(importer)) yield importer
  }

  /** Ids of registered ES modules. */
  *ids(): Generator<ModuleId> {
    this.#discover()
    const known = new Set(this.#imports.keys())
    for (const imports of this.#imports.values()) for (const id of imports) known.add(id)
    for (const id of known) if (isFileId(id) && isEsm(id) && this.has(id)) yield id
  }

  has(id: ModuleId): boolean {
    const url = this.#world.registeredUrl(id)
    if (this.#evaluated.has(url)) return true
    if (url.includes('?') || !url.startsWith('file:')) return this.#loaded.has(url)
    const { state } = probeEsmCache(fileOf(id))
    if (state === 'evaluated') this.#evaluated.add(url)
    return state !== 'absent'
  }

  /** Forgets a URL whose evaluation failed. */
  forget(url: string): void {
    this.#loaded.delete(url)
  }

  /** The namespace of the registered copy; undefined where only an asynchronous import could tell. */
  namespaceOf(id: ModuleId): object | undefined {
    const url = this.#world.registeredUrl(id)
    const known = this.#namespaces.get(url)
    if (known) return known
    if (!this.has(id)) return undefined
    try {
      const { namespace } = runEsmText(
        `import * as namespace from ${JSON.stringify(url)}; export { namespace }`,
      )
      this.noteNamespace(url, id, namespace as object)
      return namespace as object
    } catch {
      // It is being evaluated, or awaits at its top level.
      return undefined
    }
  }

  noteNamespace(url: string, id: ModuleId, namespace: object): void {
    this.#namespaces.set(url, namespace)
    this.#ids.set(namespace, id)
  }

  idOfNamespace(namespace: object): ModuleId | undefined {
    const known = this.#ids.get(namespace)
    if (known || !types.isModuleNamespaceObject(namespace)) return known
    const names = Object.keys(namespace).join()
    for (const id of this.ids()) {
      const probed = probeEsmCache(fileOf(id))
      if (probed.state !== 'evaluated' || !(probed.exports instanceof Object || isNamespace(probed.exports)))
        continue
      // `require` adds a name where there is a default export.
      const shown = Object.keys(probed.exports as object).filter((name) => name !== '__esModule')
      if (shown.join() === names.replace(/__esModule,?/, '') && this.namespaceOf(id) === namespace) return id
    }
    return undefined
  }

  /** The values that a facade of a CommonJS file exports: those of a scope's copy, or of the registered one. */
  commonJsBindings(mark: Mark, id: ModuleId, names: readonly string[]): ReadonlyMap<string, unknown> {
    const scope = this.#world.scopes.get(mark)
    if (scope) return bindingsOf(scope.copyOf(id).exports, names)
    const file = fileOf(id)
    const exports = cachedModule(file)?.exports ?? Loader._load(file, undefined, false)
    return bindingsOf(exports, names)
  }

  #discover(): void {
    for (const root of this.#roots) {
      const queue = [root as ModuleId]
      for (const id of queue) {
        if (this.#scanned.has(id) || !isFileId(id)) continue
        this.#scanned.add(id)
        for (const imported of this.#scan(id)) queue.push(imported)
      }
    }
  }

  /** The ES modules among what a loaded module imports, as far as its text tells. */
  *#scan(id: ModuleId): Generator<ModuleId> {
    const format = formatOf(id)
    if (format !== 'module' && format !== 'commonjs') return
    for (const specifier of specifiersIn(fileOf(id))) {
      const imported = resolveImport(this.#world, specifier, id)
      if (typeof imported !== 'string' || !isFileId(imported)) continue
      if (isEsm(imported) ? !this.has(imported) : !cachedModule(fileOf(imported))) continue
      this.noteImport(id, imported)
      if (isEsm(imported)) yield imported
    }
  }
}

/** Whether an importer is a folder, as the URL of one ends in a slash. */
export function isFolder(importer: string): boolean {
  return /[\\/]$/.test(importer)
}

function isNamespace(value: unknown): boolean {
  return types.isModuleNamespaceObject(value)
}

function isEsm(id: ModuleId): boolean {
  const format = formatOf(id)
  return format === 'module' || format === 'wasm'
}

const SPECIFIERS = /\bfrom\s*(['"])([^'"\n]+)\1|\bimport\s*\(?\s*(['"])([^'"\n]+)\3/g

/** What may be a specifier. Text in comments and strings is found as well: it does no harm, since it is not loaded. */
function specifiersIn(file: string): Set<string> {
  try {
    const found = readFileSync(file, 'utf8').matchAll(SPECIFIERS)
    return new Set([...found].map((match) => (match[2] ?? match[4]) as string))
  } catch {
    return new Set()
  }
}
