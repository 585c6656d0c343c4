import { expect, test } from 'vitest'
import type { ModuleId } from '../../host/module-id.ts'
import { askerUrl, idOfUrl, importerOfAsker, marked, markOf, pathOfUrl, unmarked, urlOfId } from './urls.ts'

test.each([
  ['file:///app/a.js', 'file:///app/a.js?fresh-modules=s1'],
  ['file:///app/a.js?x=1', 'file:///app/a.js?x=1&fresh-modules=s1'],
  ['file:///app/a.js#2', 'file:///app/a.js?fresh-modules=s1#2'],
  ['data:text/javascript,1', 'data:text/javascript,1#fresh-modules=s1'],
  ['data:text/javascript,1#x', 'data:text/javascript,1#x&fresh-modules=s1'],
])('the mark of %s can be found and taken away', (plain, withMark) => {
  expect(marked(plain, 's1')).toBe(withMark)
  expect(markOf(withMark)).toBe('s1')
  expect(unmarked(withMark)).toBe(plain)
  expect(markOf(plain)).toBeUndefined()
  expect(unmarked(plain)).toBe(plain)
})

test.each([
  ['file:///app/a.js', '/app/a.js'],
  ['file:///app/a%20b.js', '/app/a b.js'],
  ['file:///app/a.js?x=1', '/app/a.js?x=1'],
  ['data:text/javascript,1', 'data:text/javascript,1'],
])('%s and its id lead to each other', (url, id) => {
  expect(idOfUrl(url)).toBe(id)
  expect(urlOfId(id)).toBe(url)
  expect(urlOfId(id), 'and again, from what is kept').toBe(url)
  expect(idOfUrl(marked(url, 'g2'))).toBe(id)
})

test('a builtin has one id, and a path is shown without a query', () => {
  expect(idOfUrl('fs')).toBe('node:fs')
  expect(idOfUrl('node:fs')).toBe('node:fs')
  expect(pathOfUrl('file:///app/a.js?x=1')).toBe('/app/a.js')
})

test('an asker tells for whom it asks, and nobody else looks like one', () => {
  expect(importerOfAsker(askerUrl('/app/a b.js' as ModuleId))).toBe('file:///app/a%20b.js')
  expect(importerOfAsker('file:///app/asker/a.js')).toBeUndefined()
})
