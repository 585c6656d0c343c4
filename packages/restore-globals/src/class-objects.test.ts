import { expect, test } from 'vitest'
import { classObjects } from './class-objects.ts'

test('a class is listed with its prototype, a function without one by itself', () => {
  class Own {}
  const bare = () => {}
  expect([...classObjects('Own', Own), ...classObjects('bare', bare)]).toEqual([
    { name: 'Own', object: Own },
    { name: 'Own.prototype', object: Own.prototype },
    { name: 'bare', object: bare },
  ])
})
