import { expect, test } from 'vitest'
import { inOrder } from './in-order.ts'

const path = (item: { path: string }): string => item.path
const items = ['a', 'b', 'c'].map((path) => ({ path }))

test('what was asked for is all there is, in that order', () => {
  expect(inOrder(items, ['c', 'a', 'elsewhere'], path).map(path)).toEqual(['c', 'a'])
})

test('nothing asked for changes nothing', () => {
  expect(inOrder(items, undefined, path)).toEqual(items)
})

test('a file that several projects run is there for each of them', () => {
  expect(inOrder([...items, ...items], ['b', 'a'], path).map(path)).toEqual(['b', 'b', 'a', 'a'])
})
