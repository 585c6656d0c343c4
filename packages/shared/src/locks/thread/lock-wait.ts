import { lstatSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CircleStep, Holder, LockFailure, LockRefusal, LockRequest } from '../types.ts'
import { CircleWatch, findCircle, type Wait } from './circle.ts'
import { HeldLock, type Taking } from './held-lock.ts'
import { lockName } from './lock-folder.ts'
import { type HolderNote, readNote, withoutToken } from './note.ts'
import type { Pulse } from './pulse-watch.ts'
import { takeOver } from './take-over.ts'
import type { Ticket } from './tickets.ts'
import { isPassing } from './trouble.ts'
import { describeCircle, describeHolder, describeIo, seconds } from './wording.ts'
import type { Workplace } from './workplace.ts'

/** The first in the queue looks more often than the others: it is the one who can go on. */
const LOOK_MS = { first: 25, queued: 60 }
const BEAT_MS = 250
const FIRST_REPORT_MS = 3_000
const NEXT_REPORTS_MS = 30_000
/** A full table of open files, say, may pass; a folder that stays unusable this long does not. */
const TROUBLE_MS = 2_000

/** One request from its first try to its outcome. All that touches the folder happens in synchronous turns. */
export class LockWait {
  readonly #place: Workplace
  readonly #request: LockRequest
  readonly #name: string
  readonly #started = performance.now()
  readonly #circleWatch = new CircleWatch()
  #ticket: Ticket | undefined
  #isFirst = true
  #ahead = 0
  #lastBeat = 0
  #nextReport = FIRST_REPORT_MS
  #troubleSince: number | undefined
  #cancelled = false

  constructor(place: Workplace, request: LockRequest) {
    this.#place = place
    this.#request = request
    this.#name = lockName(request.key)
  }

  /** Leaves the queue now; the outcome follows when `run` wakes up. */
  cancel(): void {
    this.#cancelled = true
    this.#leaveQueue()
  }

