import type { LockOutcome, LockRequest, LostLock } from '../types.ts'
import type { KeeperOptions, News } from '../wire.ts'
import { HeldLock } from './held-lock.ts'
import { LockWait } from './lock-wait.ts'
import { readNote, withoutToken } from './note.ts'
import { PULSE_MS } from './pulse-watch.ts'
import { describeHolder } from './wording.ts'
import { makeWorkplace, type Workplace } from './workplace.ts'

interface Held {
  readonly lock: HeldLock
  readonly request: LockRequest
}

interface Pending {
  readonly wait: LockWait
  readonly outcome: Promise<LockOutcome>
}

/** The locks of one worker: held, waited for and lost. Lives in the helper thread. */
export class LockKeeper {
  readonly #place: Workplace
  readonly #tell: (news: News) => void
  readonly #watchdog: NodeJS.Timeout
  /** Key to the lock that we hold, until it is released or lost. */
  readonly #held = new Map<string, Held>()
  /** Key to the wait for it, which all who ask for it meanwhile share; until its outcome. */
  readonly #pending = new Map<string, Pending>()
  /** Key to what became of its lock; until the key is released: the module is still loaded, and unguarded. */
  readonly #lost = new Map<string, LostLock>()

  constructor(
    options: KeeperOptions,
    lockfile: typeof import('proper-lockfile'),
    tell: (news: News) => void,
  ) {
    this.#tell = tell
    const report = (line: string): void => tell({ say: 'report', line })
    this.#place = makeWorkplace(options, { lockfile, report, holdsAny: () => this.#held.size > 0 })
    this.#watchdog = setInterval(() => this.#findLost(), PULSE_MS)
  }

  async acquire(request: LockRequest): Promise<LockOutcome> {
    const { key } = request
    this.#findLost()
    const lost = this.#lost.get(key)
    if (lost) return { ok: false, reason: 'lost', message: lost.message, holder: lost.holder, waitedMs: 0 }
    if (this.#held.has(key)) return { ok: true }
    const pending = this.#pending.get(key) ?? this.#wait(request)
    return pending.outcome
  }

  /**
   * Cancels what is waited for and gives up what is held; with no keys all of it. Returns which. All in one step, so
   * that who asks for the same key next, even before the cancelled ones have their outcome, starts from nothing.
   */
  release(keys?: readonly string[]): readonly string[] {
    const chosen = keys ?? [...this.#held.keys(), ...this.#pending.keys(), ...this.#lost.keys()]
    for (const key of chosen) this.#releaseOne(key)
    return chosen
  }

  close(): void {
    clearInterval(this.#watchdog)
    this.release()
  }

  #wait(request: LockRequest): Pending {
    const wait = new LockWait(this.#place, request)
    const outcome = wait.run().then((result): LockOutcome => {
      const isWanted = this.#pending.get(request.key) === pending
      if (isWanted) this.#pending.delete(request.key)
      if (!(result instanceof HeldLock)) return result
      if (!isWanted) {
        // Released in the moment between its taking and this one.
        this.#release({ lock: result, request })
        return { ok: false, reason: 'cancelled', message: 'it was released while it waited', waitedMs: 0 }
      }
      this.#held.set(request.key, { lock: result, request })
      return { ok: true }
    })
    const pending: Pending = { wait, outcome }
    this.#pending.set(request.key, pending)
    return pending
  }

  #releaseOne(key: string): void {
    this.#pending.get(key)?.wait.cancel()
    this.#pending.delete(key)
    const held = this.#held.get(key)
    if (held) this.#release(held)
    this.#held.delete(key)
    this.#lost.delete(key)
  }

  #release(held: Held): void {
    try {
      if (!held.lock.release()) this.#lose(held)
    } catch (error) {
      // Nobody touches it any more, so others get it after the stale time.
      const why = error instanceof Error ? error.message : String(error)
      this.#place.report(`The lock of "${held.request.module}" could not be removed: ${why}.`)
    }
  }

  #findLost(): void {
    for (const held of this.#held.values()) {
      if (!held.lock.isOurs()) this.#lose(held)
    }
  }

  #lose({ lock, request }: Held): void {
    const note = readNote(this.#place.folder, lock.name)
    const holder = note && note.workerId !== this.#place.owner.workerId ? withoutToken(note) : undefined
    const by = holder ? `is now held by ${describeHolder(holder)}` : 'is gone from its folder'
    const message = `its lock, taken at ${lock.note.since} by worker "${lock.note.worker}", ${by}`
    const lost = { ...request, holder, message }
    this.#held.delete(request.key)
    this.#lost.set(request.key, lost)
    this.#tell({ say: 'lost', lost })
  }
}
