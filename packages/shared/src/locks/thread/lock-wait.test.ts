import fs from 'node:fs'
import * as lockfile from 'proper-lockfile'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import type { LockRefusal } from '../types.ts'
import type { KeeperOptions } from '../wire.ts'
import { HeldLock } from './held-lock.ts'
import { lockName } from './lock-folder.ts'
import { LockWait } from './lock-wait.ts'
import { makeWorkplace, type Workplace } from './workplace.ts'

/** The time of all waits: it stands still but for `pass`. */
let time: number
let sleepers: { until: number; wake: () => void }[]

vi.mock('node:perf_hooks', () => ({ performance: { now: () => time } }))
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) =>
    new Promise<void>((wake) => {
      sleepers.push({ until: time + ms, wake })
    }),
}))

const DB = { key: '/app/db.ts', module: 'db.ts', testFile: 'db.test.ts' }
const PORT = { key: '/app/port.ts', module: 'port.ts', testFile: 'port.test.ts' }

let dir: string
let lines: string[]
let started: LockWait[]
let taken: HeldLock[]

beforeEach(() => {
  dir = tempFolder()
  time = 0
  sleepers = []
  lines = []
  started = []
  taken = []
})

afterEach(async () => {
  vi.restoreAllMocks()
  for (const wait of started) wait.cancel()
  await pass(1_000)
  for (const lock of taken) lock.release()
})

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Lets all waits have their turns, one after the other, as their time comes. */
async function pass(ms: number): Promise<void> {
  const end = time + ms
  for (;;) {
    await settle()
    const [next] = sleepers.sort((one, other) => one.until - other.until)
    if (!next || next.until > end) break
    sleepers.shift()
    time = next.until
    next.wake()
  }
  time = end
}

interface Worker {
  readonly place: Workplace
  readonly held: HeldLock[]
}

function worker(name: string, more: Partial<KeeperOptions> = {}): Worker {
  const held: HeldLock[] = []
  const options = {
    dir,
    // Holders give their signs of life in real time, of which next to nothing passes here.
    staleMs: 3_600_000,
    lockTimeout: undefined,
    mode: 'wait',
    worker: name,
    ...more,
  } as const
  const report = (line: string) => void lines.push(line)
  return { held, place: makeWorkplace(options, { lockfile, report, holdsAny: () => held.length > 0 }) }
}

/** A wait that has begun, and what came of it so far. */
function begin({ place, held }: Worker, request = DB) {
  const wait = new LockWait(place, request)
  started.push(wait)
  const result: { outcome?: 'taken' | LockRefusal } = {}
  const ended = wait.run().then((outcome) => {
    if (outcome instanceof HeldLock) {
      held.push(outcome)
      taken.push(outcome)
      result.outcome = 'taken'
    } else result.outcome = outcome
  })
  return Object.assign(wait, { result, ended })
}

/** Takes a lock that is free. */
async function hold(holder: Worker, request = DB): Promise<HeldLock> {
  const { result } = begin(holder, request)
  await settle()
  expect(result.outcome).toBe('taken')
  return holder.held.at(-1) as HeldLock
}

const tickets = () => fs.readdirSync(dir).filter((entry) => entry.endsWith('.ticket'))
const lockOf = ({ key }: typeof DB) => `${dir}/${lockName(key)}.lock`

describe('a lock that is free', () => {
  test('is taken at the first look, with a note and without a place in the queue', async () => {
    const holder = worker('one')
    const lock = await hold(holder)
    expect(lock.isOurs()).toBe(true)
    expect(lock.note).toMatchObject({ worker: 'one', module: 'db.ts', testFile: 'db.test.ts' })
    expect(fs.readdirSync(dir).sort()).toEqual([
      `${lockName(DB.key)}.holder.json`,
      `${lockName(DB.key)}.lock`,
    ])
    expect(time).toBe(0)
  })

  test('is not for a newcomer while others wait for it: it queues behind them', async () => {
    const lock = await hold(worker('one'))
    const second = begin(worker('two'))
    await pass(50)
    lock.release()
    const third = begin(worker('three'))
    await settle()
    expect(third.result.outcome).toBeUndefined()
    await pass(100)
    expect(second.result.outcome).toBe('taken')
    expect(third.result.outcome).toBeUndefined()
  })
})

