import { promisify } from 'node:util'
import { runInThisContext } from 'node:vm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { restoredOf } from '../test-host/whats.ts'
import { Patches } from './patches.ts'
import { Timers } from './timers.ts'

const originals = { setTimeout }
const patches = new Patches()
let timers: Timers
let isKept = false

beforeEach(() => {
  timers = new Timers(globalThis, { isKept: () => isKept, patches })
  timers.install()
})

afterEach(() => {
  vi.useRealTimers()
  patches.undoAll()
  isKept = false
})

const pause = (ms: number): Promise<void> => new Promise((done) => void originals.setTimeout(done, ms))

test('timers that are left running are cleared and named', async () => {
  const run = vi.fn()
  setTimeout(run, 5)
  setInterval(run, 6)
  setImmediate(run)
  const { cleared } = timers.clear()
  await pause(20)
  expect(run).not.toHaveBeenCalled()
  expect(restoredOf(cleared).map((what) => what.replace(/ of .*[\\/]/, ' of '))).toEqual([
    'setTimeout(5 ms) of timers.test.ts',
    'setInterval(6 ms) of timers.test.ts',
    'setImmediate of timers.test.ts',
  ])
})

test('timers that have run or were cleared are none', async () => {
  clearInterval(setInterval(() => {}, 1))
  await new Promise((done) => void setTimeout(done, 1))
  expect(timers.clear()).toEqual({ cleared: [], areKeptAlive: false })
})

test('what kept code has started goes on, and what it has put off for a moment is done', async () => {
  isKept = true
  const soon = vi.fn()
  const later = vi.fn()
  setImmediate(soon)
  const timer = setTimeout(later, 10)
  expect(timers.clear()).toEqual({ cleared: [], areKeptAlive: true })
  await timers.turn()
  expect(soon).toHaveBeenCalledOnce()
  await pause(30)
  expect(later).toHaveBeenCalledOnce()
  clearTimeout(timer)
})

test('what waits on behalf of a test ends with its file, though the package that does it is kept', async () => {
  isKept = true
  const late = vi.fn()
  const filename = '/app/node_modules/@testing-library/dom/dist/wait-for.js'
  const waitFor = runInThisContext('(late) => setTimeout(late, 5)', { filename })
  waitFor(late)
  expect(restoredOf(timers.clear().cleared)).toEqual([`setTimeout(5 ms) of ${filename}`])
  await pause(20)
  expect(late).not.toHaveBeenCalled()
})

test('fake timers are installed above, and leave ours when they go', async () => {
  const ours = setTimeout
  vi.useFakeTimers()
  expect(setTimeout).not.toBe(ours)
  setTimeout(() => {}, 1000)
  vi.useRealTimers()
  expect(setTimeout).toBe(ours)
  expect(timers.clear().cleared).toEqual([])
})

test('a promisified timer is the one of Node', async () => {
  await expect(promisify(setTimeout)(1, 'value')).resolves.toBe('value')
})

test('timers that were cleared are not held for ever', async () => {
  for (let count = 0; count < 5000; count++) clearTimeout(setTimeout(() => {}, 1000))
  setTimeout(() => {}, 1000)
  expect(timers.clear().cleared).toHaveLength(1)
})
