/**
 * Test files that share a process, as by `node --test --test-isolation=none`. Node loads all of them before it runs the
 * first test. So each gets CommonJS modules of its own, as if it had its own process: what the file has loaded
 * stands in the registry while it is loaded, and while its tests run.
 *
 * ES modules are there once, since Node never forgets one, and so is what they import.
 */
import { refuses, resolveSpec } from '../flags/specs.ts'
import type { Installed } from '../host/host-slot.ts'
import type { ModuleRecord, TakenRecords } from '../host/module-host.ts'
import { fileOf, identityOf, isFirstParty, type ModuleId } from '../host/module-id.ts'
import { relativeTo } from '../host/paths.ts'
import { formatOf } from './format.ts'
import type { NodeHost } from './node-host.ts'
import type { CommonJsModule } from './node-internals.ts'

export class FileWorlds {
  readonly #installed: Installed
  readonly #isPreloaded: (file: string) => boolean
  /** Absolute paths, in the order in which they were loaded. */
  readonly #files = new Set<string>()
  /** Test file -> the modules that are its own, for all but the one whose turn it is. */
  readonly #aside = new Map<string, TakenRecords>()
  /** Module object -> the test file whose own it is, once that was not the current one for a while. */
  readonly #owners = new WeakMap<object, string>()
  /** What was there before the first test file: what `--import` and `--require` have loaded. */
  readonly #shared = new Set<ModuleId>()
  #current: string | undefined

  /** @param isPreloaded tells a file that `--import` names */
  constructor(installed: Installed, isPreloaded: (file: string) => boolean) {
    this.#installed = installed
    this.#isPreloaded = isPreloaded
    const { world } = installed.host as NodeHost
    world.fileAsked = (id) => this.#begin(fileOf(id))
    world.requiring = (parent) => this.#enterFor(parent)
  }

  /** The tests of a file are about to run. */
  enter(file: string | undefined): void {
    if (file === undefined || file === this.#current || !this.#files.has(file)) return
    const { host } = this.#installed
    if (this.#current !== undefined) {
      const records = this.#own()
      for (const { handle } of records) if (handle) this.#owners.set(handle, this.#current)
      this.#aside.set(this.#current, host.take(records.map(({ id }) => id)))
    }
    this.#aside.get(file)?.putBack()
    this.#aside.delete(file)
    this.#current = file
  }

  /** What all files have in common, as a line for people; undefined where there is nothing to say. */
  get summary(): string | undefined {
    const { host } = this.#installed
    if (this.#files.size < 2) return undefined
    const kept = [...host.records()].filter(({ id }) => isOfProject(id) && isEsm(id) && !this.#isTestFile(id))
    if (kept.length === 0) return undefined
    const names = kept.map(({ id }) => `./${relativeTo(host.root, fileOf(id))}`).sort()
    return (
      `${names.length} ES modules were kept from test file to test file, and what they import, since Node never ` +
      `forgets an ES module: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`
    )
  }

  #begin(file: string): void {
    if (this.#files.has(file) || this.#isPreloaded(file) || !isOfProject(file as ModuleId)) return
    if (this.#files.size === 0) for (const { id } of this.#installed.host.records()) this.#shared.add(id)
    this.#files.add(file)
    this.enter(file)
  }

  /** Code that runs late, as a hook of a suite does, is answered in the world of its file. */
  #enterFor(parent: CommonJsModule): void {
    if (this.#files.size < 2) return
    this.enter(this.#files.has(parent.filename) ? parent.filename : this.#owners.get(parent))
  }

  #isTestFile(id: ModuleId): boolean {
    return this.#files.has(fileOf(id))
  }

  /** What is registered and belongs to the current file alone. */
  #own(): ModuleRecord[] {
    const own = new Map<ModuleId, ModuleRecord>()
    const kept: ModuleRecord[] = []
    for (const record of this.#installed.host.records()) {
      if (!isOfProject(record.id) || this.#isTestFile(record.id)) continue
      if (this.#mayBeDoubled(record)) own.set(record.id, record)
      else kept.push(record)
    }
    // Who stays holds what it imports: another copy of that would be one too many.
    for (const { imports } of kept) {
      for (const id of imports) {
        const record = own.get(id)
        if (record && own.delete(id)) kept.push(record)
      }
    }
    return [...own.values()]
  }

  #mayBeDoubled({ id, state }: ModuleRecord): boolean {
    const { host, state: core } = this.#installed
    if (state === 'evaluating' || this.#shared.has(id) || isEsm(id)) return false
    const facts = (host as NodeHost).facts(id)
    const spec = resolveSpec(this.#installed, id, facts)
    const rules = core.rules.matching(identityOf(id), spec.package)
    const isKept = rules.filter(({ rule }) => rule.reset !== undefined).at(-1)?.rule.reset === false
    return (
      !isKept && facts.kind !== 'addon' && !refuses(spec, 'allowUnload') && !refuses(spec, 'allowReimport')
    )
  }
}

function isOfProject(id: ModuleId): boolean {
  return isFirstParty(id)
}

function isEsm(id: ModuleId): boolean {
  const format = formatOf(id)
  return format === 'module' || format === 'wasm'
}