describe('a lock that is held', () => {
  test('is waited for until it is given up, and the queue has lost the waiter then', async () => {
    const lock = await hold(worker('one'))
    const waiter = begin(worker('two'))
    await pass(60_000)
    expect(waiter.result.outcome).toBeUndefined()
    expect(tickets()).toHaveLength(1)
    lock.release()
    await pass(25)
    expect(waiter.result.outcome).toBe('taken')
    expect(tickets()).toEqual([])
  })

  test('is refused at once in mode throw, with its holder and without a place in the queue', async () => {
    await hold(worker('one'))
    const { result } = begin(worker('two', { mode: 'throw' }))
    await settle()
    expect(result.outcome).toMatchObject({
      ok: false,
      reason: 'held',
      waitedMs: 0,
      message: expect.stringMatching(
        /^it is held by worker "one" \(pid \d+, test file db\.test\.ts\) since /,
      ),
      holder: { worker: 'one', module: 'db.ts' },
    })
    expect(result.outcome).not.toHaveProperty('holder.token')
    expect(tickets()).toEqual([])
  })

  test('is refused in mode throw though its note is gone', async () => {
    await hold(worker('one'))
    fs.rmSync(`${dir}/${lockName(DB.key)}.holder.json`)
    const { result } = begin(worker('two', { mode: 'throw' }))
    await settle()
    expect(result.outcome).toMatchObject({
      reason: 'held',
      message: expect.stringContaining('cannot be read'),
    })
  })

  test('is refused after lockTimeout, not before, and the queue has lost the waiter then', async () => {
    await hold(worker('one'))
    const { result } = begin(worker('two', { lockTimeout: 1_000 }))
    await pass(975)
    expect(result.outcome).toBeUndefined()
    await pass(25)
    expect(result.outcome).toMatchObject({
      reason: 'timeout',
      waitedMs: 1_000,
      message: expect.stringMatching(/^after 1\.0 s it is still held by worker "one" /),
      holder: { worker: 'one' },
    })
    expect(tickets()).toEqual([])
  })

  test('is had by who may not wait at all, if it is free', async () => {
    const holder = worker('one', { lockTimeout: 0 })
    await hold(holder)
    const { result } = begin(worker('two', { lockTimeout: 0 }))
    await settle()
    expect(result.outcome).toMatchObject({ reason: 'timeout', waitedMs: 0 })
  })

  test('is told with what its holder waits for itself', async () => {
    const one = worker('one')
    await hold(one)
    await hold(worker('two'), PORT)
    begin(one, PORT)
    await settle()
    const { result } = begin(worker('three', { mode: 'throw' }))
    await settle()
    expect(result.outcome).toMatchObject({ holder: { worker: 'one', waitsFor: ['port.ts'] } })
    expect(result.outcome).toMatchObject({
      message: expect.stringContaining('which waits for "port.ts" itself'),
    })
  })
})

describe('a wait that is cancelled', () => {
  test('leaves the queue at once, and says so when it wakes up', async () => {
    await hold(worker('one'))
    const waiter = begin(worker('two'))
    await pass(100)
    waiter.cancel()
    expect(tickets()).toEqual([])
    expect(waiter.result.outcome).toBeUndefined()
    await pass(60)
    expect(waiter.result.outcome).toMatchObject({ reason: 'cancelled', ok: false })
  })

  test('takes nothing, even where the lock has become free', async () => {
    const lock = await hold(worker('one'))
    const waiter = begin(worker('two'))
    await settle()
    lock.release()
    waiter.cancel()
    await pass(60)
    expect(waiter.result.outcome).toMatchObject({ reason: 'cancelled' })
    expect(fs.readdirSync(dir)).toEqual([])
  })

  test('makes way for the one behind it', async () => {
    const lock = await hold(worker('one'))
    const [second, third] = [begin(worker('two')), begin(worker('three'))]
    await pass(100)
    second.cancel()
    lock.release()
    await pass(100)
    expect(third.result.outcome).toBe('taken')
  })
})

