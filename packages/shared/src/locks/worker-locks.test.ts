import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  db,
  dir,
  heldIn,
  lines,
  open,
  openElsewhere,
  port,
  ticketsIn,
  waitFor,
} from './fixtures/open-locks.ts'
import { LockThread } from './lock-thread.ts'
import { lockName } from './thread/lock-folder.ts'
import type { LockOutcome, LockRefusal } from './types.ts'

describe('a lock', () => {
  test('is held until it is released, and leaves an empty folder', async () => {
    const locks = open()
    expect(await locks.acquire(db)).toEqual({ ok: true })
    const note = JSON.parse(readFileSync(join(dir, `${lockName(db.key)}.holder.json`), 'utf8'))
    expect(note).toMatchObject({ pid: process.pid, worker: 'here', module: 'db.ts', testFile: 'db.test.ts' })
    await locks.release()
    expect(readdirSync(dir)).toEqual([])
  })

  test('is its own at once for the worker that holds it', async () => {
    const locks = open()
    expect(locks.acquireSync(db)).toEqual({ ok: true })
    expect(locks.acquireSync(db)).toEqual({ ok: true })
    expect(await Promise.all([locks.acquire(port), locks.acquire(port)])).toEqual([
      { ok: true },
      { ok: true },
    ])
    await locks.release([db.key])
    expect(heldIn(dir)).toEqual([port.module])
  })

  test('of another process is waited for, awake or asleep, until it is released', async () => {
    const other = await openElsewhere()
    const locks = open()
    for (const wait of [() => locks.acquire(db), () => locks.acquireSync(db)]) {
      expect(await other.call('acquire', db)).toEqual({ ok: true })
      const released = other.call('release')
      expect(await wait()).toEqual({ ok: true })
      await released
      await locks.release()
    }
  })

  test('goes to waiters in the order in which they came', async () => {
    const first = open()
    await first.acquire(db)
    const order: number[] = []
    const waiters = []
    for (const number of [1, 2, 3, 4]) {
      const locks = open()
      waiters.push(
        locks.acquire(db).then(() => {
          order.push(number)
          return locks.release()
        }),
      )
      await waitFor(() => ticketsIn(dir).length === number)
    }
    await first.release()
    await Promise.all(waiters)
    expect(order).toEqual([1, 2, 3, 4])
    expect(readdirSync(dir)).toEqual([])
  })

  test('that is held is an outcome which names the holder, in mode throw and after lockTimeout', async () => {
    await open({ worker: 'forks 1' }).acquire(db)
    const holder = { worker: 'forks 1', pid: process.pid, testFile: 'db.test.ts' }
    const thrown = await open({ mode: 'throw' }).acquire(db)
    expect(thrown).toMatchObject({ ok: false, reason: 'held', holder })
    const late = open({ lockTimeout: 200 }).acquireSync(db)
    expect(late).toMatchObject({ ok: false, reason: 'timeout', holder })
    expect((late as { waitedMs: number }).waitedMs).toBeGreaterThanOrEqual(200)
    expect((late as { message: string }).message).toMatch(
      /^after 0\.\d s it is still held by worker "forks 1" \(pid \d+, test file db\.test\.ts\) since 20/,
    )
    expect(ticketsIn(dir)).toEqual([])
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('is given up by a process that ends by %s', async (signal) => {
    const { child, call } = await openElsewhere()
    await call('acquire', db)
    const ended = once(child, 'exit')
    child.kill(signal)
    expect(await ended).toEqual([null, signal])
    expect(readdirSync(dir)).toEqual([])
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'that a process sleeps for does not keep it from %s',
    async (signal) => {
      const holder = open()
      await holder.acquire(db)
      const { child, call } = await openElsewhere()
      await call('acquire', port)
      void call('acquireSync', db)
      await waitFor(() => ticketsIn(dir).length === 1)
      const ended = once(child, 'exit', { signal: AbortSignal.timeout(10_000) })
      child.kill(signal)
      expect(await ended).toEqual([null, signal])
      // What it held goes stale, as that of a process that was killed.
      expect(await holder.acquire(port)).toEqual({ ok: true })
    },
  )

  test('that is waited for is cancelled by release, and can be asked for again', async () => {
    const [holder, waiter] = [open(), open()]
    await holder.acquire(db)
    const waiting = waiter.acquire(db)
    await waitFor(() => ticketsIn(dir).length === 1)
    await waiter.release()
    const again = waiter.acquire(db)
    expect(await waiting).toMatchObject({ reason: 'cancelled' })
    await holder.release()
    expect(await again).toEqual({ ok: true })
  })

  test('that is waited for is cancelled by dispose, which settles all that was asked', async () => {
    const [holder, waiter] = [open(), open()]
    await holder.acquire(db)
    await waiter.acquire(port)
    const waiting = waiter.acquire(db)
    await waitFor(() => ticketsIn(dir).length === 1)
    await Promise.all([waiter.dispose(), waiter.release(), waiter.dispose()])
    expect(await waiting).toMatchObject({ ok: false, reason: 'cancelled' })
    expect(heldIn(dir)).toEqual([db.module])
    expect(await holder.acquire(port)).toEqual({ ok: true })
  })

  test('that is waited for long is reported, also to a caller that sleeps', async () => {
    const other = await openElsewhere()
    await other.call('acquire', db)
    expect(open({ lockTimeout: 3_200 }).acquireSync(db)).toMatchObject({ reason: 'timeout' })
    expect(lines).toEqual([
      expect.stringMatching(/^Worker "here" has waited 3\.\d s for "db\.ts": held by worker "holder"/),
    ])
  })
})

describe('locks that were disposed of', () => {
  test('are given up, and there are no more', async () => {
    const [locks, other] = [open(), open({ mode: 'throw' })]
    await locks.acquire(db)
    await locks.dispose()
    const refusal = {
      ok: false,
      reason: 'io',
      message: 'the locks of this worker were disposed of',
      waitedMs: 0,
    }
    expect(await locks.acquire(db)).toEqual(refusal)
    expect(locks.acquireSync(port)).toEqual(refusal)
    expect(heldIn(dir)).toEqual([])
    expect(await other.acquire(db)).toEqual({ ok: true })
  })

  test('can be released and disposed of again, and need not have been used', async () => {
    const locks = open()
    await locks.dispose()
    await locks.release()
    await locks.release([db.key])
    await locks.dispose()
    expect(existsSync(dir)).toBe(false)
  })

  test('leave no listener with the process', async () => {
    const count = () => ['exit', 'SIGINT', 'SIGTERM'].map((event) => process.listenerCount(event))
    const before = count()
    const locks = open()
    expect(count()).toEqual(before)
    await locks.acquire(db)
    locks.acquireSync(port)
    expect(count()).toEqual(before.map((listeners) => listeners + 1))
    await locks.dispose()
    expect(count()).toEqual(before)
  })
})

describe('what crosses to the helper thread', () => {
  const crossed = () => vi.mocked(LockThread.join).mock.calls.map(([hello]) => hello.options)
  beforeEach(() => void vi.spyOn(LockThread, 'join'))
  afterEach(() => vi.restoreAllMocks())

  test('are the options as they were at the start: a changed folder makes no other lock', async () => {
    const cwd = process.cwd()
    const locks = open({ dir: relative(cwd, dir) })
    process.chdir(tmpdir())
    try {
      expect(await locks.acquire(db)).toEqual({ ok: true })
    } finally {
      process.chdir(cwd)
    }
    expect(crossed()).toEqual([expect.objectContaining({ dir })])
  })

  test('is a stale time that can be kept to', async () => {
    for (const staleMs of [undefined, 1, 60_000])
      await open({ staleMs }).acquire({ key: `${staleMs}`, module: 'm' })
    expect(crossed().map(({ staleMs }) => staleMs)).toEqual([10_000, 2_000, 60_000])
  })

  test('is nothing of a request that cannot be cloned', async () => {
    const request = { ...db, more: () => {} }
    expect(await open().acquire(request)).toEqual({ ok: true })
  })

  test('is nothing where no thread can be had: that is an outcome, not a crash', async () => {
    vi.mocked(LockThread.join).mockImplementation(() => {
      throw new Error('threads are off')
    })
    const locks = open()
    const refusal = {
      reason: 'io',
      message: 'the helper thread that holds locks cannot be started (threads are off)',
    }
    expect(await locks.acquire(db)).toMatchObject(refusal)
    expect(locks.acquireSync(db)).toMatchObject(refusal)
  })
})

describe('a lock that is lost', () => {
  const loseIt = () => rmSync(join(dir, `${lockName(db.key)}.lock`), { recursive: true })

  test('is reported where nobody listens', async () => {
    const locks = open()
    await locks.acquire(db)
    loseIt()
    await waitFor(() => lines.length > 0)
    expect(lines).toEqual([
      expect.stringMatching(/^Worker "here" lost "db\.ts": its lock, .* is gone from its folder\.$/),
    ])
  })

  test('is told to each listener and not reported, until they stop listening', async () => {
    const locks = open()
    const heard: string[] = []
    const undo = locks.onLost(({ module }) => heard.push(`one: ${module}`))
    locks.onLost(({ module }) => heard.push(`two: ${module}`))
    await locks.acquire(db)
    loseIt()
    await waitFor(() => heard.length > 0)
    expect(heard).toEqual(['one: db.ts', 'two: db.ts'])
    await locks.release()
    undo()
    await locks.acquire(db)
    loseIt()
    await waitFor(() => heard.length > 2)
    expect(heard.slice(2)).toEqual(['two: db.ts'])
    expect(lines).toEqual([])
  })
})

describe('a signal', () => {
  test('is left to others who listen for it: they decide whether the process ends', async () => {
    const locks = open()
    await locks.acquire(db)
    const others = vi.fn()
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    process.once('SIGTERM', others)
    try {
      process.emit('SIGTERM', 'SIGTERM')
      expect(others).toHaveBeenCalledOnce()
      expect(kill).not.toHaveBeenCalled()
      expect(heldIn(dir)).toEqual([db.module])
    } finally {
      kill.mockRestore()
      process.removeListener('SIGTERM', others)
    }
  })
})

describe('a circle of waiters', () => {
  test('is refused to exactly one of them, who is told of it', async () => {
    const [one, two] = [open({ worker: 'one' }), open({ worker: 'two' })]
    await one.acquire(db)
    await two.acquire(port)
    const waits = [
      one.acquire(port).then(async (outcome) => [await one.release(), outcome][1] as LockOutcome),
      two.acquire(db).then(async (outcome) => [await two.release(), outcome][1] as LockOutcome),
    ]
    const outcomes = await Promise.all(waits)
    const refused = outcomes.filter((outcome) => !outcome.ok)
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({ reason: 'circle' })
    const { circle, message } = refused[0] as LockRefusal
    expect(circle).toHaveLength(2)
    expect(message).toMatch(/worker "one" .* holds "db\.ts" and waits for "port\.ts"/)
    expect(message).toMatch(/worker "two" .* holds "port\.ts" and waits for "db\.ts"/)
  })
})
