import { expect, test, vi } from 'vitest'
import { rememberHistory } from './mock-history.ts'

test('what mocks are called with meanwhile is gone afterwards, and what was there before stays', () => {
  const log = vi.fn()
  const nested = { api: { get: vi.fn(() => 1) } }
  log('before')
  const forget = rememberHistory([{ log }, nested, null, 'text'])
  log('meanwhile')
  nested.api.get()
  forget()
  expect(log.mock.calls).toEqual([['before']])
  expect(log).toHaveBeenCalledTimes(1)
  expect(nested.api.get).not.toHaveBeenCalled()
  expect(nested.api.get()).toBe(1)
})

test('a history that was cleared meanwhile stays so', () => {
  const log = vi.fn()
  log(1)
  const forget = rememberHistory([{ log }])
  log.mockClear()
  forget()
  expect(log).not.toHaveBeenCalled()
})

test('getters that throw are passed over', () => {
  const mocked = {
    get broken() {
      throw new Error('not mocked')
    },
  }
  expect(rememberHistory([mocked])).not.toThrow()
})
