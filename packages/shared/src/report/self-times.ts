/** How long modules take to be evaluated, without what they wait for their imports. */

interface Running {
  readonly since: number
  /** How many imports it waits for now, and since when. */
  waits: number
  waitsSince: number
  waited: number
}

export interface Evaluated {
  count: number
  /** Milliseconds. */
  self: number
}

// Taken once: tests fake clocks.
const elapsed = performance.now.bind(performance)

export class SelfTimes {
  readonly #running = new Map<string, Running>()
  #evaluated = new Map<string, Evaluated>()
  readonly #now: () => number

  /** @param now the clock, in milliseconds */
  constructor(now: () => number = elapsed) {
    this.#now = now
  }

  begin(id: string): void {
    this.#running.set(id, { since: this.#now(), waits: 0, waitsSince: 0, waited: 0 })
  }

  /** It has been evaluated. One that has failed has no copy, but took its time. */
  end(id: string): void {
    const running = this.#running.get(id)
    if (!running) return
    this.#running.delete(id)
    const at = this.#now()
    const waited = running.waited + (running.waits > 0 ? at - running.waitsSince : 0)
    const known = this.#evaluated.get(id) ?? { count: 0, self: 0 }
    known.count++
    known.self += Math.max(0, at - running.since - waited)
    this.#evaluated.set(id, known)
  }

  /** An importer begins to wait for something that it imports. Imports that it waits for at once count once. */
  wait(importer: string): void {
    const running = this.#running.get(importer)
    if (running && running.waits++ === 0) running.waitsSince = this.#now()
  }

  goOn(importer: string): void {
    const running = this.#running.get(importer)
    if (!running || running.waits === 0 || --running.waits > 0) return
    running.waited += this.#now() - running.waitsSince
  }

  /** Everything since the last call. What is being evaluated now goes on. */
  take(): ReadonlyMap<string, Evaluated> {
    const taken = this.#evaluated
    this.#evaluated = new Map()
    return taken
  }
}
