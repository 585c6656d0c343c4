import { resolve } from 'node:path'
import process from 'node:process'
import { ThreadLine } from './thread-line.ts'
import type {
  LockOutcome,
  LockRefusal,
  LockRequest,
  LostLock,
  WorkerLockOptions,
  WorkerLocks,
} from './types.ts'
import type { Answer, KeeperOptions, News } from './wire.ts'

const DEFAULT_STALE_MS = 10_000
/** What proper-lockfile allows. */
const LEAST_STALE_MS = 2_000
/** Releasing on the way out of the process must not hold it up: the stale time is there for the rest. */
const EXIT_PATIENCE = 2
const SIGNALS = ['SIGINT', 'SIGTERM'] as const
const OWN = Symbol.for('fresh-modules.own-listener')

/**
 * The locks of one worker, held by a helper thread: in the worker's own thread faked timers, a faked clock or a
 * blocked event loop would lose them, or take those of others.
 */
export function createWorkerLocks(options: WorkerLockOptions): WorkerLocks {
  return new LockClient(options)
}

class LockClient implements WorkerLocks {
  readonly #options: KeeperOptions
  readonly #report: (line: string) => void
  readonly #onLost = new Set<(lost: LostLock) => void>()
  /** Key to the request that got its lock; until it is released or lost. */
  readonly #held = new Map<string, LockRequest>()
  #line: ThreadLine | undefined
  /** Why there will be no more locks. */
  #ended: string | undefined

  constructor({ dir, staleMs = DEFAULT_STALE_MS, lockTimeout, mode, worker, report }: WorkerLockOptions) {
    // Now, since a test may change the working directory.
    const place = resolve(dir)
    this.#options = { dir: place, staleMs: Math.max(staleMs, LEAST_STALE_MS), lockTimeout, mode, worker }
    this.#report = report
  }

  async acquire(request: LockRequest): Promise<LockOutcome> {
    const known = this.#knownOutcome(request) ?? this.#connect()
    if (!(known instanceof ThreadLine)) return known
    return this.#outcomeOf(await known.ask({ ask: 'acquire', request: plain(request) }))
  }

  acquireSync(request: LockRequest): LockOutcome {
    const known = this.#knownOutcome(request) ?? this.#connect()
    if (!(known instanceof ThreadLine)) return known
    const question = { ask: 'acquire', request: plain(request) } as const
    return this.#outcomeOf(this.#asleep(() => known.askSync(question)))
  }

  async release(keys?: Iterable<string>): Promise<void> {
    await this.#line?.ask({ ask: 'release', keys: keys && [...keys] })
  }

  async dispose(): Promise<void> {
    this.#ended ??= 'the locks of this worker were disposed of'
    this.#stopListening()
    const line = this.#line
    await this.release()
    this.#line = undefined
    await line?.close()
  }

  onLost(callback: (lost: LostLock) => void): () => void {
    this.#onLost.add(callback)
    return () => void this.#onLost.delete(callback)
  }

  #knownOutcome({ key }: LockRequest): LockOutcome | undefined {
    this.#line?.drain()
    if (this.#ended !== undefined) return refuse(this.#ended)
    return this.#held.has(key) ? { ok: true } : undefined
  }

  #connect(): ThreadLine | LockRefusal {
    if (this.#line) return this.#line
    try {
      const onGone = (why: string): void => this.#loseAll(why)
      this.#line = new ThreadLine(this.#options, { hear: (message) => this.#hear(message), onGone })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return refuse(`the helper thread that holds locks cannot be started (${why})`)
    }
    process.once('exit', this.#releaseAtExit)
    for (const signal of SIGNALS) process.once(signal, this.#releaseAtSignal)
    return this.#line
  }

  #stopListening(): void {
    process.removeListener('exit', this.#releaseAtExit)
    for (const signal of SIGNALS) process.removeListener(signal, this.#releaseAtSignal)
  }

  /**
   * A thread that sleeps hears no signal: a Ctrl-C would have to wait for as long as it does, which may be for ever.
   * Without a listener it ends the process on the spot; what that holds goes stale, as where it is killed.
   */
  #asleep<T>(sleep: () => T): T {
    const listeners = SIGNALS.flatMap((signal) =>
      process.listeners(signal).flatMap((listener) => (OWN in listener ? { signal, listener } : [])),
    )
    for (const { signal, listener } of listeners) process.removeListener(signal, listener)
    try {
      return sleep()
    } finally {
      for (const { signal, listener } of listeners) process.once(signal, listener)
      if (this.#ended !== undefined) this.#stopListening()
    }
  }

  #outcomeOf(answer: Answer | undefined): LockOutcome {
    if (answer?.say === 'outcome') return answer.outcome
    return refuse(this.#ended ?? 'the helper thread that holds locks is gone')
  }

  #hear(message: Answer | News): void {
    if (message.say === 'report') this.#report(message.line)
    else if (message.say === 'lost') this.#lose(message.lost)
    else if (message.say === 'released') for (const key of message.keys) this.#held.delete(key)
    else if (message.outcome.ok) this.#held.set(message.request.key, message.request)
  }

  #lose(lost: LostLock): void {
    this.#held.delete(lost.key)
    if (this.#onLost.size === 0)
      this.#report(`Worker "${this.#options.worker}" lost "${lost.module}": ${lost.message}.`)
    for (const callback of this.#onLost) callback(lost)
  }

  /** Without the thread nobody keeps the locks alive, and others may take them over any moment. */
  #loseAll(why: string): void {
    this.#ended ??= `the helper thread that holds locks is gone (${why})`
    this.#stopListening()
    const message = `its lock is not kept any more: ${this.#ended}`
    for (const request of [...this.#held.values()]) this.#lose({ ...request, message })
  }

  readonly #releaseAtExit = own(
    (): void => void this.#line?.askSync({ ask: 'release', keys: undefined }, EXIT_PATIENCE),
  )

  /**
   * Ctrl-C reaches worker processes too, and ends them on the spot: the next run would wait for the stale time. Where
   * somebody else listens, that one decides whether the process ends.
   */
  readonly #releaseAtSignal = own((signal: NodeJS.Signals): void => {
    if (process.listeners(signal).some((listener) => !(OWN in listener))) return
    this.#releaseAtExit()
    this.#stopListening()
    // As it would have ended without our listener.
    process.kill(process.pid, signal)
  })
}

/** It outlives the test file that made it needed: an adapter that puts back the listeners of files leaves it alone. */
function own<T extends (...args: never[]) => void>(listener: T): T {
  return Object.assign(listener, { [OWN]: true })
}

function refuse(message: string): LockRefusal {
  return { ok: false, reason: 'io', message, waitedMs: 0 }
}

/** What callers put into a request beyond this may not be cloneable. */
function plain({ key, module, testFile }: LockRequest): LockRequest {
  return { key, module, testFile }
}
