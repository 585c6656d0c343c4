// @vitest-environment jsdom
import { describe, expect, test } from 'vitest'
import { page, pageRealm, realm, window } from '../../test-host/page.ts'
import { undoAll } from '../../test-host/undo-all.ts'
import { CookiesPart, LocationPart, StoragePart } from './page-part.ts'

const { document, history, localStorage, location } = page

const captured = <Part extends { capture(): void }>(part: Part): Part => {
  part.capture()
  return part
}

describe('a storage', () => {
  test('has what it had, in its order', () => {
    localStorage.setItem('b', '1')
    localStorage.setItem('a', '')
    const part = captured(new StoragePart('localStorage', localStorage))
    localStorage.setItem('b', 'changed')
    localStorage.setItem('c', 'added')
    localStorage.removeItem('a')
    expect(undoAll(part)).toEqual(['localStorage'])
    expect({ ...localStorage }).toEqual({ b: '1', a: '' })
    expect([...part.changes()]).toEqual([])
    localStorage.clear()
  })

  test('keeps what it is told to', () => {
    const part = captured(new StoragePart('localStorage', localStorage))
    localStorage.setItem('kept', '1')
    for (const change of part.changes()) change.keep()
    localStorage.setItem('later', '1')
    undoAll(part)
    expect({ ...localStorage }).toEqual({ kept: '1' })
    localStorage.clear()
  })
})

describe('cookies', () => {
  test('that were set on any path go', () => {
    const part = captured(new CookiesPart(pageRealm))
    history.replaceState(null, '', '/deep/page')
    document.cookie = 'plain=1'
    document.cookie = 'root=1; path=/'
    document.cookie = 'deep=1; path=/deep'
    expect(undoAll(part)).toEqual(['document.cookie'])
    expect(document.cookie).toBe('')
    history.replaceState(null, '', '/deep/page/below')
    expect(document.cookie).toBe('')
    history.replaceState(null, '', '/')
  })

  test('that were there come back', () => {
    document.cookie = 'a=1; path=/'
    document.cookie = 'b=2; path=/'
    const part = captured(new CookiesPart(pageRealm))
    document.cookie = 'a=changed; path=/'
    document.cookie = 'c=added; path=/'
    expect(undoAll(part)).toEqual(['document.cookie'])
    expect(document.cookie).toBe('a=1; b=2')
    expect([...part.changes()]).toEqual([])
    page.jsdom.cookieJar.removeAllCookiesSync()
  })

  test('that were set where one was before go, from every path above the page', () => {
    document.cookie = 'a=1; path=/'
    const part = captured(new CookiesPart(pageRealm))
    history.replaceState(null, '', '/deep/er/page')
    for (const path of ['/', '/deep', '/deep/er', '/deep/er/page'])
      document.cookie = `of${path}=1; path=${path}`
    expect(undoAll(part)).toEqual(['document.cookie'])
    expect(document.cookie).toBe('a=1')
    history.replaceState(null, '', '/')
    page.jsdom.cookieJar.removeAllCookiesSync()
  })

  test('of paths that the page has left go with the others, where none was before', () => {
    const part = captured(new CookiesPart(pageRealm))
    document.cookie = 'elsewhere=1; path=/elsewhere'
    document.cookie = 'here=1'
    undoAll(part)
    history.replaceState(null, '', '/elsewhere')
    expect(document.cookie).toBe('')
    history.replaceState(null, '', '/')
  })

  test('that cannot be deleted are told', () => {
    const stubborn = {
      location,
      document: {
        get cookie() {
          return `token=secret${++this.reads}; other=${this.reads}`
        },
        set cookie(_value) {},
        reads: 0,
      },
    }
    const part = captured(new CookiesPart({ realm: stubborn as never, window }))
    const [change] = part.changes()
    expect(() => change?.undo()).toThrow(/^"token", "other" cannot be deleted from here$/)
  })
})

describe('a page', () => {
  test('is where it was, with the state and the history that it had', () => {
    history.replaceState({ first: true }, '', '/start')
    const part = captured(new LocationPart(pageRealm))
    const { length, state } = history
    history.pushState({ second: true }, '', '/second?q#hash')
    history.pushState(null, '', '/third')
    expect(undoAll(part)).toEqual(['history.length', 'location.href'])
    expect(location.pathname + location.search + location.hash).toBe('/start')
    expect([history.length, history.state]).toEqual([length, state])
    expect([...part.changes()]).toEqual([])
  })

  test('comes back from another origin', () => {
    const part = captured(new LocationPart(pageRealm))
    const { href } = location
    page.jsdom.reconfigure({ url: 'https://elsewhere.test/there' })
    expect(location.origin).toBe('https://elsewhere.test')
    expect(undoAll(part)).toEqual(['location.href'])
    expect(location.href).toBe(href)
  })

  test('that cannot go back says so', () => {
    const part = new LocationPart(pageRealm)
    part.capture()
    history.pushState(null, '', '/other')
    const elsewhere = {
      history: { length: 0, state: 1, replaceState() {} },
      location: { href: 'a:' },
    }
    const jsdom = { ...page.jsdom, reconfigure() {} }
    const stuck = new LocationPart({ realm: { ...realm, ...elsewhere } as never, window, jsdom })
    expect(() => undoAll(stuck)).toThrow(/^the page cannot be moved back from here$/)
    undoAll(part)
  })

  test('keeps what it is told to', () => {
    const part = captured(new LocationPart(pageRealm))
    history.pushState({ kept: true }, '', '/kept')
    for (const change of part.changes()) change.keep()
    expect([...part.changes()]).toEqual([])
    history.pushState(null, '', '/later')
    undoAll(part)
    expect([location.pathname, history.state]).toEqual(['/kept', { kept: true }])
  })
})
