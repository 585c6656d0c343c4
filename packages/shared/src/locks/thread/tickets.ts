import { readdirSync, readFileSync, rmSync, type Stats, statSync, utimesSync, writeFileSync } from 'node:fs'
import type { LockFolder } from './lock-folder.ts'
import { isKnownDead } from './owner.ts'
import type { PulseWatch } from './pulse-watch.ts'

/** A waiter's place. Its file is both its place in the queue and the word, for all to read, that it waits for this lock. */
export interface Ticket {
  /** The file's name, all of which the fields below are read from. */
  readonly entry: string
  readonly name: string
  readonly number: number
  readonly ownerId: string
}

/** What a ticket says about its waiter, for messages only. */
export interface Waiter {
  readonly pid: number
  readonly worker: string
  readonly module: string
  readonly testFile?: string | undefined
}

const ENTRY = /^(.+)~(\d{12})~([^~]+)\.ticket$/

/** The queues of all locks in the folder. */
export class Tickets {
  readonly #folder: LockFolder
  readonly #watch: PulseWatch

  constructor(folder: LockFolder, watch: PulseWatch) {
    this.#folder = folder
    this.#watch = watch
  }

  /** The tickets of all who still give signs of life, in their order; those of the dead are removed. */
  read(mine: readonly Ticket[] = []): Ticket[] {
    const own = new Set(mine.map(({ entry }) => entry))
    const tickets = readdirSync(this.#folder.dir).flatMap((entry) => parse(entry) ?? [])
    return tickets.filter((ticket) => own.has(ticket.entry) || this.#isAlive(ticket)).sort(byOrder)
  }

  /**
   * A ticket behind all others. Numbers are drawn as at a bakery, one more than the highest there is, so no clock
   * has a say. Two who draw at the same time may get the same number; the owner's id then decides. One row of numbers
   * for all locks: whoever closes a circle of waiters can tell that it came last.
   */
  draw(name: string, ownerId: string, waiter: Waiter): Ticket {
    const number = 1 + Math.max(0, ...this.read().map((ticket) => ticket.number))
    const entry = `${name}~${String(number).padStart(12, '0')}~${ownerId}.ticket`
    const ticket = { entry, name, number, ownerId }
    this.#write(ticket, waiter)
    return ticket
  }

  /** The waiter's sign of life. One who was stopped for long finds the ticket removed, and puts it back. */
  beat(ticket: Ticket, waiter: Waiter): void {
    const now = new Date()
    try {
      utimesSync(this.#folder.path(ticket.entry), now, now)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      this.#write(ticket, waiter)
    }
  }

  remove(ticket: Ticket): void {
    const path = this.#folder.path(ticket.entry)
    rmSync(path, { force: true, recursive: true })
    this.#watch.forget(path)
  }

  /** When the waiter last gave a sign of life; undefined if the ticket is gone. */
  lastBeat(ticket: Ticket): number | undefined {
    return this.#stat(ticket)?.mtimeMs
  }

  waiterOf(ticket: Ticket): Waiter | undefined {
    try {
      return JSON.parse(readFileSync(this.#folder.path(ticket.entry), 'utf8')) as Waiter
    } catch {
      return undefined
    }
  }

  #write(ticket: Ticket, waiter: Waiter): void {
    this.#folder.ensure()
    writeFileSync(this.#folder.path(ticket.entry), JSON.stringify(waiter))
  }

  #isAlive(ticket: Ticket): boolean {
    const stat = this.#stat(ticket)
    if (!stat) return false
    const pulse = this.#watch.look(this.#folder.path(ticket.entry), stat)
    if (pulse !== 'silent' && !isKnownDead(ticket.ownerId)) return true
    this.remove(ticket)
    return false
  }

  #stat(ticket: Ticket): Stats | undefined {
    const path = this.#folder.path(ticket.entry)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) this.#watch.forget(path)
    return stat
  }
}

/** Whose turn is earlier. The same for every reader, whatever it may be asked about. */
export function byOrder(one: Ticket, other: Ticket): number {
  if (one.number !== other.number) return one.number - other.number
  return one.entry < other.entry ? -1 : one.entry > other.entry ? 1 : 0
}

function parse(entry: string): Ticket | undefined {
  const [, name, number, ownerId] = ENTRY.exec(entry) ?? []
  if (name === undefined || number === undefined || ownerId === undefined) return undefined
  return { entry, name, number: Number(number), ownerId }
}
