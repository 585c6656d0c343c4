/**
 * Modules without state that stay from one file of a shared worker to the next. The next file that imports one imports
 * what that imports, in the same order, as if its body ran; what holds state is evaluated for it then, into the namespace
 * that the module has held all the time. A module that is given something else than before is evaluated again.
 */
import type { ModuleId } from 'fresh-modules/internal'
import type { Linker } from '../engine/engine.ts'
import type { Namespace } from '../engine/namespace.ts'
import type { Registry } from '../engine/registry.ts'
import {
  type FetchResult,
  isMocked,
  type ModuleRunner,
  type RunnerModule,
} from '../vitest/runner-internals.ts'
import { modIdOf } from '../vitest/sources.ts'

/** An import of a module without state. */
interface Link {
  readonly imported: RunnerModule
  /** What it was given; undefined for a mock, which another file will not give it. */
  readonly exports: unknown
}

/** What a module without state was evaluated with. */
interface Evaluated {
  readonly links: readonly Link[]
  /** Counts evaluations: what it reads must not have been evaluated since. */
  readonly at: number
}

/** A module that has no copy in this file yet, though others hold its namespace. */
interface Waiting {
  readonly namespace: Namespace
  /** Whether it is evaluated again in any case. */
  readonly isAgain: boolean
  /** Its source as it was: another one is evaluated. */
  readonly meta: FetchResult | undefined
}

export interface NextFileOptions {
  readonly runner: ModuleRunner
  readonly registry: Registry
}

export class NextFile {
  readonly #runner: ModuleRunner
  readonly #registry: Registry
  readonly #evaluated = new Map<RunnerModule, Evaluated>()
  /** Module -> the count of its last evaluation. */
  readonly #evaluations = new WeakMap<RunnerModule, number>()
  readonly #waiting = new Map<RunnerModule, Waiting>()
  #count = 0

  constructor({ runner, registry }: NextFileOptions) {
    this.#runner = runner
    this.#registry = registry
  }

  /** @param imports what a module without state imports statically; undefined for one with state */
  noteEvaluated(mod: RunnerModule, imports: Iterable<ModuleId> | undefined): void {
    this.#evaluations.set(mod, ++this.#count)
    if (!imports) return
    const links: Link[] = []
    for (const id of imports) {
      const imported = this.#runner.evaluatedModules.getModuleById(modIdOf(id))
      if (!imported) continue
      const isReplaced = isMocked(this.#runner, imported) || imported.meta?.mockedModule !== undefined
      links.push({ imported, exports: isReplaced ? undefined : imported.exports })
    }
    this.#evaluated.set(mod, { links, at: this.#count })
  }

  forget(mod: RunnerModule): void {
    this.#evaluated.delete(mod)
    this.#waiting.delete(mod)
  }

  /**
   * Takes their copies off modules that others hold the namespace of, until the next file imports them.
   *
   * @param testFile the file that comes next
   */
  keep(
    unchanged: readonly ModuleId[],
    dropped: readonly ModuleId[],
    testFile: string | undefined,
  ): { readonly ids: Set<ModuleId>; readonly again: readonly RunnerModule[] } {
    const ids = new Set<ModuleId>()
    const again: RunnerModule[] = []
    for (const id of unchanged) {
      const mod = this.#registry.mod(id)
      // What comes next may have been a module of the file before.
      if (!mod || mod.file === testFile || !this.#mayStay(mod)) continue
      this.#wait(mod, false)
      ids.add(id)
    }
    const held = this.#heldNamespaces()
    for (const id of [...unchanged, ...dropped]) {
      const mod = ids.has(id) ? undefined : this.#registry.mod(id)
      if (!mod || mod.file === testFile || !held.has(this.#namespaceOf(mod))) continue
      if (this.#registry.failed.has(mod) && !this.#waiting.has(mod)) continue
      this.#wait(mod, true)
      this.#evaluated.delete(mod)
      again.push(mod)
      ids.add(id)
    }
    return { ids, again }
  }

  #mayStay(mod: RunnerModule): boolean {
    if (this.#waiting.has(mod)) return true
    // Test files and setup files, which nobody imports, are evaluated for each file.
    if (mod.importers.size === 0 || this.#registry.failed.has(mod)) return false
    return this.#evaluated.get(mod)?.links.every(({ exports }) => exports !== undefined) ?? false
  }

  #namespaceOf(mod: RunnerModule): unknown {
    return this.#waiting.get(mod)?.namespace ?? mod.exports
  }

  /** What modules that stay hold. */
  #heldNamespaces(): Set<unknown> {
    const held = new Set<unknown>()
    for (const [mod, { isAgain }] of this.#waiting) {
      if (isAgain) continue
      for (const { exports } of this.#evaluated.get(mod)?.links ?? []) held.add(exports)
    }
    held.delete(undefined)
    return held
  }

  #wait(mod: RunnerModule, isAgain: boolean): void {
    this.#waiting.set(mod, {
      namespace: this.#namespaceOf(mod) as Namespace,
      isAgain,
      meta: mod.meta,
    })
    // As before a first evaluation.
    Object.assign(mod, { promise: undefined, exports: undefined, evaluated: false })
    mod.imports = new Set()
    mod.importers = new Set()
    this.#registry.failed.delete(mod)
  }

  /** Where the exports of a module go that others hold the namespace of. */
  namespaceFor(mod: RunnerModule): Namespace | undefined {
    return this.#waiting.get(mod)?.namespace
  }

  /** A module has been evaluated into the namespace that others hold. */
  finished(mod: RunnerModule): unknown {
    this.#waiting.delete(mod)
    return mod.exports
  }

  /**
   * Imports what a module imports that has waited. Resolves to whether it can stay as it is; undefined for a module that
   * has not waited, or that is evaluated again in any case.
   *
   * @param reads what the module has used while it was evaluated
   */
  linkAgain(
    mod: RunnerModule,
    callstack: readonly string[],
    linker: Linker,
    reads: () => Iterable<ModuleId>,
  ): Promise<boolean> | undefined {
    const waiting = this.#waiting.get(mod)
    const evaluated = this.#evaluated.get(mod)
    if (!waiting || waiting.isAgain || !evaluated || waiting.meta !== mod.meta) return undefined
    return this.#link(mod, [...callstack, mod.id], waiting, evaluated, linker, reads)
  }

  async #link(
    mod: RunnerModule,
    chain: string[],
    { namespace }: Waiting,
    { links, at }: Evaluated,
    linker: Linker,
    reads: () => Iterable<ModuleId>,
  ): Promise<boolean> {
    // Those that it imports in a circle have it already.
    mod.exports = namespace
    let isSame = true
    for (const { imported, exports } of links) {
      const given = linker.request(imported.url, mod, chain, {})
      if ((given instanceof Promise ? await given : given) !== exports) {
        isSame = false
        break
      }
    }
    for (const id of isSame ? reads() : []) {
      const read = this.#registry.mod(id)
      if (read && (this.#evaluations.get(read) ?? 0) > at) isSame = false
    }
    if (isSame) this.#waiting.delete(mod)
    else mod.exports = undefined
    return isSame
  }
}
