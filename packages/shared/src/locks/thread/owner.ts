import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import process from 'node:process'
import { threadId } from 'node:worker_threads'

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

/** `3f2a91bc-4711-2-9e107d9d`: host, pid, thread, and a random part since pids are used again. */
export function newOwnerId(): string {
  return `${HOST}-${process.pid}-${threadId}-${randomBytes(4).toString('hex')}`
}

/**
 * True if the owner's process is known to be gone. False means nothing: another host, a pid that is used again, a
 * process that ended its helper thread. Good enough to tidy up by, not to take a lock by: containers that share a
 * folder and a host name do not see each other's processes.
 */
export function isKnownDead(ownerId: string): boolean {
  const [host, pid] = ownerId.split('-')
  if (host !== HOST || !/^\d+$/.test(pid ?? '')) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
