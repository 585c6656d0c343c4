// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest'
import { page, pageRealm, window } from '../../test-host/page.ts'
import { undoAll } from '../../test-host/undo-all.ts'
import { WindowValuesPart } from './window-values.ts'

const adopt = vi.fn()
let part: WindowValuesPart
beforeEach(() => {
  adopt.mockClear()
  part = new WindowValuesPart(pageRealm, adopt)
  part.capture()
})

test('a value that was assigned comes back, in the window behind as well', () => {
  const { innerWidth } = page
  page.innerWidth = 5
  expect(window['innerWidth']).toBe(5)
  expect(undoAll(part)).toEqual(['window.innerWidth'])
  expect([page.innerWidth, window['innerWidth']]).toEqual([innerWidth, innerWidth])
  expect(adopt).toHaveBeenCalledExactlyOnceWith('innerWidth')
  expect([...part.changes()]).toEqual([])
})

test('a global that was put back can be assigned to, and put back, again', () => {
  const { innerHeight } = page
  for (const value of [1, 2]) {
    page.innerHeight = value
    expect(page.innerHeight).toBe(value)
    expect(undoAll(part)).toEqual(['window.innerHeight'])
    expect(page.innerHeight).toBe(innerHeight)
  }
  // What the window has by itself shows through, as before.
  window['innerHeight'] = 3
  expect(page.innerHeight).toBe(3)
  expect(undoAll(part)).toEqual(['window.innerHeight'])
})

test('a function comes back as it was', () => {
  const { scrollTo, getComputedStyle } = page
  page.scrollTo = () => 'mine'
  page.getComputedStyle = () => 'mine'
  expect(undoAll(part).sort()).toEqual(['window.getComputedStyle', 'window.scrollTo'])
  expect([page.scrollTo, page.getComputedStyle]).toEqual([scrollTo, getComputedStyle])
  expect(page.getComputedStyle(page.document.body).display).toBe('block')
})

test('an event handler of the window is taken off', () => {
  const onresize = vi.fn()
  page.onresize = onresize
  expect(undoAll(part)).toEqual(['window.onresize'])
  page.dispatchEvent(new page.Event('resize'))
  expect(onresize).not.toHaveBeenCalled()
  expect(page.onresize).toBeNull()
})

test('what is kept is what comes back from then on', () => {
  const { outerWidth } = page
  page.outerWidth = 7
  for (const change of part.changes()) change.keep()
  expect([...part.changes()]).toEqual([])
  page.outerWidth = 8
  undoAll(part)
  expect(page.outerWidth).toBe(7)
  page.outerWidth = outerWidth
})

test('a global that is defined again is a matter of properties', () => {
  const before = Object.getOwnPropertyDescriptor(page, 'innerWidth') as PropertyDescriptor
  Object.defineProperty(page, 'innerWidth', { value: 9, configurable: true })
  expect([...part.changes()]).toEqual([])
  Object.defineProperty(page, 'innerWidth', before)
})
