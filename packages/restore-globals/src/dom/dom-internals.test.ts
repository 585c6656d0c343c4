// @vitest-environment jsdom
import { describe, expect, test } from 'vitest'
import { page, window } from '../../test-host/page.ts'
import { shortenHistory, undefineElements } from './dom-internals.ts'

describe('the history', () => {
  test('is shortened to the entry that is shown', () => {
    const { history } = page
    const { length } = history
    history.pushState({ one: 1 }, '')
    history.pushState({ two: 2 }, '')
    expect(shortenHistory(window, length)).toBe(true)
    expect([history.length, history.state]).toEqual([length, { two: 2 }])
    history.pushState(null, '')
    expect(history.length).toBe(length + 1)
    shortenHistory(window, length)
  })

  test('that is shorter, or is not as known, is left alone', () => {
    expect(shortenHistory(window, page.history.length + 1)).toBe(false)
    expect(shortenHistory({}, 1)).toBe(false)
    expect(shortenHistory({ _sessionHistory: { _entries: 'unknown' } }, 1)).toBe(false)
  })
})

describe('a registry of custom elements', () => {
  const { customElements } = page

  test('of jsdom loses these definitions, and no others', async () => {
    const [first, second] = [class extends page.HTMLElement {}, class extends page.HTMLElement {}]
    customElements.define('x-first', first)
    customElements.define('x-second', second)
    expect(undefineElements(window, new Set(['x-first']))).toBe(true)
    expect(customElements.get('x-first')).toBeUndefined()
    expect(customElements.get('x-second')).toBe(second)
    const again = customElements.whenDefined('x-first')
    customElements.define('x-first', first)
    await expect(again).resolves.toBe(first)
    undefineElements(window, new Set(['x-first', 'x-second']))
  })

  test('of happy-dom loses them from both of its maps', () => {
    const [First, Second] = [class {}, class {}]
    const definitions = new Map([
      ['x-first', { elementClass: First }],
      ['x-second', { elementClass: Second }],
    ])
    const classes = new Map([
      [First, 'x-first'],
      [Second, 'x-second'],
    ])
    const registry = { [Symbol('registry')]: definitions, [Symbol('classRegistry')]: classes }
    expect(undefineElements({ customElements: registry }, new Set(['x-first']))).toBe(true)
    expect([...definitions.keys()]).toEqual(['x-second'])
    expect([...classes.keys()]).toEqual([Second])
  })

  test('that is none, or is not as known, cannot forget', () => {
    expect(undefineElements({}, new Set(['x-a']))).toBe(false)
    expect(undefineElements({ customElements: {} }, new Set(['x-a']))).toBe(false)
  })
})
