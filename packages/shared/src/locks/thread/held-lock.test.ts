import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as lockfile from 'proper-lockfile'
import { beforeEach, describe, expect, test } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { HeldLock, type Taking } from './held-lock.ts'
import { LockFolder } from './lock-folder.ts'
import { readNote, writeNote } from './note.ts'

let folder: LockFolder
let taking: Taking

beforeEach(() => {
  folder = new LockFolder(tempFolder())
  const note = { pid: 1, host: 'h', worker: 'w', workerId: 'mine', module: 'm', since: 'now' }
  taking = { lockfile, folder, name: 'a', note }
})

describe('HeldLock', () => {
  test('leaves nothing behind when it is released', () => {
    const held = HeldLock.take(taking)
    expect(readdirSync(folder.dir).sort()).toEqual(['a.holder.json', 'a.lock'])
    expect(held?.release()).toBe(true)
    expect(readdirSync(folder.dir)).toEqual([])
  })

  test('is not to be had twice', () => {
    const held = HeldLock.take(taking)
    expect(HeldLock.take(taking)).toBeUndefined()
    held?.release()
  })

  test("does not remove the next holder's lock after it was taken over", () => {
    const held = HeldLock.take(taking)
    writeNote(folder, 'a', { ...taking.note, token: 'of the next' })
    expect(held?.isOurs()).toBe(false)
    expect(held?.release()).toBe(false)
    expect(readdirSync(folder.dir).sort()).toEqual(['a.holder.json', 'a.lock'])
  })

  test('stays ours while its note is junk', () => {
    const held = HeldLock.take(taking)
    writeFileSync(folder.note('a'), '{"pid":')
    expect(readNote(folder, 'a')).toBeUndefined()
    expect(held?.isOurs()).toBe(true)
    expect(held?.release()).toBe(true)
  })

  test('is given back if its note cannot be written', () => {
    mkdirSync(join(folder.note('a'), 'in the way'), { recursive: true })
    expect(() => HeldLock.take(taking)).toThrow(/E[A-Z]+: /)
    expect(readdirSync(folder.dir)).toEqual([])
  })

  test('is released once', () => {
    const held = HeldLock.take(taking)
    expect([held?.release(), held?.release(), held?.isOurs()]).toEqual([true, false, false])
  })

  test('can be taken again once it was released, under a token of its own', () => {
    const first = HeldLock.take(taking)
    first?.release()
    const second = HeldLock.take(taking)
    expect(second?.note.token).not.toBe(first?.note.token)
    expect(second?.release()).toBe(true)
  })

  test("is given up when its sign of life fails: the lock has become somebody else's", () => {
    let compromise: ((error: Error) => void) | undefined
    const watched: typeof lockfile.lockSync = (file, options) => {
      compromise = options?.onCompromised
      return lockfile.lockSync(file, options)
    }
    const held = HeldLock.take({ ...taking, lockfile: { ...lockfile, lockSync: watched } })
    compromise?.(new Error('compromised'))
    expect(held?.isOurs()).toBe(false)
    expect(held?.release()).toBe(false)
  })

  test("never makes way by itself for proper-lockfile's own take-over, however old it looks", () => {
    mkdirSync(folder.lock('a'))
    utimesSync(folder.lock('a'), 1, 1)
    expect(HeldLock.take(taking)).toBeUndefined()
    expect(readdirSync(folder.dir)).toEqual(['a.lock'])
  })

  test('that cannot be taken for another reason than its holder is trouble to hear of', () => {
    const absent = new LockFolder(folder.path('absent'))
    expect(() => HeldLock.take({ ...taking, folder: absent })).toThrow(/ENOENT/)
  })
})
