// @vitest-environment jsdom
import { createGlobals } from '@fresh-modules/restore-globals'
import { expect, test, vi } from 'vitest'
import { page, window } from '../../test-host/page.ts'
import { vitestGlobals } from './vitest-globals.ts'

test('all that a file has left in the DOM is brought back, and told', async () => {
  const { document, innerWidth } = page
  const globals = createGlobals({ global: globalThis }, vitestGlobals)
  globals.capture()
  const listener = vi.fn()
  document.body.innerHTML = '<p>left</p>'
  document.addEventListener('click', listener)
  page.localStorage.setItem('left', '1')
  page.innerWidth = 1
  page.Element.prototype.ofTest = true
  page.customElements.define('x-left', class extends page.HTMLElement {})
  const outcomes = await globals.restore()
  expect(outcomes.filter(({ restored }) => !restored)).toEqual([])
  expect(new Set(outcomes.map(({ what }) => what))).toEqual(
    new Set([
      'Element.prototype.ofTest',
      'children of document.body',
      'document listener of "click"',
      'localStorage',
      'window.innerWidth',
    ]),
  )
  expect([page.innerWidth, window['innerWidth']]).toEqual([innerWidth, innerWidth])
  expect(page.customElements.get('x-left')).toBeUndefined()
  expect(await globals.restore()).toEqual([])
})
