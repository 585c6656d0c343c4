import process from 'node:process'
import { Worker } from 'node:worker_threads'
import { threadFile } from './thread-file.ts'
import type { Hello } from './wire.ts'

/** The helper thread of this thread: one, from its first user to its last. */
export class LockThread {
  static #current: LockThread | undefined

  readonly #worker: Worker
  readonly #users = new Set<(why: string) => void>()
  #isGone = false

  /** Starts it if need be. `onGone` is called if it ends before its user leaves. Throws where threads are not to be had. */
  static join(hello: Hello, onGone: (why: string) => void): LockThread {
    LockThread.#current ??= new LockThread()
    const thread = LockThread.#current
    thread.#users.add(onGone)
    thread.#worker.postMessage(hello, [hello.port])
    return thread
  }

  private constructor() {
    this.#worker = new Worker(threadFile(), { name: 'fresh-modules locks', ...SHIELDED })
    // Else no process would end while it has locks: the thread is there for the process, not the other way round.
    this.#worker.unref()
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)))
    this.#worker.on('exit', (code) => this.#end(`it ended with code ${code}`))
  }

  /** The last user to leave ends it. */
  async leave(onGone: (why: string) => void): Promise<void> {
    this.#users.delete(onGone)
    if (this.#users.size > 0 || this.#isGone) return
    this.#end('it is no longer needed')
    await this.#worker.terminate()
  }

  #end(why: string): void {
    this.#isGone = true
    if (LockThread.#current === this) LockThread.#current = undefined
    const users = [...this.#users]
    this.#users.clear()
    for (const onGone of users) onGone(why)
  }
}

/**
 * Nothing that the user preloads or hooks (`--import`, `--require`, NODE_OPTIONS) belongs into this thread: it would
 * slow its start, and a loader that asks the caller's thread would hang while that waits synchronously. Except Yarn's
 * Plug'n'Play, without which nothing can be found.
 */
const SHIELDED = process.versions['pnp'] === undefined ? { execArgv: [], env: {} } : {}
