import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as lockfile from 'proper-lockfile'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { db, dir, heldIn, open, openElsewhere, port, ticketsIn, waitFor } from '../fixtures/open-locks.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'
import type { LostLock } from '../types.ts'
import type { KeeperOptions, News } from '../wire.ts'
import { LockFolder, lockName } from './lock-folder.ts'
import { LockKeeper } from './lock-keeper.ts'
import { readNote, writeNote } from './note.ts'

describe('a lock is not lost', () => {
  test('to faked timers, a faked clock, a changed folder or time zone', async () => {
    const cwd = process.cwd()
    const zone = process.env['TZ']
    const locks = open()
    await locks.acquire(db)
    vi.useFakeTimers({ now: new Date('2001-01-01') })
    process.env['TZ'] = 'Pacific/Apia'
    process.chdir(tmpdir())
    try {
      expect(await locks.acquire(port)).toEqual({ ok: true })
      const other = open({ lockTimeout: 2_600 })
      expect(other.acquireSync(db)).toMatchObject({ reason: 'timeout' })
      expect(heldIn(dir)).toEqual([db.module, port.module])
    } finally {
      process.chdir(cwd)
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    }
  })

  test('to an event loop that is blocked for longer than the stale time', async () => {
    const locks = open()
    await locks.acquire(db)
    const other = await openElsewhere({ lockTimeout: 2_800 })
    const outcome = other.call('acquire', db)
    await new Promise((resolve) => setTimeout(resolve, 50))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_800)
    expect(await outcome).toMatchObject({ reason: 'timeout' })
    expect(heldIn(dir)).toEqual([db.module])
  })
})

describe('a holder that is gone', () => {
  test('by SIGKILL is followed by the next after the stale time, and nothing is left', async () => {
    const other = await openElsewhere()
    await other.call('acquire', db)
    const waiter = await openElsewhere()
    void waiter.call('acquire', db).catch(() => {})
    await waitFor(() => ticketsIn(dir).length === 1)
    other.child.kill('SIGKILL')
    waiter.child.kill('SIGKILL')
    const locks = open()
    const started = performance.now()
    expect(await locks.acquire(db)).toEqual({ ok: true })
    expect(performance.now() - started).toBeGreaterThan(1_000)
    await locks.release()
    expect(readdirSync(dir)).toEqual([])
  })

  test('since long is followed in mode throw too', async () => {
    const locks = open({ mode: 'throw', staleMs: 10_000 })
    await locks.acquire(port)
    const lock = join(dir, `${lockName(db.key)}.lock`)
    writeFileSync(lock, 'a plain file where a folder should be')
    utimesSync(lock, 1, 1)
    writeFileSync(join(dir, `${lockName(db.key)}.holder.json`), 'junk')
    expect(await locks.acquire(db)).toEqual({ ok: true })
    await locks.release()
    expect(readdirSync(dir)).toEqual([])
  })

  test('because its process ended has released before', async () => {
    const code = `
      import { createWorkerLocks } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
      const locks = createWorkerLocks({ dir: ${JSON.stringify(dir)}, mode: 'wait', worker: 'w', report() {} })
      console.log(JSON.stringify(await locks.acquire({ key: 'k', module: 'm' })))`
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      timeout: 10_000,
    })
    expect(run).toMatchObject({ status: 0, stdout: '{"ok":true}\n' })
    expect(readdirSync(dir)).toEqual([])
  })
})

describe('a holder that finds its lock taken over', () => {
  test('hears of it, and is refused the key until it has released it', async () => {
    const locks = open()
    const lost: LostLock[] = []
    locks.onLost((loss) => lost.push(loss))
    await locks.acquire(db)
    rmSync(join(dir, `${lockName(db.key)}.lock`), { recursive: true })
    await waitFor(() => lost.length === 1)
    expect(lost[0]).toMatchObject({ key: db.key, module: 'db.ts' })
    expect(await locks.acquire(db)).toMatchObject({ reason: 'lost' })
    await locks.release([db.key])
    expect(await locks.acquire(db)).toEqual({ ok: true })
  })
})

