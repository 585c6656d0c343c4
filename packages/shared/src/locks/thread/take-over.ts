import { lstatSync, renameSync, rmSync, type Stats } from 'node:fs'
import { HeldLock, type Taking } from './held-lock.ts'

/**
 * Takes a lock whose holder has given no sign of life. Two workers may come to that conclusion at once, and the slower
 * one would remove the lock that the faster one has just made. So it happens under a second lock, which is held for
 * one synchronous step, and what is removed must still be what was found stale. The second lock may itself be left
 * behind, and its own take-over is the plain one; the look before and after the rename stays.
 */
export function takeOver(taking: Taking, stale: Stats, staleMs: number): HeldLock | undefined {
  const { lockfile, folder, name, note } = taking
  const lock = folder.lock(name)
  const grave = folder.path(`${name}~${note.workerId}.gone`)
  const unlock = orLocked(() =>
    lockfile.lockSync(folder.path(`${name}.takeover`), {
      realpath: false,
      stale: staleMs,
      onCompromised() {},
    }),
  )
  if (!unlock) return undefined
  try {
    if (!isSame(lstatSync(lock, { throwIfNoEntry: false }), stale)) return undefined
    renameSync(lock, grave)
    if (!isSame(lstatSync(grave), stale)) {
      renameSync(grave, lock)
      return undefined
    }
    rmSync(grave, { recursive: true, force: true })
    return HeldLock.take(taking)
  } finally {
    try {
      unlock()
    } catch {
      // Left behind, it goes stale by itself; what was taken stays ours.
    }
  }
}

/** Not by ctime or time of birth: a rename changes the one, and not every file system has the other. */
function isSame(found: Stats | undefined, stale: Stats): boolean {
  return found?.ino === stale.ino && found.mtimeMs === stale.mtimeMs
}

function orLocked<T>(lock: () => T): T | undefined {
  try {
    return lock()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined
    throw error
  }
}
