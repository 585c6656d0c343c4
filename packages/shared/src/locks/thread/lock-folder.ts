/**
 * The names of all that stands in the lock folder. For a key `/app/db.ts`, with `~owner` as in owner.ts:
 *
 *     db.ts-5f1d…                       what proper-lockfile is asked to lock; no such file exists
 *     db.ts-5f1d….lock/                 the lock: an empty folder whose mtime is the holder's sign of life
 *     db.ts-5f1d….holder.json           who holds it
 *     db.ts-5f1d….takeover.lock/        held for the moment in which a stale lock is removed
 *     db.ts-5f1d…~000000000007~owner.ticket   a waiter's place in the queue
 *     db.ts-5f1d…~owner.tmp  …~owner.gone     exist within one step only, unless it was killed in the middle
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isKnownDead } from './owner.ts'

export class LockFolder {
  readonly dir: string
  #swept = false

  constructor(dir: string) {
    this.dir = dir
  }

  ensure(): void {
    makeFolder(this.dir)
    if (!this.#swept) this.#sweep()
    this.#swept = true
  }

  path(entry: string): string {
    return join(this.dir, entry)
  }

  lock(name: string): string {
    return this.path(`${name}.lock`)
  }

  note(name: string): string {
    return this.path(`${name}.holder.json`)
  }

  /** Removes what processes that are gone left in the middle of a step. Their locks and tickets have rules of their own. */
  #sweep(): void {
    for (const entry of readdirSync(this.dir)) {
      const owner = /~([^~]+)\.(?:tmp|gone)$/.exec(entry)?.[1]
      if (owner !== undefined && isKnownDead(owner))
        rmSync(this.path(entry), { recursive: true, force: true })
    }
  }
}

/** A key as a file name: readable, the same on every file system, and never two keys under one name. */
export function lockName(key: string): string {
  const tail = key.replaceAll(/[^\w.-]+/g, '-').slice(-40)
  return `${tail}-${createHash('sha256').update(key).digest('hex').slice(0, 20)}`
}

/**
 * Node's recursive `mkdir` calls a read-only file system "no such file or directory", and never returns for a folder
 * below /proc. This one fails with the first error that is not a missing parent.
 */
function makeFolder(dir: string, mayMakeParent = true): void {
  try {
    mkdirSync(dir)
  } catch (error) {
    if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return
    const isParentMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (!isParentMissing || !mayMakeParent || dirname(dir) === dir) throw error
    makeFolder(dirname(dir))
    makeFolder(dir, false)
  }
}
