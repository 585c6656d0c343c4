import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import * as lockfile from 'proper-lockfile'
import { beforeEach, describe, expect, test } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import type { KeeperOptions } from '../wire.ts'
import { makeWorkplace } from './workplace.ts'

let options: KeeperOptions
beforeEach(() => {
  const dir = join(tempFolder(), 'locks')
  options = { dir, staleMs: 2_000, lockTimeout: 5, mode: 'wait', worker: 'forks 1' }
})

const rest = { lockfile, holdsAny: () => true, report: () => {} }

describe('a workplace', () => {
  test('carries the options and the callbacks of its worker', () => {
    const place = makeWorkplace(options, rest)
    expect(place).toMatchObject({ ...rest, staleMs: 2_000, lockTimeout: 5, mode: 'wait' })
    expect(place.folder.dir).toBe(options.dir)
  })

  test('names its worker in all that it writes', () => {
    const { owner } = makeWorkplace(options, rest)
    expect(owner).toMatchObject({ pid: process.pid, host: hostname(), worker: 'forks 1' })
  })

  test('is of one worker: two of one process are told apart', () => {
    const [one, two] = [makeWorkplace(options, rest), makeWorkplace(options, rest)]
    expect(one.owner.workerId).not.toBe(two.owner.workerId)
  })

  test('touches nothing before it is used', () => {
    makeWorkplace(options, rest)
    expect(existsSync(options.dir)).toBe(false)
  })

  test('has its queues in its folder, and shares them with those who have the same one', () => {
    const [one, two] = [makeWorkplace(options, rest), makeWorkplace(options, rest)]
    one.folder.ensure()
    const ticket = one.tickets.draw('a', one.owner.workerId, { ...one.owner, module: 'a.ts' })
    expect(two.tickets.read()).toEqual([ticket])
    expect(two.tickets.waiterOf(ticket)).toMatchObject({ worker: 'forks 1', module: 'a.ts' })
  })
})
