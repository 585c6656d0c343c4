import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
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
})