describe('a holder that gives no sign of life', () => {
  /** As a killed process leaves it: its mtime stays. */
  function leaveBehind(): void {
    fs.mkdirSync(lockOf(DB))
    fs.utimesSync(lockOf(DB), 1, 1)
  }

  test('is followed by the first in the queue, once it was watched for two pulses', async () => {
    leaveBehind()
    const [first, second] = [begin(worker('one')), begin(worker('two'))]
    await pass(1_950)
    expect(first.result.outcome).toBeUndefined()
    await pass(100)
    expect(first.result.outcome).toBe('taken')
    await pass(5_000)
    expect(second.result.outcome).toBeUndefined()
  })

  test('is watched in mode throw as well, where a live one is an outcome at once', async () => {
    leaveBehind()
    const { result } = begin(worker('one', { mode: 'throw' }))
    await pass(1_900)
    expect(result.outcome).toBeUndefined()
    await pass(200)
    expect(result.outcome).toBe('taken')
  })

  test('is no longer taken for dead once it gives one', async () => {
    leaveBehind()
    const { result } = begin(worker('one'))
    await pass(1_900)
    fs.utimesSync(lockOf(DB), 2, 2)
    await pass(1_900)
    expect(result.outcome).toBeUndefined()
    await pass(200)
    expect(result.outcome).toBe('taken')
  })
})

describe('a long wait', () => {
  test('is reported after three seconds and each half minute, with the holder and the place in the queue', async () => {
    await hold(worker('one'))
    begin(worker('two'))
    await pass(100)
    begin(worker('three'))
    await pass(2_850)
    expect(lines).toEqual([])
    await pass(300)
    expect(lines).toEqual([
      expect.stringMatching(
        /^Worker "two" has waited 3\.0 s for "db\.ts": held by worker "one" \(.*\) since [\d:.TZ-]+\.$/,
      ),
      expect.stringMatching(/^Worker "three" has waited 3\.\d s .*, with 1 in the queue before this one\.$/),
    ])
    await pass(29_500)
    expect(lines).toHaveLength(2)
    await pass(500)
    expect(lines).toHaveLength(4)
    expect(lines[2]).toMatch(/^Worker "two" has waited 33\.0 s /)
  })

  test('gives a sign of life four times a second, so that nobody passes it', async () => {
    await hold(worker('one'))
    const two = worker('two')
    begin(two)
    await settle()
    const [ticket] = two.place.tickets.read()
    const old = new Date(1_000)
    fs.utimesSync(`${dir}/${ticket?.entry}`, old, old)
    await pass(240)
    expect(fs.statSync(`${dir}/${ticket?.entry}`).mtimeMs).toBe(1_000)
    await pass(60)
    expect(fs.statSync(`${dir}/${ticket?.entry}`).mtimeMs).toBeGreaterThan(1_000)
  })

  test('keeps its place though the ticket was removed while the process was stopped', async () => {
    const lock = await hold(worker('one'))
    const second = begin(worker('two'))
    await settle()
    const [mine] = tickets()
    fs.rmSync(`${dir}/${mine}`)
    await pass(300)
    expect(tickets()).toEqual([mine])
    lock.release()
    await pass(60)
    expect(second.result.outcome).toBe('taken')
  })
})

