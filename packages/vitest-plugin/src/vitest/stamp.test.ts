import { expect, test } from 'vitest'
import { appendStamp, readStamp, type Stamp } from './stamp.ts'

const STAMP: Stamp = {
  read: [1_700_000_000_000.5, 42],
  docblock: { flags: { allowReimport: false }, reason: 'line one\nline "two" \u2028', where: '/app/a.ts' },
}

test('a stamp is read as it was written', () => {
  expect(readStamp(appendStamp('export {}', STAMP))).toEqual(STAMP)
})

test('what comes after it does not disturb', () => {
  const code = `${appendStamp('export {}', STAMP)}//# sourceMappingSource=vite-generated\n//# sourceMappingURL=data:x\n`
  expect(readStamp(code)).toEqual(STAMP)
  expect(readStamp(appendStamp('export {}', STAMP).trimEnd())).toEqual(STAMP)
})

test('the code before it is as it was, and runs', () => {
  const code = appendStamp('globalThis.x', STAMP)
  expect(code.startsWith('globalThis.x\n//')).toBe(true)
  expect(() => new Function(code)).not.toThrow()
})

test('the last one counts, where a cache has brought an older one along', () => {
  const later: Stamp = { read: [2, 2] }
  expect(readStamp(appendStamp(appendStamp('export {}', STAMP), later))).toEqual(later)
})

test('code without one says nothing', () => {
  expect(readStamp(undefined)).toEqual({})
  expect(readStamp('')).toEqual({})
  expect(readStamp('const text = "freshModules=1"')).toEqual({})
})
