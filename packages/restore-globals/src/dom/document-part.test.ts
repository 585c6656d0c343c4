// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { page, realm } from '../../test-host/page.ts'
import { undoAll } from '../../test-host/undo-all.ts'
import { DocumentPart } from './document-part.ts'

const { document } = page
let part: DocumentPart
const capture = (): void => {
  part = new DocumentPart(realm)
  part.capture()
}
beforeEach(capture)
afterEach(() => void undoAll(part))

const html = (): string => document.documentElement.outerHTML

test('a document that nobody has changed has no changes', () => {
  expect([...part.changes()]).toEqual([])
})

describe('children', () => {
  test('that were added go, and those that were removed come back, the very same ones', () => {
    document.body.innerHTML = '<main>first</main><p>second</p>'
    capture()
    const [main, p] = document.body.children
    document.body.append(document.createElement('div'))
    document.body.prepend(p)
    main.remove()
    document.head.append(document.createElement('link'))
    expect(undoAll(part)).toEqual(['children of document.head', 'children of document.body'])
    expect([...document.body.childNodes]).toEqual([main, p])
    expect(document.body.firstChild).toBe(main)
    expect(document.head.childNodes).toHaveLength(0)
    document.body.replaceChildren()
    capture()
  })

  test('whose inside was changed are the same elements with what was inside', () => {
    document.body.innerHTML = '<main class="a">first <b>bold</b></main>text'
    capture()
    const before = html()
    const [main, text] = document.body.childNodes
    main.innerHTML = '<i>changed</i>'
    main.setAttribute('class', 'b')
    main.setAttribute('id', 'added')
    text.data = 'changed'
    expect(undoAll(part)).toEqual(['children of document.body'])
    expect(html()).toBe(before)
    expect([...document.body.childNodes]).toEqual([main, text])
    document.body.replaceChildren()
    capture()
  })

  test('that package styles are come and go as their package likes', () => {
    const style = document.createElement('style')
    style.setAttribute('data-emotion', 'css')
    document.head.append(style, document.createElement('meta'))
    expect(undoAll(part)).toEqual(['children of document.head'])
    expect([...document.head.childNodes]).toEqual([style])
    expect([...part.changes()]).toEqual([])
    style.remove()
  })

  test('and keep the rules that were inserted into them, which a sheet loses when it leaves the document', () => {
    const style = document.createElement('style')
    style.setAttribute('data-emotion', 'css')
    const meta = document.createElement('meta')
    document.head.append(meta)
    part.capture()
    document.head.append(style)
    ;(style as unknown as { sheet: { insertRule(rule: string): void } }).sheet.insertRule('p { color: red }')
    document.head.append(document.createElement('title'))
    meta.remove()
    expect(undoAll(part)).toEqual(['children of document.head'])
    expect([...document.head.childNodes]).toEqual([style, meta])
    expect((style as unknown as { sheet: { cssRules: unknown[] } }).sheet.cssRules).toHaveLength(1)
    style.remove()
    meta.remove()
    capture()
  })

  test('of the document come back: the element that was replaced, and what it had', () => {
    const { documentElement, body } = document
    document.replaceChild(document.createElement('html'), documentElement)
    expect(undoAll(part)).toEqual(['children of document'])
    expect(document.documentElement).toBe(documentElement)
    expect(document.body).toBe(body)
    document.documentElement.replaceChild(document.createElement('body'), body)
    expect(undoAll(part)).toEqual(['children of document.documentElement'])
    expect(document.body).toBe(body)
  })
})

test('attributes that were added, changed and removed are as they were', () => {
  document.documentElement.setAttribute('lang', 'en')
  document.body.setAttribute('class', 'old')
  capture()
  document.documentElement.removeAttribute('lang')
  document.body.setAttribute('class', 'new')
  document.body.setAttribute('data-theme', 'dark')
  expect(undoAll(part)).toEqual([
    'document.documentElement attribute "lang"',
    'document.body attribute "class"',
    'document.body attribute "data-theme"',
  ])
  expect(document.documentElement.getAttribute('lang')).toBe('en')
  expect(document.body.getAttribute('class')).toBe('old')
  expect(document.body.hasAttribute('data-theme')).toBe(false)
  for (const [element, name] of [
    [document.documentElement, 'lang'],
    [document.body, 'class'],
  ])
    element.removeAttribute(name)
  capture()
})

test('event handlers that were assigned are taken off', () => {
  const onclick = vi.fn()
  document.body.onclick = onclick
  document.onkeydown = onclick
  expect(undoAll(part)).toEqual(['document.onkeydown', 'document.body.onclick'])
  document.body.click()
  expect(onclick).not.toHaveBeenCalled()
  expect(document.onkeydown).toBeNull()
})

test('what is kept is what comes back from then on', () => {
  const div = document.createElement('div')
  document.body.append(div)
  for (const change of part.changes()) change.keep()
  expect([...part.changes()]).toEqual([])
  div.remove()
  undoAll(part)
  expect([...document.body.childNodes]).toEqual([div])
  document.body.replaceChildren()
  capture()
})

test('two looks at one change find the same, and a look after another one does not', () => {
  const now = () => [...part.changes()].map((change) => change.now)
  document.body.append('one')
  const first = now()
  expect(now()).toEqual(first)
  document.body.append('two')
  expect(now()).not.toEqual(first)
})

test('adopted style sheets come back, where there are any', () => {
  expect(document.adoptedStyleSheets).toBeUndefined()
  const [first, second] = [{}, {}]
  document.adoptedStyleSheets = [first]
  capture()
  document.adoptedStyleSheets = [first, second]
  expect(undoAll(part)).toEqual(['document.adoptedStyleSheets'])
  expect(document.adoptedStyleSheets).toEqual([first])
  document.adoptedStyleSheets.push(second)
  for (const change of part.changes()) change.keep()
  expect([...part.changes()]).toEqual([])
  delete document.adoptedStyleSheets
})

test('the title comes back', () => {
  document.title = 'changed'
  expect(undoAll(part)).toEqual(['children of document.head'])
  expect(document.title).toBe('')
})
