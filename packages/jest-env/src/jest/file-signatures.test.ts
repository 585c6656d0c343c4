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
})

test('a first look is compared with the text that has been read', () => {
  const file = join(dir, 'b.js')
  writeFileSync(file, 'now')
  expect(new FileSignatures().compare(file, 'now')).toBe('same')
  expect(new FileSignatures().compare(file, 'before')).toBe('changed')
  const signatures = new FileSignatures()
  signatures.compare(file)
  // From then on time and size tell, and nothing is read.
  expect(signatures.compare(file, 'before')).toBe('same')
  rmSync(file)
  expect(new FileSignatures().compare(file, 'now')).toBe('changed')
})
