import { expect, test } from 'vitest'
import { Patches } from './patches.ts'

const twice = (real: () => number) => () => real() * 2

test('a patch stands on what was there, and its undo puts exactly that back', () => {
  const real = () => 1
  const owner = Object.defineProperty({} as { count: () => number }, 'count', {
    value: real,
    writable: true,
    configurable: true,
    enumerable: false,
  })
  const before = Object.getOwnPropertyDescriptor(owner, 'count')
  const undo = new Patches().patch(owner, 'count', twice)
  expect(owner.count()).toBe(2)
  undo()
  expect(Object.getOwnPropertyDescriptor(owner, 'count')).toEqual(before)
})

test('what was inherited is inherited again', () => {
  class Base {
    count() {
      return 1
    }
  }
  const owner = new Base()
  const undo = new Patches().patch(owner, 'count', (real) => () => real.call(owner) * 2)
  expect(owner.count()).toBe(2)
  undo()
  expect(Object.hasOwn(owner, 'count')).toBe(false)
})

test('an accessor is assigned to, and stays', () => {
  let value = () => 1
  const owner = {
    get count() {
      return value
    },
    set count(next) {
      value = next
    },
  }
  const undo = new Patches().patch(owner, 'count', twice)
  expect(value()).toBe(2)
  undo()
  expect([value(), Object.getOwnPropertyDescriptor(owner, 'count')?.get]).toEqual([1, expect.any(Function)])
})

test('all are undone in reverse, and one that is undone already is left alone', () => {
  const real = () => 1
  const owner = { count: real, other: real }
  const patches = new Patches()
  patches.patch(owner, 'count', twice)
  patches.patch(owner, 'count', twice)
  const undo = patches.patch(owner, 'other', twice)
  undo()
  const mine = () => 7
  owner.other = mine
  undo()
  expect(owner.count()).toBe(4)
  patches.undoAll()
  expect(owner).toEqual({ count: real, other: mine })
})

test('what somebody else has put in its place stays', () => {
  const owner = { count: () => 1 }
  const patches = new Patches()
  patches.patch(owner, 'count', twice)
  const theirs = () => 5
  owner.count = theirs
  patches.undoAll()
  expect(owner.count).toBe(theirs)
})
