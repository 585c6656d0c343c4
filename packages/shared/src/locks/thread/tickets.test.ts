import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { LockFolder } from './lock-folder.ts'
import { newOwnerId } from './owner.ts'
import { PulseWatch } from './pulse-watch.ts'
import { Tickets } from './tickets.ts'

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
})
