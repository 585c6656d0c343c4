// @vitest-environment jsdom
import { expect, test, vi } from 'vitest'
import { page } from '../../test-host/page.ts'
import { restoredOf } from '../../test-host/whats.ts'
import { createGlobals } from '../globals.ts'
import { Patches } from '../patches.ts'
import { createDom } from './dom.ts'

test('there is none where there is no document', () => {
  expect(createDom({ global: {} }, { isKept: () => false, patches: new Patches() })).toBeUndefined()
})

test('all that a file has left in it is brought back, and told', async () => {
  const { document } = page
  const globals = createGlobals()
  globals.capture()
  const listener = vi.fn()
  document.body.innerHTML = '<p>left</p>'
  document.addEventListener('click', listener)
  new page.MutationObserver(listener).observe(document.body, { childList: true })
  page.localStorage.setItem('left', '1')
  page.sessionStorage.setItem('left', '1')
  document.cookie = 'left=1'
  page.history.pushState(null, '', '/left')
  page.Element.prototype.ofTest = true
  page.customElements.define('x-left', class extends page.HTMLElement {})
  // One is always pending, whenever a frame comes.
  const animate = () => page.requestAnimationFrame(animate)
  animate()
  const looked = globals.look()
  expect(globals.look()).toEqual(looked)
  const outcomes = await globals.restore()
  expect(outcomes.filter(({ restored }) => !restored)).toEqual([])
  // Looking does nothing, and finds what is then put back; definitions are not told where they could be taken out.
  const defined = { what: 'custom element "x-left"', kind: 'custom element' }
  const told = outcomes.map(({ what, kind }) => ({ what, kind }))
  expect(new Set(looked)).toEqual(new Set([...told, defined]))
  expect(globals.look()).toEqual([])
  expect(new Set(restoredOf(outcomes))).toEqual(
    new Set([
      'Element.prototype.ofTest',
      'children of document.body',
      'document listener of "click"',
      'document.cookie',
      'MutationObserver',
      'requestAnimationFrame',
      'history.length',
      'localStorage',
      'location.href',
      'sessionStorage',
    ]),
  )
  document.body.click()
  expect(listener).not.toHaveBeenCalled()
  expect(document.body.innerHTML).toBe('')
  expect(document.cookie + page.localStorage.length + page.location.pathname).toBe('0/')
  expect(page.customElements.get('x-left')).toBeUndefined()
  expect(restoredOf(await globals.restore())).toEqual([])
})

test('what a kept module has left stays', async () => {
  const globals = createGlobals()
  globals.capture()
  globals.whileKept(() => {
    page.document.body.setAttribute('data-package', 'kept')
    page.localStorage.setItem('package', 'kept')
  })
  page.localStorage.setItem('test', 'goes')
  expect(restoredOf(await globals.restore())).toEqual(['localStorage'])
  expect({ ...page.localStorage }).toEqual({ package: 'kept' })
  expect(page.document.body.getAttribute('data-package')).toBe('kept')
  page.localStorage.clear()
  page.document.body.removeAttribute('data-package')
})
