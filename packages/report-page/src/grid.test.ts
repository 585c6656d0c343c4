// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest'
import { grid } from './grid.ts'

interface Row {
  readonly name: string
  readonly size: number
}

const open = vi.fn<(row: Row) => void>()
const rows = Array.from({ length: 5000 }, (_, index) => ({ name: `module ${index}`, size: index }))
let element: HTMLElement

beforeEach(() => {
  open.mockClear()
  element = grid<Row>({
    label: 'Modules',
    rows,
    columns: [
      { title: 'Name', value: ({ name }) => name },
      { title: 'Size', value: ({ size }) => size, text: ({ size }) => `${size} kB` },
    ],
    sortedBy: 1,
    open,
  })
})

const one = <T extends HTMLElement>(selector: string) => element.querySelector(selector) as T
const shown = () => Array.from(element.querySelectorAll('.row'), ({ textContent }) => textContent)
const press = (key: string) =>
  one('[role=grid]').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
const filter = (text: string) => {
  one<HTMLInputElement>('input').value = text
  one('input').dispatchEvent(new Event('input'))
}

test('the greatest come first, and only a screenful is in the document', () => {
  expect(shown()[0]).toBe('module 49994999 kB')
  expect(shown().length).toBeLessThan(40)
  expect(one('[role=grid]').getAttribute('aria-rowcount')).toBe('5001')
})

test('a header sorts by its column, and the other way round when it is pressed again', () => {
  const [byName] = element.querySelectorAll<HTMLElement>('[role=columnheader] button')
  byName?.click()
  expect(shown()[1]).toBe('module 11 kB')
  expect(byName?.parentElement?.getAttribute('aria-sort')).toBe('ascending')
  byName?.click()
  expect(shown()[0]).toBe('module 49994999 kB')
})

test('a filter takes several words, of all columns, and says how many it has found', () => {
  filter('kb 4912 MODULE')
  expect(shown()).toEqual(['module 49124912 kB'])
  filter('module 1234')
  expect(shown()).toEqual(['module 12341234 kB'])
  expect(one('.found').textContent).toBe('1 of 5000')
  filter('nothing')
  expect(shown()).toEqual([])
  expect(one('[role=grid]').hasAttribute('aria-activedescendant')).toBe(false)
})

test('the keyboard goes from row to row and opens one; so does a click', () => {
  press('ArrowDown')
  press('ArrowDown')
  press('ArrowUp')
  press('Enter')
  expect(open).toHaveBeenLastCalledWith({ name: 'module 4998', size: 4998 })
  press('End')
  press('Enter')
  expect(open).toHaveBeenLastCalledWith({ name: 'module 0', size: 0 })
  filter('module 77 ')
  one('.row').click()
  expect(open).toHaveBeenLastCalledWith(expect.objectContaining({ name: expect.stringContaining('77') }))
})
