/** Answers imports of registered modules that are evaluated without Vite's own code, as Vite's own code would. */
import type { Linker } from '../engine/engine.ts'
import type { Registry } from '../engine/registry.ts'
import type { ImportNotes } from '../reset/import-notes.ts'
import type { CurrentSources } from '../vitest/current-sources.ts'
import { DYNAMIC, resolveRelative } from '../vitest/request-urls.ts'
import type { ModuleRunner, RequestMetadata, RunnerModule } from '../vitest/runner-internals.ts'

export interface RegisteredLinkerOptions {
  readonly runner: Pick<ModuleRunner, 'cachedModule' | 'cachedRequest'>
  readonly registry: Pick<Registry, 'failed'>
  readonly current: Pick<CurrentSources, 'fetchedMod'>
  readonly importNotes: Pick<ImportNotes, 'note'>
}

export class RegisteredLinker implements Linker {
  readonly #runner: RegisteredLinkerOptions['runner']
  readonly #registry: RegisteredLinkerOptions['registry']
  readonly #current: RegisteredLinkerOptions['current']
  readonly #importNotes: RegisteredLinkerOptions['importNotes']

  constructor({ runner, registry, current, importNotes }: RegisteredLinkerOptions) {
    this.#runner = runner
    this.#registry = registry
    this.#current = current
    this.#importNotes = importNotes
  }

  request(url: string, mod: RunnerModule, chain: string[], metadata?: RequestMetadata): unknown {
    const target = this.#current.fetchedMod(url)
    if (!target) return this.#requestUnknown(url, mod, chain, metadata)
    target.importers.add(mod.id)
    mod.imports.add(target.id)
    if (!target.evaluated || this.#registry.failed.has(target)) {
      return this.#runner.cachedRequest(url, target, chain, metadata)
    }
    // The shortest way: what is evaluated needs no promise.
    this.#importNotes.note(target, chain, metadata)
    return target.exports
  }

  async requestDynamic(url: string, mod: RunnerModule, chain: string[]): Promise<unknown> {
    return this.#requestUnknown(resolveRelative(url, mod), mod, chain, DYNAMIC)
  }

  importMeta(meta: ImportMeta): ImportMeta {
    return meta
  }

  async #requestUnknown(
    url: string,
    mod: RunnerModule,
    chain: string[],
    metadata: RequestMetadata | undefined,
  ): Promise<unknown> {
    const target = await this.#runner.cachedModule(url, mod.meta?.file || mod.id)
    target.importers.add(mod.id)
    mod.imports.add(target.id)
    return this.#runner.cachedRequest(url, target, chain, metadata)
  }
}
