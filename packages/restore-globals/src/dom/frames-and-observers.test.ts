// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { page, realm, window } from '../../test-host/page.ts'
import { restoredOf } from '../../test-host/whats.ts'
import { Patches } from '../patches.ts'
import { FramesAndObservers } from './frames-and-observers.ts'

const { document } = page
const { requestAnimationFrame, cancelAnimationFrame } = page
const patches = new Patches()
let running: FramesAndObservers
let isKept: (file: string) => boolean

beforeEach(() => {
  // jsdom of Vitest draws no frames unless told to: these are drawn by hand.
  const frames = new Map<number, (time: number) => void>()
  let next = 0
  page.requestAnimationFrame = (callback: (time: number) => void) => {
    if (typeof callback !== 'function') throw new TypeError('not a function')
    frames.set(++next, callback)
    return next
  }
  page.cancelAnimationFrame = (frame: number) => void frames.delete(frame)
  page.draw = () => {
    const drawn = [...frames.values()]
    frames.clear()
    for (const callback of drawn) callback(16)
  }
  isKept = () => false
  running = new FramesAndObservers(realm, window, { isKept: (file) => isKept(file), patches })
  running.install()
})
afterEach(() => {
  isKept = () => false
  running.stop()
  patches.undoAll()
  Object.assign(page, { requestAnimationFrame, cancelAnimationFrame })
  delete page.draw
})

test('frames that were asked for are not drawn any more', () => {
  const callback = vi.fn()
  page.requestAnimationFrame(callback)
  expect(restoredOf(running.stop())).toEqual(['requestAnimationFrame'])
  page.draw()
  expect(callback).not.toHaveBeenCalled()
})

test('frames that were drawn or cancelled are none', () => {
  const drawn = vi.fn()
  page.requestAnimationFrame(drawn)
  page.draw()
  expect(drawn).toHaveBeenCalledExactlyOnceWith(16)
  const cancelled = vi.fn()
  page.cancelAnimationFrame(page.requestAnimationFrame(cancelled))
  page.draw()
  expect(cancelled).not.toHaveBeenCalled()
  expect(restoredOf(running.stop())).toEqual([])
  expect(() => page.requestAnimationFrame('no function')).toThrow('not a function')
})

test('observers of what outlives a file are disconnected, others are not', async () => {
  const [lasting, passing] = [vi.fn(), vi.fn()]
  const div = document.createElement('div')
  new page.MutationObserver(lasting).observe(document.body, { childList: true })
  new page.MutationObserver(passing).observe(div, { childList: true })
  expect(restoredOf(running.stop())).toEqual(['MutationObserver'])
  document.body.append('text')
  div.append('text')
  await Promise.resolve()
  document.body.replaceChildren()
  expect(lasting).not.toHaveBeenCalled()
  expect(passing).toHaveBeenCalledOnce()
})

test('those of kept packages go on', async () => {
  const [drawn, observed] = [vi.fn(), vi.fn()]
  isKept = (file) => file === import.meta.filename
  page.requestAnimationFrame(drawn)
  const observer = new page.MutationObserver(observed)
  observer.observe(document, { childList: true, subtree: true })
  expect(restoredOf(running.stop())).toEqual([])
  page.draw()
  document.body.append('text')
  await Promise.resolve()
  expect(drawn).toHaveBeenCalledOnce()
  expect(observed).toHaveBeenCalledOnce()
  observer.disconnect()
  document.body.replaceChildren()
})
