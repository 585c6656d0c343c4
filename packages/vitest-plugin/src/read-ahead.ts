/**
 * The server transforms a test file when a worker asks for it, and the worker waits meanwhile. One that runs several
 * files asks earlier: for a file before the reset that precedes it, for the next one before it runs this one.
 */
import type { RunnerNode } from './runner-internals.ts'
import { hasPendingMocks } from './runner-internals.ts'
import type { VitestHost } from './vitest-host.ts'

export class ReadAhead {
  readonly #host: VitestHost
  /** Path of a test file -> its node, registered and not evaluated; undefined where there was nothing to be had. */
  readonly #asked = new Map<string, Promise<RunnerNode | undefined>>()

  constructor(host: VitestHost) {
    this.#host = host
  }

  /** Asks the server for the test file that is next in this worker, if it was not asked yet. */
  begin(path = this.#host.testFile): void {
    if (path === undefined || this.#asked.has(path)) return
    // The import itself says what is wrong.
    this.#asked.set(
      path,
      this.#fetch(path).catch(() => undefined),
    )
  }

  beginNext(): void {
    const { ctx, filepath } = this.#host.worker
    const files = ctx.files ?? []
    const at = files.findIndex((file) => file.filepath === filepath)
    const next = at === -1 ? undefined : files[at + 1]
    if (next) this.begin(next.filepath)
  }

  /** Before the test file is imported: one that has changed since it was read is read again. */
  async end(path = this.#host.testFile): Promise<void> {
    const asked = path === undefined ? undefined : this.#asked.get(path)
    if (path === undefined || !asked) return
    this.#asked.delete(path)
    const node = await asked
    const source = node && this.#host.sources.ofNode(node)
    if (source && this.#host.sources.isOutdated(source)) await this.#host.sources.drop(source.id)
  }

  async #fetch(path: string): Promise<RunnerNode | undefined> {
    const { runner } = this.#host
    const { transport } = runner.vitestOptions
    const resolved = await transport?.resolveId(path)
    // Any request to the server brings pending calls of `vi.doMock` into force.
    return resolved && !hasPendingMocks(runner) ? runner.cachedModule(resolved.url) : undefined
  }
}
