/** CommonJS modules that are being evaluated: each waits for the one that it requires. */
import type { ModuleId } from 'fresh-modules/internal/core'
import type { WorkerReport } from 'fresh-modules/internal/report'

export class Evaluations {
  readonly #times: WorkerReport['times']
  /** Outermost first. */
  readonly #running: ModuleId[] = []

  constructor(times: WorkerReport['times']) {
    this.#times = times
  }

  begin(id: ModuleId, importer: ModuleId | undefined): void {
    // Nobody tells of a body that throws: what stands above the importer has ended so.
    if (importer !== undefined && this.#running.includes(importer)) {
      while (this.#running.at(-1) !== importer) this.#pop()
    }
    const top = this.#running.at(-1)
    if (top !== undefined) this.#times.wait(top)
    this.#running.push(id)
    this.#times.begin(id)
  }

  end(id: ModuleId): void {
    if (!this.#running.includes(id)) return
    while (this.#pop() !== id);
  }

  #pop(): ModuleId | undefined {
    const id = this.#running.pop()
    if (id !== undefined) this.#times.end(id)
    const top = this.#running.at(-1)
    if (top !== undefined) this.#times.goOn(top)
    return id
  }
}
