import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { FileSignatures } from './file-signatures.ts'

const dir = mkdtempSync(join(tmpdir(), 'fresh-modules-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('a file is unknown at first, then the same until its size or its time changes', () => {
  const file = join(dir, 'a.js')
  const signatures = new FileSignatures()
  writeFileSync(file, '1')
  expect([signatures.compare(file), signatures.compare(file)]).toEqual(['unknown', 'same'])
  writeFileSync(file, '12')
  expect([signatures.compare(file), signatures.compare(file)]).toEqual(['changed', 'same'])
  utimesSync(file, 1, 1)
  expect(signatures.compare(file)).toBe('changed')
  rmSync(file)
  expect([signatures.compare(file), signatures.compare(file)]).toEqual(['changed', 'same'])
  signatures.forget(file)
  expect(signatures.compare(file)).toBe('unknown')
})
