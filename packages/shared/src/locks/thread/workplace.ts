import { hostname } from 'node:os'
import process from 'node:process'
import type { KeeperOptions } from '../wire.ts'
import { LockFolder } from './lock-folder.ts'
import { newOwnerId } from './owner.ts'
import { PulseWatch } from './pulse-watch.ts'
import { Tickets } from './tickets.ts'

/** All that one wait needs of the worker it waits for. */
export interface Workplace {
  readonly lockfile: typeof import('proper-lockfile')
  readonly folder: LockFolder
  readonly tickets: Tickets
  readonly watch: PulseWatch
  readonly owner: Owner
  readonly mode: 'wait' | 'throw'
  readonly staleMs: number
  readonly lockTimeout: number | undefined
  readonly holdsAny: () => boolean
  readonly report: (line: string) => void
}

/** What every note and ticket of this worker says. */
interface Owner {
  readonly pid: number
  readonly host: string
  readonly worker: string
  readonly workerId: string
}

export function makeWorkplace(
  options: KeeperOptions,
  rest: Pick<Workplace, 'lockfile' | 'holdsAny' | 'report'>,
): Workplace {
  const { dir, mode, staleMs, lockTimeout, worker } = options
  const folder = new LockFolder(dir)
  const watch = new PulseWatch(staleMs)
  const owner = { pid: process.pid, host: hostname(), worker, workerId: newOwnerId() }
  return { ...rest, folder, watch, tickets: new Tickets(folder, watch), owner, mode, staleMs, lockTimeout }
}
