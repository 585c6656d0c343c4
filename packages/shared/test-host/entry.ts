/** One module in one world: the host's entry for it, and the copy that its evaluation makes. */
import { pathToFileURL } from 'node:url'
import type { ModuleRecord, ScopeRules } from '../src/host/module-host.ts'
import { fileOf, type ModuleId } from '../src/host/module-id.ts'
import { type Bindings, createNamespace, interopNamespace } from './namespace.ts'

/** Modules by id: the registry, or the own copies of a scope. */
export interface World {
  readonly entries: Map<ModuleId, Entry>
  /** What the core says of requests from within; the registry has none. */
  readonly rules: ScopeRules | undefined
}

export type Format = 'esm' | 'commonjs' | 'json' | 'external'

/** What a module can pass of itself: `import.meta`, or the `module` of CommonJS. */
export interface Handle {
  readonly url: string
  readonly filename: string
  readonly dirname: string
  /** Of CommonJS alone. */
  exports?: unknown
}

export class Entry implements ModuleRecord {
  readonly id: ModuleId
  readonly world: World
  readonly format: Format
  state: 'evaluating' | 'evaluated' = 'evaluating'
  handle: Handle
  bindings: Bindings = new Map()
  /** Settles with the evaluation, where that is asynchronous. */
  promise: Promise<void> | undefined
  readonly imports = new Set<ModuleId>()
  /** Those by import statements; in CommonJS what it has required while it was evaluated. */
  readonly staticImports = new Set<ModuleId>()
  /** The copies that this one was handed while they were still being evaluated, in a circle. */
  readonly unfinished = new Set<Entry>()
  /** The evaluations that this one waits for now: who would close a circle gets the unfinished copy. */
  readonly waitsFor = new Set<Entry>()
  #exports: unknown = createNamespace()
  #namespace: object | undefined

  constructor(id: ModuleId, world: World, format: Format) {
    this.id = id
    this.world = world
    this.format = format
    const filename = fileOf(id)
    this.handle = {
      url: pathToFileURL(filename).href + id.slice(filename.length),
      filename,
      dirname: filename.replace(/[^\\/]*$/, ''),
      ...(format === 'commonjs' ? { exports: {} } : {}),
    }
  }

  get exports(): unknown {
    return this.format === 'commonjs' ? this.handle.exports : this.#exports
  }

  set exports(exports: unknown) {
    if (this.format === 'commonjs') this.handle.exports = exports
    else this.#exports = exports
  }

  /** What `import` hands out. */
  get namespace(): object {
    if (this.format === 'esm') return this.exports as object
    // A CommonJS module that is still being evaluated may yet assign `module.exports`.
    if (this.state === 'evaluating') return interopNamespace(this.exports)
    this.#namespace ??= interopNamespace(this.exports)
    return this.#namespace
  }

  get importers(): ModuleId[] {
    return [...this.world.entries.values()].filter(({ imports }) => imports.has(this.id)).map(({ id }) => id)
  }

  /** Whether this copy's evaluation waits for another's, be it through others. */
  isWaitingFor(other: Entry, visited = new Set<Entry>()): boolean {
    if (this === other) return true
    if (visited.has(this)) return false
    visited.add(this)
    return [...this.waitsFor].some((next) => next.isWaitingFor(other, visited))
  }
}
