import { copyFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, test, vi } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { knownFile, wasEsm } from './known-files.ts'

let tree: Tree
beforeEach(() => {
  tree = writeTree({ 'a.js': 'one', 'b.js': 'two' })
})
const settled = () => new Promise((resolve) => setTimeout(resolve, 2100))

test('a file that has just been written is another one each time: it may be written again within one tick', () => {
  const first = knownFile(tree.at('a.js'))
  expect(first).toBeDefined()
  expect(knownFile(tree.at('a.js'))).not.toBe(first)
})

test('one that has settled is the same for as long as it stays as it is', async () => {
  await settled()
  const file = tree.at('a.js')
  const known = knownFile(file)
  expect(knownFile(file)).toBe(known)

  const { atime, mtime } = statSync(file)
  writeFileSync(file, 'two')
  utimesSync(file, atime, mtime)
  expect(knownFile(file), 'as long as before, with the old time put back').not.toBe(known)

  await settled()
  const again = knownFile(file)
  expect(knownFile(file)).toBe(again)
  copyFileSync(file, tree.at('c.js'))
  renameSync(tree.at('c.js'), file)
  expect(knownFile(file), 'another file in its place').not.toBe(again)
  unlinkSync(file)
  expect(knownFile(file)).toBeUndefined()
}, 10_000)

test('a clock that a test fakes changes nothing', async () => {
  vi.useFakeTimers({ now: Date.now() + 1e9, toFake: ['Date'] })
  try {
    const known = knownFile(tree.at('a.js'))
    expect(knownFile(tree.at('a.js'))).not.toBe(known)
  } finally {
    vi.useRealTimers()
  }
})

test('whether it was an ES module is remembered with the file, without a look at it', async () => {
  await settled()
  const file = tree.at('b.js')
  expect(wasEsm(file)).toBe(false)
  const known = knownFile(file)
  if (known) known.esm = { source: 'two', asksLater: false }
  expect(wasEsm(file)).toBe(true)
  writeFileSync(file, 'three')
  knownFile(file)
  expect(wasEsm(file)).toBe(false)
})
