// @vitest-environment jsdom
import { describe, expect, test } from 'vitest'
import { page } from '../../test-host/page.ts'
import { domOf, ownerOf } from './window.ts'

describe('a realm that Vitest has made a window', () => {
  test('has the real window behind it', () => {
    const dom = domOf({ global: globalThis })
    expect(dom?.realm).toBe(globalThis)
    expect(dom?.window).not.toBe(globalThis)
    expect(dom?.window['document']).toBe(page.document)
    expect(dom?.window).toBe(page.jsdom.window)
  })

  test.each([
    ['no document', {}],
    ['a document of another kind', { document: null }],
    ['a document without elements', { document: {} }],
    [
      'a document that has lost its element',
      {
        document: Object.create({
          get defaultView() {
            return {}
          },
        }),
      },
    ],
    ['a document that no window shows', { document: { documentElement: {} } }],
  ])('is none with %s', (_, realm) => {
    expect(domOf({ global: realm })).toBeUndefined()
  })

  test('is none with a document that has no browsing context', () => {
    const document = page.document.implementation.createHTMLDocument('')
    expect(domOf({ global: { document } })).toBeUndefined()
  })
})

test('the owner of a method is the prototype that has it', () => {
  expect(ownerOf(page.document, 'addEventListener')).toBe(page.jsdom.window.EventTarget.prototype)
  class Base {
    method() {}
  }
  class Derived extends Base {}
  const object = Object.assign(new Derived(), { own() {} })
  expect(ownerOf(object, 'method')).toBe(Base.prototype)
  expect(ownerOf(object, 'own')).toBeUndefined()
  expect(ownerOf(object, 'absent')).toBeUndefined()
})
