import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
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
})
