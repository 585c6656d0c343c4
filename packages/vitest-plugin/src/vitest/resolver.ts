/** Specifiers as the server resolves them. */
import { fileURLToPath } from 'node:url'
import { fileOf, isFileId, isFirstParty, type MaybePromise, type ModuleId } from 'fresh-modules/internal'
import { underConditions } from './conditions.ts'
import type { NodeDelegate } from './node-delegate.ts'
import { type ModuleRunner, resolveInServer } from './runner-internals.ts'
import { idOfMod, modIdOf, type Sources } from './sources.ts'

export interface ResolverOptions {
  readonly runner: ModuleRunner
  readonly sources: Sources
  readonly delegate: NodeDelegate
}

export class Resolver {
  readonly #runner: ModuleRunner
  readonly #sources: Sources
  readonly #delegate: NodeDelegate
  /** Importer -> specifier -> where it led to. What was not found is asked for again. */
  readonly #resolved = new Map<string, Map<string, ModuleId>>()
  /** Id -> the url by which the server knows it. */
  readonly #urls = new Map<ModuleId, string>()

  constructor({ runner, sources, delegate }: ResolverOptions) {
    this.#runner = runner
    this.#sources = sources
    this.#delegate = delegate
  }

  resolve(specifier: string, importer: string): MaybePromise<ModuleId> {
    return this.#resolved.get(importer)?.get(specifier) ?? this.#resolveInServer(specifier, importer)
  }

  /** The url by which a module is asked for. */
  urlOf(id: ModuleId): string {
    return this.#urls.get(id) ?? this.#runner.evaluatedModules.getModuleById(modIdOf(id))?.url ?? id
  }

  /** Not kept: it is asked for seldom. */
  async resolveWith(conditions: readonly string[], specifier: string, importer: string): Promise<ModuleId> {
    const plain = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
    const resolved = await resolveInServer(this.#runner, plain, underConditions(importer, conditions))
    // Not found: the server's own error, for the importer.
    if (!resolved) return this.#resolveInServer(specifier, importer)
    const id = idOfMod(resolved.id)
    this.#urls.set(id, resolved.url)
    return id
  }

  async #resolveInServer(specifier: string, importer: string): Promise<ModuleId> {
    const plain = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
    const resolved = await resolveInServer(this.#runner, plain, importer)
    // Not found: the server's own error, for the importer.
    if (!resolved) return (await this.#sources.fetch(plain, importer)).id
    const id = idOfMod(resolved.id)
    // A helper names a package: its inner files have to be among the records before its children are looked for.
    if (isFileId(id) && !isFirstParty(id)) this.#delegate.host?.world.esm.addRoot(fileOf(id))
    let ofImporter = this.#resolved.get(importer)
    if (!ofImporter) {
      ofImporter = new Map()
      this.#resolved.set(importer, ofImporter)
    }
    ofImporter.set(specifier, id)
    this.#urls.set(id, resolved.url)
    return id
  }
}
