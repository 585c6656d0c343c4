import fs from 'node:fs'
import * as lockfile from 'proper-lockfile'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import type { HeldLock, Taking } from './held-lock.ts'
import { LockFolder } from './lock-folder.ts'
import { readNote, writeNote } from './note.ts'
import { takeOver } from './take-over.ts'

/** What happens at the moment of the rename, when the look before it has passed. */
let beforeRename: (() => void) | undefined

vi.mock('node:fs', async (importActual) => {
  const actual = await importActual<typeof fs>()
  const renameSync: typeof fs.renameSync = (from, to) => {
    const happens = beforeRename
    beforeRename = undefined
    happens?.()
    actual.renameSync(from, to)
  }
  return { ...actual, renameSync }
})

const STALE_MS = 2_000
let folder: LockFolder
let taking: Taking
let taken: HeldLock | undefined

beforeEach(() => {
  folder = new LockFolder(tempFolder())
  const note = { pid: 1, host: 'h', worker: 'w', workerId: 'mine', module: 'm', since: 'now' }
  taking = { lockfile, folder, name: 'a', note }
})

afterEach(() => {
  beforeRename = undefined
  taken?.release()
  taken = undefined
})

/** The lock of a holder who gave his last sign of life at this second. */
function lockOfTime(time: number): fs.Stats {
  fs.mkdirSync(folder.lock('a'), { recursive: true })
  fs.utimesSync(folder.lock('a'), time, time)
  return fs.lstatSync(folder.lock('a'))
}

function take(stale: fs.Stats, more: Partial<Taking> = {}): HeldLock | undefined {
  taken = takeOver({ ...taking, ...more }, stale, STALE_MS)
  return taken
}

const entries = () => fs.readdirSync(folder.dir).sort()

/** Where the second lock is had, but what follows it goes wrong. */
const withLock = (lockSync: typeof lockfile.lockSync): Partial<Taking> => ({
  lockfile: { ...lockfile, lockSync },
})

describe('a stale lock', () => {
  test('becomes ours, with our note in place of the old one, and nothing else is left', () => {
    const stale = lockOfTime(1)
    writeNote(folder, 'a', { ...taking.note, workerId: 'dead', token: 'of the dead' })
    expect(take(stale)?.isOurs()).toBe(true)
    expect(readNote(folder, 'a')).toMatchObject({ workerId: 'mine' })
    expect(fs.lstatSync(folder.lock('a')).mtimeMs).toBeGreaterThan(stale.mtimeMs)
    expect(entries()).toEqual(['a.holder.json', 'a.lock'])
  })

  test('becomes ours whatever stands in its place', () => {
    fs.writeFileSync(folder.lock('a'), 'a plain file where a folder should be')
    expect(take(fs.lstatSync(folder.lock('a')))?.isOurs()).toBe(true)
    expect(entries()).toEqual(['a.holder.json', 'a.lock'])
  })

  test('is removed with all that lies in it', () => {
    fs.mkdirSync(`${folder.lock('a')}/deep/er`, { recursive: true })
    const stale = lockOfTime(1)
    expect(take(stale)).toBeDefined()
    expect(fs.readdirSync(folder.lock('a'))).toEqual([])
  })
})

describe('a lock is left alone', () => {
  test('that gave a sign of life since it was found', () => {
    const stale = lockOfTime(1)
    lockOfTime(2)
    expect(take(stale)).toBeUndefined()
    expect(entries()).toEqual(['a.lock'])
  })

  test('that is a new one, even of the same time', () => {
    const stale = lockOfTime(1)
    fs.renameSync(folder.lock('a'), folder.path('the old one'))
    lockOfTime(1)
    expect(take(stale)).toBeUndefined()
    expect(entries()).toEqual(['a.lock', 'the old one'])
  })

  test('that is gone: it is for the queue to say who gets it', () => {
    const stale = lockOfTime(1)
    fs.rmdirSync(folder.lock('a'))
    expect(take(stale)).toBeUndefined()
    expect(entries()).toEqual([])
  })

  test('and put back, when it gives a sign of life at the last moment', () => {
    const stale = lockOfTime(1)
    beforeRename = () => fs.utimesSync(folder.lock('a'), 2, 2)
    expect(take(stale)).toBeUndefined()
    expect(entries()).toEqual(['a.lock'])
    expect(fs.lstatSync(folder.lock('a'))).toMatchObject({ ino: stale.ino, mtimeMs: 2_000 })
  })

  test('and put back, when another one took it over at the last moment', () => {
    const stale = lockOfTime(1)
    beforeRename = () => {
      fs.renameSync(folder.lock('a'), folder.path('the old one'))
      lockOfTime(3)
    }
    expect(take(stale)).toBeUndefined()
    expect(fs.lstatSync(folder.lock('a')).mtimeMs).toBe(3_000)
  })
})

describe('the second lock', () => {
  test('lets one in at a time', () => {
    const stale = lockOfTime(1)
    const other = lockfile.lockSync(folder.path('a.takeover'), { realpath: false })
    expect(take(stale)).toBeUndefined()
    expect(entries()).toEqual(['a.lock', 'a.takeover.lock'])
    other()
    expect(take(stale)).toBeDefined()
  })

  test('that was left behind is taken over itself', () => {
    const stale = lockOfTime(1)
    fs.mkdirSync(folder.path('a.takeover.lock'))
    fs.utimesSync(folder.path('a.takeover.lock'), 1, 1)
    expect(take(stale)).toBeDefined()
    expect(entries()).toEqual(['a.holder.json', 'a.lock'])
  })

  test('of one lock holds up no other', () => {
    const other = lockfile.lockSync(folder.path('b.takeover'), { realpath: false })
    expect(take(lockOfTime(1))).toBeDefined()
    other()
  })

  test('that cannot be given up does not cost us what we took', () => {
    const stuck = withLock((file, options) => {
      const unlock = lockfile.lockSync(file, options)
      if (!file.endsWith('.takeover')) return unlock
      return () => {
        unlock()
        throw new Error('stuck')
      }
    })
    expect(take(lockOfTime(1), stuck)?.isOurs()).toBe(true)
  })

  test('that cannot be taken for another reason is trouble to hear of', () => {
    const stale = lockOfTime(1)
    const broken = withLock(() => {
      throw Object.assign(new Error('EROFS: read-only'), { code: 'EROFS' })
    })
    expect(() => take(stale, broken)).toThrow('EROFS')
    expect(entries()).toEqual(['a.lock'])
  })

  test('is given up when the lock itself cannot be taken', () => {
    const stale = lockOfTime(1)
    const broken = withLock((file, options) => {
      if (file.endsWith('.takeover')) return lockfile.lockSync(file, options)
      throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' })
    })
    expect(() => take(stale, broken)).toThrow('ENOSPC')
    expect(entries()).toEqual([])
  })
})
