import { describe, expect, test } from 'vitest'
import { CircleWatch, findCircle } from './circle.ts'
import type { HolderNote } from './note.ts'
import type { Ticket } from './tickets.ts'

function ticket(ownerId: string, name: string, number: number): Ticket {
  return { entry: `${name}~${number}~${ownerId}`, name, number, ownerId }
}

function holder(workerId: string, token = `${workerId}-token`): HolderNote {
  return { pid: 1, host: 'h', worker: workerId, workerId, module: 'm', since: '', token }
}

describe('findCircle', () => {
  // One holds a and waits for b, two holds b and waits for a.
  const one = ticket('one', 'b', 1)
  const two = ticket('two', 'a', 2)
  const holderOf = (name: string) => holder(name === 'a' ? 'one' : 'two')

  test('is found by the last ticket of the circle and by no other', () => {
    const tickets = [one, two]
    expect(findCircle({ mine: two, tickets, holderOf })?.map((wait) => wait.ticket)).toEqual([two, one])
    expect(findCircle({ mine: one, tickets, holderOf })).toBeUndefined()
  })

  test('has exactly one finder when both drew the same number', () => {
    const tickets = [ticket('one', 'b', 1), ticket('two', 'a', 1)]
    const found = tickets.filter((mine) => findCircle({ mine, tickets, holderOf }))
    expect(found).toHaveLength(1)
  })

  test('goes through any number of workers, and through all that a holder waits for', () => {
    const holders: Record<string, string> = { a: 'one', b: 'two', c: 'three', x: 'nobody' }
    const tickets = [
      ticket('two', 'x', 1),
      ticket('two', 'c', 2),
      ticket('three', 'a', 3),
      ticket('one', 'b', 4),
    ]
    const mine = tickets[3] as Ticket
    const circle = findCircle({ mine, tickets, holderOf: (name) => holder(holders[name] as string) })
    expect(circle?.map((wait) => wait.ticket.name)).toEqual(['b', 'c', 'a'])
  })

  test('is none while the lock is free, or its holder waits for nothing', () => {
    expect(findCircle({ mine: two, tickets: [one, two], holderOf: () => undefined })).toBeUndefined()
    expect(findCircle({ mine: two, tickets: [two], holderOf })).toBeUndefined()
  })
})

describe('CircleWatch', () => {
  const circle = [
    { ticket: ticket('two', 'a', 2), holder: holder('one') },
    { ticket: ticket('one', 'b', 1), holder: holder('two') },
  ]

  test('is certain once the other waiters gave a sign of life after the first look', () => {
    const watch = new CircleWatch()
    expect(watch.isCertain(circle, () => 1)).toBe(false)
    expect(watch.isCertain(circle, () => 1)).toBe(false)
    expect(watch.isCertain(circle, () => 2)).toBe(true)
  })

  test('starts again when any part of the circle is another one', () => {
    const watch = new CircleWatch()
    watch.isCertain(circle, () => 1)
    const changed = circle.map((wait) => ({ ...wait, holder: holder(wait.holder.workerId, 'newer') }))
    expect(watch.isCertain(changed, () => 2)).toBe(false)
  })
})
