import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { LockFolder } from './lock-folder.ts'
import { newOwnerId } from './owner.ts'
import { PulseWatch } from './pulse-watch.ts'
import { byOrder, type Ticket, Tickets } from './tickets.ts'

const waiter = { pid: process.pid, worker: 'w', module: 'm' }

describe('Tickets', () => {
  let folder: LockFolder
  let tickets: Tickets

  beforeEach(() => {
    folder = new LockFolder(tempFolder())
    tickets = new Tickets(folder, new PulseWatch(2_000))
  })

  test('are numbered in the order in which they were drawn, over all locks', () => {
    const drawn = ['a', 'b', 'a'].map((name) => tickets.draw(name, newOwnerId(), waiter))
    expect(drawn.map(({ number }) => number)).toEqual([1, 2, 3])
    expect(tickets.read()).toEqual(drawn)
  })

  test('of a process that is gone are removed by whoever reads', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const dead = newOwnerId().replace(`-${process.pid}-`, `-${pid}-`)
    tickets.draw('a', dead, waiter)
    expect(tickets.read()).toEqual([])
    expect(readdirSync(folder.dir)).toEqual([])
  })

  test('that were removed while their owner was stopped are put back with the same number', () => {
    const ticket = tickets.draw('a', newOwnerId(), waiter)
    tickets.remove(ticket)
    tickets.beat(ticket, waiter)
    expect(tickets.read()).toEqual([ticket])
  })

  test('are told from whatever else lies in the folder', () => {
    writeFileSync(folder.path('notes~x~y.ticket'), '')
    writeFileSync(folder.path('README'), '')
    expect(tickets.read()).toEqual([])
  })

  test('stay in their order though some go, and numbers that are above all others are not used again', () => {
    const [first, second, third] = ['a', 'a', 'a'].map((name) =>
      tickets.draw(name, newOwnerId(), waiter),
    ) as [Ticket, Ticket, Ticket]
    tickets.remove(second)
    expect(tickets.draw('a', newOwnerId(), waiter).number).toBe(4)
    expect(tickets.read().map(({ number }) => number)).toEqual([first.number, third.number, 4])
  })

  test('of one number are told apart by their owners, for every reader alike', () => {
    const numbered = (ownerId: string): Ticket => ({
      entry: `a~000000000001~${ownerId}.ticket`,
      name: 'a',
      number: 1,
      ownerId,
    })
    const [one, other] = [numbered('x-1-0-a'), numbered('x-1-0-b')]
    expect([byOrder(one, other), byOrder(other, one), byOrder(one, one)]).toEqual([-1, 1, 0])
    expect(byOrder({ ...other, number: 1 }, { ...one, number: 2 })).toBeLessThan(0)
  })

  test('are in order by their numbers, not by how those are written', () => {
    writeFileSync(folder.path('a~000000000009~x-1-0-a.ticket'), '')
    writeFileSync(folder.path('a~000000000010~x-1-0-a.ticket'), '')
    expect(tickets.read().map(({ number }) => number)).toEqual([9, 10])
  })

  test('of waiters that give no sign of life are removed, but never our own', () => {
    const look = vi.spyOn(PulseWatch.prototype, 'look').mockReturnValue('silent')
    onTestFinished(() => look.mockRestore())
    writeFileSync(folder.path('a~000000000001~elsewhere-1-0-a.ticket'), '')
    const mine: Ticket = {
      entry: 'a~000000000002~me-1-0-a.ticket',
      name: 'a',
      number: 2,
      ownerId: 'me-1-0-a',
    }
    writeFileSync(folder.path(mine.entry), '')
    expect(tickets.read([mine])).toEqual([mine])
    expect(readdirSync(folder.dir)).toEqual([mine.entry])
  })

  test('show a new sign of life at each beat', () => {
    const ticket = tickets.draw('a', newOwnerId(), waiter)
    utimesSync(folder.path(ticket.entry), 1, 1)
    expect(tickets.lastBeat(ticket)).toBe(1_000)
    tickets.beat(ticket, waiter)
    expect(tickets.lastBeat(ticket)).toBeGreaterThan(1_000)
    tickets.remove(ticket)
    expect(tickets.lastBeat(ticket)).toBeUndefined()
  })

  test('tell who waits, where that can be read', () => {
    const ticket = tickets.draw('a', newOwnerId(), { ...waiter, testFile: 'a.test.ts' })
    expect(tickets.waiterOf(ticket)).toEqual({ ...waiter, testFile: 'a.test.ts' })
    writeFileSync(folder.path(ticket.entry), '{"pid":')
    expect(tickets.waiterOf(ticket)).toBeUndefined()
    tickets.remove(ticket)
    tickets.remove(ticket)
    expect(tickets.waiterOf(ticket)).toBeUndefined()
  })

  test('are drawn in a folder that was removed meanwhile: it is made again', () => {
    const ticket = tickets.draw('a', newOwnerId(), waiter)
    rmSync(folder.dir, { recursive: true })
    tickets.beat(ticket, waiter)
    expect(tickets.read()).toEqual([ticket])
  })
})
