import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { LockFolder, lockName } from './lock-folder.ts'
import { newOwnerId } from './owner.ts'

describe('lockName', () => {
  test('is short, readable and safe in any file system', () => {
    expect(lockName(`/home/é ü/${'long/'.repeat(50)}db.ts?a=1`)).toMatch(
      /^[\w.-]{1,40}db\.ts-a-1-[0-9a-f]{20}$/,
    )
  })

  test('differs for keys that only differ in what a file name cannot say', () => {
    expect(lockName('/a b')).not.toBe(lockName('/a~b'))
    expect(lockName('/A')).not.toBe(lockName('/a'))
  })
})

describe('LockFolder', () => {
  test('is made on demand, and cleared of what killed processes left half done', () => {
    const dir = tempFolder()
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const mine = newOwnerId()
    const dead = mine.replace(`-${process.pid}-`, `-${pid}-`)
    for (const entry of [`a~${dead}.tmp`, `a~${dead}.gone`, `a~${mine}.tmp`])
      writeFileSync(join(dir, entry), '')
    new LockFolder(dir).ensure()
    expect(readdirSync(dir)).toEqual([`a~${mine}.tmp`])
  })

  test('is made with all folders above it, again if it is removed, and by several at once', () => {
    const dir = join(tempFolder(), 'a', 'b', 'locks')
    const folder = new LockFolder(dir)
    for (const each of [folder, folder, new LockFolder(dir)]) each.ensure()
    rmSync(join(dir, '..'), { recursive: true })
    folder.ensure()
    expect(readdirSync(dir)).toEqual([])
  })

  test('is cleared when it is first used, not at each look', () => {
    const folder = new LockFolder(tempFolder())
    folder.ensure()
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const left = `a~${newOwnerId().replace(`-${process.pid}-`, `-${pid}-`)}.tmp`
    writeFileSync(folder.path(left), '')
    folder.ensure()
    expect(readdirSync(folder.dir)).toEqual([left])
    new LockFolder(folder.dir).ensure()
    expect(readdirSync(folder.dir)).toEqual([])
  })

  test('keeps what it does not know, and the locks and tickets of the dead, which have rules of their own', () => {
    const folder = new LockFolder(tempFolder())
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const dead = newOwnerId().replace(`-${process.pid}-`, `-${pid}-`)
    const entries = [
      'README',
      'a.lock',
      `a~000000000001~${dead}.ticket`,
      `a~${dead}.tmp.bak`,
      'b~junk.tmp',
    ].sort()
    for (const entry of entries) writeFileSync(folder.path(entry), '')
    folder.ensure()
    expect(readdirSync(folder.dir).sort()).toEqual(entries)
  })

  test.each([
    ['a file in its place', 'file', /EEXIST/],
    ['a file above it', 'file/locks', /ENOTDIR/],
  ])('says what is in its way: %s', (_, place, problem) => {
    const parent = tempFolder()
    writeFileSync(join(parent, 'file'), '')
    expect(() => new LockFolder(join(parent, place)).ensure()).toThrow(problem)
  })

  test.runIf(process.platform === 'linux')(
    'below /proc is an error at once, where Node would never return',
    () => {
      expect(() => new LockFolder('/proc/absent/locks').ensure()).toThrow(/ENOENT/)
    },
  )
})