describe('a folder that cannot be used', () => {
  test('is a refusal that names it, never an unlocked run', async () => {
    const file = join(tempFolder(), 'file')
    writeFileSync(file, '')
    const outcome = await open({ dir: join(file, 'locks') }).acquire(db)
    expect(outcome).toMatchObject({
      reason: 'io',
      message: expect.stringMatching(/file\/locks cannot be used \(ENOTDIR/),
    })
  })
})

describe('a keeper', () => {
  let news: News[]
  let keepers: LockKeeper[]

  beforeEach(() => {
    news = []
    keepers = []
  })
  afterEach(() => {
    for (const keeper of keepers) keeper.close()
  })

  /** In this thread, so that what it does can be watched. */
  function keeper(more: Partial<KeeperOptions> = {}, locks: typeof lockfile = lockfile): LockKeeper {
    const options = {
      dir,
      staleMs: 2_000,
      lockTimeout: undefined,
      mode: 'wait',
      worker: 'here',
      ...more,
    } as const
    const made = new LockKeeper(options, locks, (each) => news.push(each))
    keepers.push(made)
    return made
  }

  test('waits once for a key that several ask for, and tells them all the same', async () => {
    const [holder, waiter] = [keeper(), keeper()]
    await holder.acquire(db)
    const waiting = [waiter.acquire(db), waiter.acquire(db), waiter.acquire(db)]
    expect(ticketsIn(dir)).toHaveLength(1)
    holder.release()
    expect(await Promise.all(waiting)).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    expect(waiter.release()).toEqual([db.key])
  })

  test('gives up what it holds, waits for and has lost, each in one step, and says which', async () => {
    const [one, other] = [keeper(), keeper({ mode: 'throw' })]
    await other.acquire(port)
    await one.acquire(db)
    const waiting = one.acquire(port)
    expect([...one.release()].sort()).toEqual([db.key, port.key])
    expect(ticketsIn(dir)).toEqual([])
    expect(await other.acquire(db)).toEqual({ ok: true })
    expect(await waiting).toMatchObject({ reason: 'cancelled' })
    expect(one.release()).toEqual([])
  })

  test('starts from nothing for who asks again right after a release', async () => {
    const [holder, waiter] = [keeper(), keeper()]
    await holder.acquire(db)
    const first = waiter.acquire(db)
    waiter.release([db.key])
    const second = waiter.acquire(db)
    holder.release()
    expect(await first).toMatchObject({ reason: 'cancelled' })
    expect(await second).toEqual({ ok: true })
  })

  test('does not keep a lock that was released in the moment in which it was taken', async () => {
    const one = keeper()
    const taking = one.acquire(db)
    one.release([db.key])
    expect(await taking).toMatchObject({ ok: false, reason: 'cancelled' })
    expect(await keeper({ mode: 'throw' }).acquire(db)).toEqual({ ok: true })
  })

  test('finds out that a lock was taken over at the latest when it gives it up, and tells by whom', async () => {
    const one = keeper()
    await one.acquire(db)
    const folder = new LockFolder(dir)
    const name = lockName(db.key)
    const next = { pid: 7, host: 'h', worker: 'forks 2', workerId: 'other', module: 'db.ts', since: 'then' }
    writeNote(folder, name, { ...next, token: 'of the next' })
    one.release([db.key])
    expect(news).toEqual([
      {
        say: 'lost',
        lost: {
          ...db,
          holder: next,
          message: expect.stringMatching(
            /^its lock, taken at .* by worker "here", is now held by worker "forks 2" \(pid 7\) since then$/,
          ),
        },
      },
    ])
    expect(readNote(folder, name)?.token).toBe('of the next')
  })

  test('tells that a lock is lost once, before it answers whoever asks for it', async () => {
    const one = keeper()
    await one.acquire(db)
    rmSync(join(dir, `${lockName(db.key)}.holder.json`))
    writeNote(new LockFolder(dir), lockName(db.key), {
      ...{ pid: 7, host: 'h', worker: 'w', workerId: 'other', module: 'db.ts', since: 'then', token: 'x' },
    })
    for (let time = 0; time < 2; time++)
      expect(await one.acquire(db)).toMatchObject({ ok: false, reason: 'lost' })
    expect(news).toHaveLength(1)
    expect(one.release()).toEqual([db.key])
  })

  test('reports a lock that could not be removed: others get it after the stale time', async () => {
    const stuck: typeof lockfile = {
      ...lockfile,
      lockSync: (file, options) => {
        const unlock = lockfile.lockSync(file, options)
        return () => {
          unlock()
          throw new Error('EPERM: stuck')
        }
      },
    }
    const one = keeper({}, stuck)
    await one.acquire(db)
    expect(one.release([db.key])).toEqual([db.key])
    expect(news).toEqual([{ say: 'report', line: 'The lock of "db.ts" could not be removed: EPERM: stuck.' }])
  })

  test('that is closed holds nothing and waits for nothing', async () => {
    const [holder, waiter] = [keeper(), keeper()]
    await holder.acquire(db)
    await waiter.acquire(port)
    const waiting = waiter.acquire(db)
    waiter.close()
    holder.close()
    expect(readdirSync(dir)).toEqual([])
    expect(await waiting).toMatchObject({ reason: 'cancelled' })
    expect(readdirSync(dir)).toEqual([])
  })
})
