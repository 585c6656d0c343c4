/** What the lock component takes and returns: plain data only, so that its user makes the errors of its own realm. */

/** How the locks of one worker behave; the same for every key. */
export interface WorkerLockOptions {
  /** The folder of the locks, below the project's cache folder. Made on demand; who shares it shares the locks. */
  readonly dir: string
  /** How long a holder may give no sign of life before others take its lock over, in ms: 10 000, never below 2 000. */
  readonly staleMs?: number | undefined
  /** How long to wait for a lock, in ms; left out: until it is free. */
  readonly lockTimeout?: number | undefined
  /** `'throw'`: a lock that another worker holds is the outcome `'held'` at once. */
  readonly mode: 'wait' | 'throw'
  /** The name of this worker in messages: `"forks 2"`. */
  readonly worker: string
  /** Gets a line for the user to see, when a lock is waited for longer than a few seconds. */
  readonly report: (line: string) => void
}

/** What is asked for. Modules that share a lock share the key. */
export interface LockRequest {
  readonly key: string
  /** The module's name in messages. */
  readonly module: string
  readonly testFile?: string | undefined
}

/** Who holds a lock, as its note says. */
export interface Holder {
  readonly pid: number
  readonly host: string
  readonly worker: string
  /** Names one `WorkerLocks` object of one thread of one process, for as long as it lives. */
  readonly workerId: string
  readonly module: string
  readonly testFile?: string | undefined
  /** When it got the lock: ISO time. */
  readonly since: string
  /** The modules for whose locks the holder waits itself. */
  readonly waitsFor?: readonly string[] | undefined
}

/** One step of a circle: this worker holds the lock of `holds` and waits for the lock of `waitsFor`. */
export interface CircleStep {
  readonly worker: string
  readonly pid: number
  readonly testFile?: string | undefined
  readonly holds: string
  readonly waitsFor: string
}

/**
 * - `timeout`: `lockTimeout` passed. `held`: mode `'throw'`. `circle`: to wait would be to wait for oneself.
 * - `lost`: this worker had the lock, and another took it over; until it is released, asking again says so again.
 * - `cancelled`: released or disposed of while it waited.
 * - `io`: the lock folder cannot be used, or the helper thread is gone. Never a silent unlocked run.
 */
export type LockFailure = 'timeout' | 'held' | 'circle' | 'lost' | 'cancelled' | 'io'

export interface LockRefusal {
  readonly ok: false
  readonly reason: LockFailure
  /** Why, to stand after a colon: no capital, no full stop. */
  readonly message: string
  readonly waitedMs: number
  readonly holder?: Holder | undefined
  readonly circle?: readonly CircleStep[] | undefined
}

export type LockOutcome = { readonly ok: true } | LockRefusal

/** A lock that was taken over, or given up with the helper thread, while this worker relied on it. */
export interface LostLock {
  readonly key: string
  readonly module: string
  readonly testFile?: string | undefined
  /** Who has it now, where that is known. */
  readonly holder?: Holder | undefined
  readonly message: string
}

/** The locks of one worker. Nothing is loaded or touched before the first acquire. */
export interface WorkerLocks {
  /** Takes the lock of a key; a key that this worker holds is its own at once, until it is released. */
  acquire(request: LockRequest): Promise<LockOutcome>
  /** The same, with the calling thread asleep until the outcome is known. */
  acquireSync(request: LockRequest): LockOutcome
  /** Gives up these keys, or all; those still waited for are cancelled. */
  release(keys?: Iterable<string>): Promise<void>
  /** Gives up everything for good and ends the helper thread with its last user. */
  dispose(): Promise<void>
  /** Hears of every lock that is lost while held; with no listener the line is reported. Returns the undo. */
  onLost(callback: (lost: LostLock) => void): () => void
}
