/** Packages in which their importers register things: who has done so would do it twice if it were evaluated again. */
import { registryReason } from '../flags/known-singletons.ts'
import type { CoreState } from '../host/core-state.ts'
import type { Installed } from '../host/host-slot.ts'
import type { Evidence, ModuleRecord } from '../host/module-host.ts'
import { fileOf, isFileId, isFirstParty, type ModuleId } from '../host/module-id.ts'
import { packageOf } from '../host/packages.ts'
import { type EmptyRegistry, emptyingOf } from './empty-registries.ts'

export interface EmptiedRegistries {
  /** Those that stay as they are. */
  readonly registries: Registries
  readonly empty: readonly EmptyRegistry[]
  isEmptied(id: ModuleId): boolean
}

export class Registries {
  readonly #installed: Installed
  /** The loaded modules of such packages, with what to say of those that register there. */
  readonly #reasons: ReadonlyMap<ModuleId, string>
  /** What those modules export -> the module: a first-party module may hand it on. Made when it is first asked for. */
  #exported: Map<unknown, ModuleId> | undefined

  constructor(installed: Installed, ids: Iterable<ModuleId>) {
    this.#installed = installed
    this.#reasons = installed.state.knownSingletons ? reasonsAmong(installed.state, ids) : new Map()
  }

  /** Why a first-party module is kept; undefined for one that registers nothing. */
  reasonFor(record: ModuleRecord, shown: Evidence | undefined): string | undefined {
    if (this.#reasons.size === 0 || !isFirstParty(record.id)) return undefined
    // Test files and setup files: each is evaluated for its own run of tests.
    if ([...record.importers].length === 0) return undefined
    const registry = this.#registryOf(record, shown)
    return registry && `it ${this.#reasons.get(registry)}`
  }

  #registryOf(record: ModuleRecord, shown: Evidence | undefined): ModuleId | undefined {
    return shown ? this.#calledBy(shown) : firstOf(record.imports, this.#reasons)
  }

  /**
   * Has those packages forget what was registered in them that can, by functions of their own: who has registered does
   * so again. Not where one stays that has registered there, or where another package has.
   *
   * @param kept modules that are not evaluated again
   */
  emptied(kept: Iterable<ModuleId>, evidence: (id: ModuleId) => Evidence | undefined): EmptiedRegistries {
    const { host } = this.#installed
    const stays = new Set<string>()
    for (const id of kept) {
      const record = host.record(id)
      const registry = record && isFirstParty(id) ? this.#registryOf(record, evidence(id)) : undefined
      if (registry) stays.add(folderOf(registry))
    }
    const empty = new Map<string, EmptyRegistry>()
    for (const id of this.#reasons.keys()) {
      const folder = folderOf(id)
      const record = host.record(id)
      for (const importer of record?.importers ?? [])
        if (!isFirstParty(importer) && folderOf(importer) !== folder) stays.add(folder)
      const found = record && emptyingOf(packageOf(fileOf(id))?.name, record.exports)
      if (found && !empty.has(folder)) empty.set(folder, found)
    }
    for (const folder of stays) empty.delete(folder)
    const left = [...this.#reasons.keys()].filter((id) => !empty.has(folderOf(id)))
    return {
      registries: new Registries(this.#installed, left),
      empty: [...empty.values()],
      isEmptied: (id) => empty.has(folderOf(id)),
    }
  }

  /** The registry that the module calls while it is evaluated, by whatever way it has got hold of it. */
  #calledBy({ calls }: Evidence): ModuleId | undefined {
    for (const [called, names] of calls) {
      if (this.#reasons.has(called)) return called
      const handedOn = isFirstParty(called) ? this.#handedOnBy(called, names) : undefined
      if (handedOn) return handedOn
    }
    return undefined
  }

  #handedOnBy(id: ModuleId, names: readonly string[]): ModuleId | undefined {
    const record = this.#installed.host.record(id)
    if (!record || !firstOf(record.imports, this.#reasons)) return undefined
    const exported = this.#allExported()
    for (const name of names) {
      const value = name === '*' ? record.exports : (record.exports as Record<string, unknown> | null)?.[name]
      if (!isObject(value)) continue
      // Compilers make a new object of `import * as client`, with what the package exports.
      for (const one of [value, ...valuesOf(value)]) {
        const registry = exported.get(one)
        if (registry) return registry
      }
    }
    return undefined
  }

  #allExported(): Map<unknown, ModuleId> {
    if (this.#exported) return this.#exported
    this.#exported = new Map()
    for (const id of this.#reasons.keys()) {
      const exports = this.#installed.host.record(id)?.exports
      if (!isObject(exports)) continue
      this.#exported.set(exports, id)
      for (const value of valuesOf(exports)) this.#exported.set(value, id)
    }
    return this.#exported
  }
}

function folderOf(id: ModuleId): string {
  return packageOf(fileOf(id))?.dir ?? id
}

function reasonsAmong(state: CoreState, ids: Iterable<ModuleId>): Map<ModuleId, string> {
  const registries = new Map<ModuleId, string>()
  for (const id of ids) {
    let reason = state.registryReasons.get(id)
    if (reason === undefined) {
      reason = registryReasonOf(id) ?? ''
      state.registryReasons.set(id, reason)
    }
    if (reason) registries.set(id, reason)
  }
  return registries
}

function registryReasonOf(id: ModuleId): string | undefined {
  const pkg = isFileId(id) && !isFirstParty(id) ? packageOf(fileOf(id)) : undefined
  return pkg?.dir.includes('node_modules') ? registryReason(pkg.name) : undefined
}

function firstOf<T>(ids: Iterable<ModuleId>, among: ReadonlyMap<ModuleId, T>): ModuleId | undefined {
  for (const id of ids) if (among.has(id)) return id
  return undefined
}

/** What an object holds by value, without calling a getter. */
function valuesOf(object: object): object[] {
  return Object.values(Object.getOwnPropertyDescriptors(object)).flatMap(({ value }) =>
    isObject(value) ? [value] : [],
  )
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
