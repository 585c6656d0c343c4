import { expect, test } from 'vitest'
import { Spies } from './spies.ts'

/** As much of jest-mock as the adapter relies on. */
class Mocker {
  _spyState = new Set<() => void>()

  spyOn(object: Record<string, unknown>, key: string) {
    const original = object[key]
    const restore = () => {
      object[key] = original
    }
    this._spyState.add(restore)
    object[key] = 'mock'
    return { mockRestore: restore, mockReset: () => {} }
  }

  restoreAllMocks() {
    for (const restore of this._spyState) restore()
    this._spyState = new Set()
  }
}

test('a spy is restored once, and never brings the old export back', () => {
  const mocker = new Mocker()
  const spies = new Spies(mocker)
  const exports: Record<string, unknown> = { method: 'old', other: 'other' }
  const mock = mocker.spyOn(exports, 'method')
  spies.restoreOn(exports)
  expect(exports['method']).toBe('old')
  exports['method'] = 'new'
  mock.mockRestore()
  mocker.restoreAllMocks()
  expect(exports['method']).toBe('new')
})

test('spies on other objects stay', () => {
  const mocker = new Mocker()
  const spies = new Spies(mocker)
  const [one, two]: Record<string, unknown>[] = [{ method: 1 }, { method: 2 }]
  mocker.spyOn(one as Record<string, unknown>, 'method')
  spies.restoreOn(two as object)
  expect(one?.['method']).toBe('mock')
  mocker.restoreAllMocks()
  expect(one?.['method']).toBe(1)
})
