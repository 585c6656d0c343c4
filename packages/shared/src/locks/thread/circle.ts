import type { HolderNote } from './note.ts'
import { byOrder, type Ticket } from './tickets.ts'

/** One wait: the ticket, and who holds what it is for. */
export interface Wait {
  readonly ticket: Ticket
  readonly holder: HolderNote
}

export interface WaitGraph {
  /** My ticket. */
  readonly mine: Ticket
  readonly tickets: readonly Ticket[]
  readonly holderOf: (name: string) => HolderNote | undefined
}

/**
 * The circle that my ticket closes: I wait for a lock, its holder waits for another … whose holder am I. My wait comes
 * first in the answer. Only tickets before mine are followed. In every circle one ticket is the last, so exactly one
 * waiter finds it, however many wrote their tickets at the same time: each looks only once its own is there to be seen.
 */
export function findCircle({ mine, tickets, holderOf }: WaitGraph): Wait[] | undefined {
  const older = tickets.filter((ticket) => byOrder(ticket, mine) < 0)
  const visited = new Set<string>()

  function follow(ticket: Ticket): Wait[] | undefined {
    if (visited.has(ticket.name)) return undefined
    visited.add(ticket.name)
    const holder = holderOf(ticket.name)
    if (!holder) return undefined
    if (holder.workerId === mine.ownerId) return [{ ticket, holder }]
    for (const next of older) {
      const rest = next.ownerId === holder.workerId ? follow(next) : undefined
      if (rest) return [{ ticket, holder }, ...rest]
    }
    return undefined
  }

  return follow(mine)
}

/**
 * Makes sure of a circle. Files are read one after the other, so what was read may never have been true at any one
 * moment, and a waiter may have been killed. It is certain once every part of it was seen twice (tickets and tokens are
 * never used again: each was there all the time in between) and every other waiter has given a sign of life since.
 */
export class CircleWatch {
  #parts = ''
  /** Ticket's entry to its mtime when the circle was first seen. */
  #beats = new Map<string, number | undefined>()

  isCertain(circle: readonly Wait[] | undefined, lastBeat: (ticket: Ticket) => number | undefined): boolean {
    const parts = (circle ?? []).map(({ ticket, holder }) => `${ticket.entry} ${holder.token}`).join('\n')
    const others = (circle ?? []).slice(1).map(({ ticket }) => ticket)
    if (parts !== this.#parts) {
      this.#parts = parts
      this.#beats = new Map(others.map((ticket) => [ticket.entry, lastBeat(ticket)]))
      return false
    }
    return others.length > 0 && others.every((ticket) => lastBeat(ticket) !== this.#beats.get(ticket.entry))
  }
}
