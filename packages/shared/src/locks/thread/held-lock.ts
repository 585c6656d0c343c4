import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import type { LockFolder } from './lock-folder.ts'
import { type HolderNote, readNote, removeNote, writeNote } from './note.ts'
import { PULSE_MS } from './pulse-watch.ts'

type ProperLockfile = typeof import('proper-lockfile')
type NoteOfMine = Omit<HolderNote, 'token'>

export interface Taking {
  readonly lockfile: ProperLockfile
  readonly folder: LockFolder
  readonly name: string
  readonly note: NoteOfMine
}

/**
 * One lock that we hold. All calls are synchronous, so that proper-lockfile's sign of life (a `stat`, then a `utimes`)
 * is one step: with its asynchronous calls a release can come in between, and the `utimes` then hits the next holder's
 * lock, which takes that for a theft.
 */
export class HeldLock {
  readonly name: string
  readonly note: HolderNote
  readonly #folder: LockFolder
  #release: () => void = () => {}
  #state: 'held' | 'lost' | 'released' = 'held'

  private constructor(folder: LockFolder, name: string, note: HolderNote) {
    this.#folder = folder
    this.name = name
    this.note = note
  }

  /** Takes a free lock. Undefined: somebody has it, dead or alive. Throws where the folder cannot be used. */
  static take({ lockfile, folder, name, note }: Taking): HeldLock | undefined {
    const held = new HeldLock(folder, name, { ...note, token: randomBytes(8).toString('hex') })
    if (!held.#lock(lockfile)) return undefined
    try {
      writeNote(folder, name, held.note)
    } catch (error) {
      held.release()
      throw error
    }
    // Whatever way led two workers in here: at most one of them reads its own token.
    if (readNote(folder, name)?.token === held.note.token) return held
    held.#giveUp()
    return undefined
  }

  /** False once another worker has it. A missing or unreadable note proves nothing. */
  isOurs(): boolean {
    if (this.#state !== 'held') return false
    const token = readNote(this.#folder, this.name)?.token
    if (token !== undefined && token !== this.note.token) this.#giveUp()
    return this.#state === 'held'
  }

  /** True if the lock was ours to the end. */
  release(): boolean {
    if (!this.isOurs()) return false
    this.#state = 'released'
    try {
      removeNote(this.#folder, this.name)
    } finally {
      this.#release()
    }
    return true
  }

  #lock(lockfile: ProperLockfile): boolean {
    // `release` removes the lock without a look at whose it is: once lost, it must only forget it.
    const rmdirSync: typeof fs.rmdirSync = (path) => {
      if (this.#state !== 'lost') fs.rmdirSync(path)
    }
    try {
      this.#release = lockfile.lockSync(this.#folder.path(this.name), {
        fs: { ...fs, rmdirSync },
        realpath: false,
        // Never stale: proper-lockfile's own take-over lets two in. See take-over.ts.
        stale: Number.POSITIVE_INFINITY,
        update: PULSE_MS,
        onCompromised: () => {
          if (this.#state === 'held') this.#state = 'lost'
        },
      })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return false
      throw error
    }
  }

  #giveUp(): void {
    this.#state = 'lost'
    try {
      this.#release()
    } catch {
      // Already forgotten.
    }
  }
}
