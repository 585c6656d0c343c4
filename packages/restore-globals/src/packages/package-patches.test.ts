import { expect, test, vi } from 'vitest'
import { restoredOf } from '../../test-host/whats.ts'
import { undoPackagePatches } from './package-patches.ts'

test('running interceptors are disposed of and named, and nothing else is touched', () => {
  const [one, group] = [vi.fn(), vi.fn()]
  const realm = {
    [Symbol.for('fetch-interceptor')]: { dispose: one },
    [Symbol.for('interceptor-source')]: { dispose: group },
    [Symbol.for('another-thing')]: { dispose: () => expect.unreachable() },
    [Symbol.for('old-interceptor')]: undefined,
    [Symbol('interceptor-state')]: { running: true },
    [Symbol()]: { dispose: () => expect.unreachable() },
    interceptor: { dispose: () => expect.unreachable() },
  }
  expect(restoredOf(undoPackagePatches(realm))).toEqual([
    'globalThis[Symbol(fetch-interceptor)]',
    'globalThis[Symbol(interceptor-source)]',
  ])
  expect(one).toHaveBeenCalledOnce()
  expect(group).toHaveBeenCalledOnce()
})

test('what an interceptor disposes of is its own: it is called as a method', () => {
  class Interceptor {
    isRunning = true
    dispose(): void {
      this.isRunning = false
    }
  }
  const interceptor = new Interceptor()
  undoPackagePatches({ [Symbol.for('fetch-interceptor')]: interceptor })
  expect(interceptor.isRunning).toBe(false)
})