  async run(): Promise<HeldLock | LockRefusal> {
    try {
      for (;;) {
        const outcome = this.#guardedTurn()
        if (outcome) return outcome
        await sleep(this.#isFirst ? LOOK_MS.first : LOOK_MS.queued)
      }
    } finally {
      this.#leaveQueue()
    }
  }

  #guardedTurn(): HeldLock | LockRefusal | undefined {
    if (this.#cancelled) return this.#refuse('cancelled', 'it was released while it waited')
    try {
      const outcome = this.#turn()
      this.#troubleSince = undefined
      return outcome
    } catch (error) {
      this.#troubleSince ??= performance.now()
      if (isPassing(error) && performance.now() - this.#troubleSince < TROUBLE_MS) return undefined
      return this.#refuse('io', describeIo(this.#place.folder.dir, error))
    }
  }

  #turn(): HeldLock | LockRefusal | undefined {
    this.#place.folder.ensure()
    this.#beat()
    const tickets = this.#place.tickets.read(this.#ticket ? [this.#ticket] : [])
    this.#findPlace(tickets)
    const { held, pulse } = this.#tryLock()
    if (held) return held
    if (this.#place.mode === 'throw' && pulse !== 'old') {
      const holder = this.#holder(tickets)
      return this.#refuse('held', `it is held by ${describeHolder(holder)}`, { holder })
    }
    this.#joinQueue()
    return this.#refuseCircle(tickets) ?? this.#refuseLate(tickets) ?? this.#reportWait(tickets)
  }

  /** Only the first in the queue tries, but everyone watches: a dead holder is waited out once, not once by each. */
  #tryLock(): { held?: HeldLock | undefined; pulse?: Pulse | undefined } {
    const { folder, lockfile, owner, staleMs, watch } = this.#place
    const { module, testFile } = this.#request
    const note = { ...owner, module, testFile, since: new Date().toISOString() }
    const taking: Taking = { lockfile, folder, name: this.#name, note }
    const lock = folder.lock(this.#name)
    const stat = lstatSync(lock, { throwIfNoEntry: false })
    const pulse = stat && watch.look(lock, stat)
    if (!stat) watch.forget(lock)
    const mayTry = this.#isFirst || this.#place.mode === 'throw'
    if (mayTry && !stat) return { held: HeldLock.take(taking) }
    return { pulse, held: mayTry && stat && pulse === 'silent' ? takeOver(taking, stat, staleMs) : undefined }
  }

  #findPlace(tickets: readonly Ticket[]): void {
    const queue = tickets.filter(({ name }) => name === this.#name)
    const place = queue.findIndex(({ entry }) => entry === this.#ticket?.entry)
    this.#ahead = place === -1 ? queue.length : place
    this.#isFirst = this.#ahead === 0
  }

  #joinQueue(): void {
    if (this.#ticket) return
    const { owner, tickets } = this.#place
    this.#ticket = tickets.draw(this.#name, owner.workerId, { ...owner, ...this.#request })
    this.#lastBeat = performance.now()
  }

  #beat(): void {
    if (!this.#ticket || performance.now() - this.#lastBeat < BEAT_MS) return
    this.#place.tickets.beat(this.#ticket, { ...this.#place.owner, ...this.#request })
    this.#lastBeat = performance.now()
  }

  #leaveQueue(): void {
    try {
      if (this.#ticket) this.#place.tickets.remove(this.#ticket)
      this.#ticket = undefined
    } catch {
      // The next comer removes it, once it has been silent for the stale time.
    }
  }

  #refuseCircle(tickets: readonly Ticket[]): LockRefusal | undefined {
    const mine = this.#ticket
    // Who holds nothing is waited for by nobody.
    if (!mine || !this.#place.holdsAny()) return undefined
    const holderOf = (name: string): HolderNote | undefined => readNote(this.#place.folder, name)
    const found = findCircle({ mine, tickets, holderOf })
    if (!this.#circleWatch.isCertain(found, (ticket) => this.#place.tickets.lastBeat(ticket)))
      return undefined
    const circle = this.#stepsOf(found ?? [])
    return this.#refuse('circle', describeCircle(circle), { circle, holder: this.#holder(tickets) })
  }

  /** Each waiter of the circle holds what the waiter before it waits for. */
  #stepsOf(waits: readonly Wait[]): CircleStep[] {
    return waits.map(({ ticket }, index) => {
      const held = (waits.at(index - 1) as Wait).holder
      const waitsFor = this.#place.tickets.waiterOf(ticket)?.module ?? ticket.name
      return { worker: held.worker, pid: held.pid, testFile: held.testFile, holds: held.module, waitsFor }
    })
  }

  #refuseLate(tickets: readonly Ticket[]): LockRefusal | undefined {
    const limit = this.#place.lockTimeout
    if (limit === undefined || this.#waitedMs() < limit) return undefined
    const holder = this.#holder(tickets)
    const message = `after ${seconds(this.#waitedMs())} it is still held by ${describeHolder(holder)}`
    return this.#refuse('timeout', message, { holder })
  }

  #reportWait(tickets: readonly Ticket[]): undefined {
    if (this.#waitedMs() < this.#nextReport) return
    this.#nextReport += NEXT_REPORTS_MS
    const before = this.#ahead === 0 ? '' : `, with ${this.#ahead} in the queue before this one`
    this.#place.report(
      `Worker "${this.#place.owner.worker}" has waited ${seconds(this.#waitedMs())} for "${this.#request.module}": ` +
        `held by ${describeHolder(this.#holder(tickets))}${before}.`,
    )
  }

  #holder(tickets: readonly Ticket[]): Holder | undefined {
    const note = readNote(this.#place.folder, this.#name)
    if (!note) return undefined
    const waits = tickets.filter(({ ownerId }) => ownerId === note.workerId)
    const waitsFor = waits.map((ticket) => this.#place.tickets.waiterOf(ticket)?.module ?? ticket.name)
    return { ...withoutToken(note), waitsFor: waitsFor.length > 0 ? waitsFor : undefined }
  }

  #waitedMs(): number {
    return performance.now() - this.#started
  }

  #refuse(reason: LockFailure, message: string, more: Partial<LockRefusal> = {}): LockRefusal {
    return { ...more, ok: false, reason, message, waitedMs: Math.round(this.#waitedMs()) }
  }
}
