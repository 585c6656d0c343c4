import { describe, expect, test } from 'vitest'
import type { Holder } from '../types.ts'
import { describeCircle, describeHolder, describeIo, seconds } from './wording.ts'

const holder: Holder = {
  pid: 7,
  host: 'h',
  worker: 'forks 1',
  workerId: 'h-7-0-x',
  module: 'db.ts',
  since: '2026-11-22T00:00:00.000Z',
}

describe('a holder', () => {
  test('is named by its worker, process and the time since when it holds', () => {
    expect(describeHolder(holder)).toBe('worker "forks 1" (pid 7) since 2026-11-22T00:00:00.000Z')
  })

  test('is named with its test file and all that it waits for itself', () => {
    const waiting = { ...holder, testFile: 'db.test.ts', waitsFor: ['port.ts', 'bus.ts'] }
    expect(describeHolder(waiting)).toBe(
      'worker "forks 1" (pid 7, test file db.test.ts) since 2026-11-22T00:00:00.000Z, which waits for "port.ts", "bus.ts" itself',
    )
  })

  test('that waits for nothing is not said to wait', () => {
    expect(describeHolder({ ...holder, waitsFor: [] })).not.toContain('waits')
  })

  test('without a note is still somebody', () => {
    expect(describeHolder(undefined)).toBe('a worker whose note cannot be read')
  })
})

test('a circle is told step by step, in its order', () => {
  const circle = [
    { worker: 'one', pid: 1, testFile: 'a.test.ts', holds: 'a.ts', waitsFor: 'b.ts' },
    { worker: 'two', pid: 2, holds: 'b.ts', waitsFor: 'a.ts' },
  ]
  expect(describeCircle(circle)).toBe(
    'to wait for it would be to wait forever: ' +
      'worker "one" (pid 1, test file a.test.ts) holds "a.ts" and waits for "b.ts"; ' +
      'worker "two" (pid 2) holds "b.ts" and waits for "a.ts"',
  )
})

test.each([
  [0, '0.0 s'],
  [49, '0.0 s'],
  [999, '1.0 s'],
  [61_250, '61.3 s'],
])('%d ms read as %s', (ms, text) => {
  expect(seconds(ms)).toBe(text)
})

describe('a folder that cannot be used', () => {
  test('is named with what the system said, and what it would mean to go on', () => {
    expect(describeIo('/locks', new Error("EACCES: permission denied, mkdir '/locks'"))).toBe(
      "the folder of locks /locks cannot be used (EACCES: permission denied, mkdir '/locks'), " +
        'and without a lock it would run unguarded',
    )
  })

  test('is named even where no error was thrown', () => {
    expect(describeIo('/locks', 'odd')).toContain('(odd)')
  })
})
