/** Answers imports of registered modules that are evaluated without Vite's own code, as Vite's own code would. */
import type { Linker } from '../engine/engine.ts'
import { DYNAMIC, resolveRelative } from '../vitest/request-urls.ts'
import type { RequestMetadata, RunnerModule } from '../vitest/runner-internals.ts'
import type { VitestHost } from './vitest-host.ts'

export class RegisteredLinker implements Linker {
  readonly #host: VitestHost

  constructor(host: VitestHost) {
    this.#host = host
  }

  request(url: string, mod: RunnerModule, chain: string[], metadata?: RequestMetadata): unknown {
    const host = this.#host
    const target = host.fetchedMod(url)
    if (!target) return this.#requestUnknown(url, mod, chain, metadata)
    target.importers.add(mod.id)
    mod.imports.add(target.id)
    if (!target.evaluated || host.registry.failed.has(target)) {
      return host.runner.cachedRequest(url, target, chain, metadata)
    }
    // The shortest way: what is evaluated needs no promise.
    host.noteRequest(target, chain, metadata)
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
    const { runner } = this.#host
    const target = await runner.cachedModule(url, mod.meta?.file || mod.id)
    target.importers.add(mod.id)
    mod.imports.add(target.id)
    return runner.cachedRequest(url, target, chain, metadata)
  }
}