describe('a circle', () => {
  test('is refused to the one who closes it, with each step, and the other goes on', async () => {
    const [one, two] = [worker('one'), worker('two')]
    await hold(one, DB)
    await hold(two, PORT)
    const first = begin(one, PORT)
    await settle()
    const second = begin(two, DB)
    await pass(2_000)
    expect(first.result.outcome).toBeUndefined()
    expect(second.result.outcome).toMatchObject({
      ok: false,
      reason: 'circle',
      holder: { worker: 'one' },
      message: expect.stringContaining('to wait for it would be to wait forever'),
      circle: [
        { worker: 'two', holds: 'port.ts', waitsFor: 'db.ts', testFile: 'port.test.ts' },
        { worker: 'one', holds: 'db.ts', waitsFor: 'port.ts', testFile: 'db.test.ts' },
      ],
    })
    for (const lock of two.held) lock.release()
    await pass(100)
    expect(first.result.outcome).toBe('taken')
  })

  test('is none where a waiter of it gives no sign of life: it may be dead', async () => {
    const [one, two] = [worker('one'), worker('two')]
    await hold(one, DB)
    await hold(two, PORT)
    begin(one, PORT)
    await settle()
    sleepers = []
    const second = begin(two, DB)
    await pass(1_000)
    expect(second.result.outcome).toBeUndefined()
  })
})

describe('trouble with the folder', () => {
  /** What reading the queue does, as long as it is set. */
  function failToRead(place: Workplace, code: string) {
    return vi.spyOn(place.tickets, 'read').mockImplementation(() => {
      throw Object.assign(new Error(`${code}: in the way`), { code })
    })
  }

  test('that passes is sat out', async () => {
    const waiter = worker('one')
    const spy = failToRead(waiter.place, 'EMFILE')
    const { result } = begin(waiter)
    await pass(1_900)
    expect(result.outcome).toBeUndefined()
    spy.mockRestore()
    await pass(25)
    expect(result.outcome).toBe('taken')
  })

  test('that comes again later has as long to pass as the first time', async () => {
    await hold(worker('one'))
    const waiter = worker('two')
    const { result } = begin(waiter)
    for (let time = 0; time < 3; time++) {
      const spy = failToRead(waiter.place, 'EMFILE')
      await pass(1_500)
      spy.mockRestore()
      await pass(100)
    }
    expect(result.outcome).toBeUndefined()
  })

  test('that stays for two seconds is an outcome, which names the folder and the error', async () => {
    const waiter = worker('one')
    failToRead(waiter.place, 'EMFILE')
    const { result } = begin(waiter)
    await pass(2_050)
    expect(result.outcome).toMatchObject({
      reason: 'io',
      message: `the folder of locks ${dir} cannot be used (EMFILE: in the way), and without a lock it would run unguarded`,
    })
  })

  test('that will not pass is an outcome at once, and the queue has lost the waiter then', async () => {
    await hold(worker('one'))
    const waiter = worker('two')
    const { result } = begin(waiter)
    await pass(100)
    failToRead(waiter.place, 'EROFS')
    await pass(60)
    expect(result.outcome).toMatchObject({ reason: 'io', message: expect.stringContaining('EROFS') })
    expect(tickets()).toEqual([])
  })

  test('that keeps the ticket from being removed does not hide the outcome', async () => {
    const lock = await hold(worker('one'))
    const waiter = worker('two')
    const { result } = begin(waiter)
    await settle()
    vi.spyOn(waiter.place.tickets, 'remove').mockImplementation(() => {
      throw new Error('EACCES')
    })
    lock.release()
    await pass(60)
    expect(result.outcome).toBe('taken')
  })

  test('is over when the whole folder was removed meanwhile: it is made again', async () => {
    fs.mkdirSync(lockOf(DB))
    const { result } = begin(worker('one'))
    await pass(100)
    fs.rmSync(dir, { recursive: true })
    await pass(400)
    expect(result.outcome).toBe('taken')
    expect(fs.existsSync(lockOf(DB))).toBe(true)
  })
})
