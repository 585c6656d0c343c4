import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { db, dir, open, openElsewhere, port, ticketsIn, waitFor } from '../fixtures/open-locks.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'
import type { LostLock } from '../types.ts'
import { lockName } from './lock-folder.ts'

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
      expect(locks.held()).toEqual([db.key, port.key])
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
    expect(locks.held()).toEqual([db.key])
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
    expect(locks.held()).toEqual([])
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
