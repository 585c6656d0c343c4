import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { LockFolder } from './lock-folder.ts'
import { type HolderNote, readNote, removeNote, withoutToken, writeNote } from './note.ts'

const note: HolderNote = {
  pid: 7,
  host: 'h',
  worker: 'w "1"',
  workerId: 'h-7-0-x',
  module: '/app/dö.ts',
  testFile: '/app/a.test.ts',
  since: '2026-11-22T00:00:00.000Z',
  token: 'secret',
}

let folder: LockFolder
beforeEach(() => {
  folder = new LockFolder(tempFolder())
})

describe('a note', () => {
  test('is read as it was written, and there is nothing next to it', () => {
    writeNote(folder, 'a', note)
    expect(readNote(folder, 'a')).toEqual(note)
    expect(readdirSync(folder.dir)).toEqual(['a.holder.json'])
  })

  test('is replaced as a whole by the next one', () => {
    writeNote(folder, 'a', note)
    const { testFile: _, ...next } = { ...note, token: 'next' }
    writeNote(folder, 'a', next)
    expect(readNote(folder, 'a')).toEqual(next)
  })

  test('is of one lock', () => {
    writeNote(folder, 'a', note)
    expect(readNote(folder, 'b')).toBeUndefined()
    removeNote(folder, 'b')
    expect(readNote(folder, 'a')).toEqual(note)
  })

  test('can be read by people, and ends in a line', () => {
    writeNote(folder, 'a', note)
    expect(readFileSync(folder.note('a'), 'utf8')).toMatch(/^\{\n {2}"pid": 7,\n(?: .+\n)+\}\n$/)
  })

  test('that cannot be put in its place leaves no draft', () => {
    mkdirSync(join(folder.note('a'), 'in the way'), { recursive: true })
    expect(() => writeNote(folder, 'a', note)).toThrow(/E[A-Z]+: /)
    expect(readdirSync(folder.dir)).toEqual(['a.holder.json'])
  })

  test('cannot be written where there is no folder, and none is made for it', () => {
    const absent = new LockFolder(folder.path('absent'))
    expect(() => writeNote(absent, 'a', note)).toThrow(/ENOENT/)
    expect(readdirSync(folder.dir)).toEqual([])
  })

  test('is shown to others without its token', () => {
    const { token, ...holder } = note
    expect(withoutToken(note)).toEqual(holder)
    expect(note.token).toBe(token)
  })
})

describe('is no note', () => {
  const { token: _, ...tokenless } = note
  test.each([
    ['an empty file', ''],
    ['half of one', JSON.stringify(note).slice(0, 40)],
    ['a list', '[]'],
    ['null', 'null'],
    ['text', '"note"'],
    ['one whose process is no number', JSON.stringify({ ...note, pid: '7' })],
    ['one without a token', JSON.stringify(tokenless)],
    ...['host', 'worker', 'workerId', 'module', 'since', 'token'].map((field) => [
      `one whose ${field} is no text`,
      JSON.stringify({ ...note, [field]: 1 }),
    ]),
  ])('%s', (_, text) => {
    writeFileSync(folder.note('a'), text as string)
    expect(readNote(folder, 'a')).toBeUndefined()
  })

  test('a folder in its place', () => {
    mkdirSync(folder.note('a'))
    expect(readNote(folder, 'a')).toBeUndefined()
  })
})

describe('removal', () => {
  test('takes away whatever stands in its place, and is harmless where nothing does', () => {
    mkdirSync(join(folder.note('a'), 'deep'), { recursive: true })
    removeNote(folder, 'a')
    removeNote(folder, 'a')
    expect(readdirSync(folder.dir)).toEqual([])
  })
})
