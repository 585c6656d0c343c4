import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { afterAll, expect, test } from 'vitest'
import { lineInSource } from './place-in-source.ts'

const dir = mkdtempSync(join(tmpdir(), 'fresh-modules-'))
afterAll(() => rmSync(dir, { recursive: true }))

const realm = runInContext('globalThis', createContext({})) as typeof globalThis
const FILE = '/app/orders.test.ts'

/** An error that is made on the third line of the file as it runs, two calls deep. */
function traceIn(file: string): Error {
  const inner = runInContext('() => new Error("used")', createContext(realm), { filename: '/app/db.ts' })
  const outer = runInContext('(make) =>\n\n  make()', createContext(realm), { filename: file })
  return outer(inner) as Error
}

/** Line 3 of what runs is line 7 of the source. */
function mapFile(): string {
  const path = join(dir, 'orders.map')
  writeFileSync(
    path,
    JSON.stringify({ version: 3, sources: ['orders.test.ts'], names: [], mappings: ';;AAMA' }),
  )
  return path
}

test('the line as it runs, where there is no source map', () => {
  expect(lineInSource(traceIn(FILE), realm, FILE, () => undefined)).toBe(3)
})

test('the line of the source, by the source map', () => {
  const map = mapFile()
  expect(lineInSource(traceIn(FILE), realm, FILE, (file) => (file === FILE ? map : undefined))).toBe(7)
})

test('a source map that is gone: the line as it runs', () => {
  expect(lineInSource(traceIn(FILE), realm, FILE, () => join(dir, 'gone.map'))).toBe(3)
})

test('nothing, where the file is not in the trace, or the trace has been read', () => {
  expect(lineInSource(traceIn('/app/other.test.ts'), realm, FILE, () => undefined)).toBeUndefined()
  const read = traceIn(FILE)
  expect(read.stack).toContain(FILE)
  expect(lineInSource(read, realm, FILE, () => undefined)).toBeUndefined()
})

test('formats the stacks of others as before', () => {
  const before = realm.Error.prepareStackTrace
  lineInSource(traceIn(FILE), realm, FILE, () => undefined)
  expect(realm.Error.prepareStackTrace).toBe(before)
})
