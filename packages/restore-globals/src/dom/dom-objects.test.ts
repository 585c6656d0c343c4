// @vitest-environment jsdom
import { expect, test } from 'vitest'
import { page, realm, window } from '../../test-host/page.ts'
import { undoAll } from '../../test-host/undo-all.ts'
import { PropertyTable } from '../property-table.ts'
import { domObjects, read } from './dom-objects.ts'

const captured = () => {
  const table = new PropertyTable(() => domObjects(realm, window))
  table.capture()
  return table
}

test('methods that tests patch on classes, single objects and elements are found', () => {
  const table = captured()
  const { matches } = page.Element.prototype
  page.Element.prototype.matches = () => true
  page.HTMLElement.ofTest = 1
  page.navigator.ofTest = 1
  page.document.ofTest = 1
  page.document.body.getBoundingClientRect = () => 'mine'
  page.jsdom.window.ofTest = 1
  expect(undoAll(table).sort()).toEqual([
    'Element.prototype.matches',
    'HTMLElement.ofTest',
    'document.body.getBoundingClientRect',
    'document.ofTest',
    'navigator.ofTest',
    'window.ofTest',
  ])
  expect(page.Element.prototype.matches).toBe(matches)
  expect(page.document.body.getBoundingClientRect()).not.toBe('mine')
  expect(table.changes()).toEqual([])
})

test('marks of packages, and the inner state of the DOM, are left alone', () => {
  const table = captured()
  const marks = ['_reactListening1abc', 'jQuery36012345678', Symbol('of a package')]
  for (const mark of marks) page.document[mark] = true
  expect(table.changes()).toEqual([])
  for (const mark of marks) delete page.document[mark]
})

test('methods that a class has from a base outside of the globals are found', () => {
  class Base {
    method() {}
  }
  const window = { Sub: class extends Base {}, lowercase: class {}, NotAClass: 1 }
  const document = { documentElement: {}, head: null, body: null }
  const found = [...domObjects({ document } as never, window)]
  const nameOf = (object: object) => found.find((watched) => watched.object === object)?.name
  expect(nameOf(window.Sub.prototype)).toBe('Sub.prototype')
  expect(nameOf(Base.prototype)).toBe('Sub.prototype')
  expect(nameOf(window.lowercase)).toBeUndefined()
  expect(nameOf(document.documentElement)).toBe('document.documentElement')
  expect(found.map(({ name }) => name)).not.toContain('document.head')
})

test('a property that refuses to be read is none', () => {
  const refusing = {
    get localStorage() {
      throw new Error('a page without an origin')
    },
    there: 1,
  }
  expect(read(refusing, 'localStorage')).toBeUndefined()
  expect(read(refusing, 'there')).toBe(1)
})
