// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { page, realm, window } from '../../test-host/page.ts'
import { restoredOf } from '../../test-host/whats.ts'
import { Patches } from '../patches.ts'
import { DomListeners } from './listeners.ts'

const { document } = page
const patches = new Patches()
let listeners: DomListeners
let isKept: (file: string) => boolean

beforeEach(() => {
  isKept = () => false
  listeners = new DomListeners(realm, window, { isKept: (file) => isKept(file), patches })
  listeners.install()
})
afterEach(() => {
  isKept = () => false
  listeners.removeAll()
  patches.undoAll()
})

const fire = (target: { dispatchEvent(event: unknown): void }, type = 'ping') =>
  target.dispatchEvent(new page.Event(type))

test('listeners of the window, the document and its elements are removed, and named', () => {
  const run = vi.fn()
  page.addEventListener('ping', run)
  page.jsdom.window.addEventListener('ping', run)
  document.addEventListener('ping', run, { capture: true })
  for (const element of [document.documentElement, document.head, document.body])
    element.addEventListener('ping', run)
  expect(restoredOf(listeners.removeAll())).toEqual([
    'window listener of "ping"',
    'document listener of "ping"',
    'document.documentElement listener of "ping"',
    'document.head listener of "ping"',
    'document.body listener of "ping"',
  ])
  for (const target of [page, document, document.documentElement, document.head, document.body]) fire(target)
  expect(run).not.toHaveBeenCalled()
  expect(restoredOf(listeners.removeAll())).toEqual([])
})

test('listeners work as ever until then: once, with their object, removed by their own', () => {
  const run = vi.fn()
  const handler = { handleEvent: vi.fn() }
  document.addEventListener('ping', handler)
  document.addEventListener('ping', run)
  document.addEventListener('ping', run)
  fire(document)
  expect(run).toHaveBeenCalledOnce()
  expect(handler.handleEvent).toHaveBeenCalledOnce()
  document.removeEventListener('ping', run, true)
  fire(document)
  expect(run).toHaveBeenCalledTimes(2)
  document.removeEventListener('ping', run)
  fire(document)
  expect(run).toHaveBeenCalledTimes(2)
  expect(restoredOf(listeners.removeAll())).toEqual(['document listener of "ping"'])
})

test('one callback for several types and phases is told apart', () => {
  const run = vi.fn()
  document.addEventListener('ping', run, true)
  document.addEventListener('ping', run, false)
  document.addEventListener('pong', run)
  document.removeEventListener('ping', run, { capture: true })
  expect(restoredOf(listeners.removeAll())).toEqual([
    'document listener of "ping"',
    'document listener of "pong"',
  ])
})

test('listeners of kept packages stay', () => {
  const run = vi.fn()
  document.addEventListener('ping', run)
  isKept = (file) => file === import.meta.filename
  expect(restoredOf(listeners.removeAll())).toEqual([])
  fire(document)
  expect(run).toHaveBeenCalledOnce()
  // They are the package's own from here on.
  isKept = () => false
  expect(restoredOf(listeners.removeAll())).toEqual([])
  document.removeEventListener('ping', run)
})

test('other nodes go with the document’s content, and are left alone', () => {
  const run = vi.fn()
  const div = document.createElement('div')
  div.addEventListener('ping', run)
  document.addEventListener('ping', null)
  expect(restoredOf(listeners.removeAll())).toEqual([])
  fire(div)
  expect(run).toHaveBeenCalledOnce()
})
