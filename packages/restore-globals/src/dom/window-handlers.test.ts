import { expect, test, vi } from 'vitest'
import { windowRealm } from '../../test-host/other-realm.ts'
import { undoAll } from '../../test-host/undo-all.ts'
import { WindowHandlersPart } from './window-handlers.ts'

test('handlers that were set go, those that were there come back', () => {
  const { global } = windowRealm()
  const [first, second] = [vi.fn(), vi.fn()]
  global.onclick = first
  const part = new WindowHandlersPart(global)
  part.capture()
  expect([...part.changes()]).toEqual([])
  Object.assign(global, { onclick: second, onhashchange: second })
  expect(undoAll(part).sort()).toEqual(['window.onclick', 'window.onhashchange'])
  expect([global.onclick, global.onhashchange]).toEqual([first, null])
})

test('handlers that are kept stay', () => {
  const { global } = windowRealm()
  const part = new WindowHandlersPart(global)
  part.capture()
  const kept = vi.fn()
  global.onclick = kept
  for (const change of part.changes()) change.keep()
  expect([...part.changes()]).toEqual([])
  global.onclick = null
  undoAll(part)
  expect(global.onclick).toBe(kept)
})
