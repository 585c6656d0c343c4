import { expect, test } from 'vitest'
import { assertSupported, hasModuleRunner } from './capabilities.ts'
import type { WorkerState } from './runner-internals.ts'

const workerWith = (experimental?: { viteModuleRunner?: boolean }) =>
  ({ config: { root: '/app', ...(experimental ? { experimental } : {}) } }) as WorkerState

test.each([undefined, {}, { viteModuleRunner: true }])('with %j there is a module runner', (experimental) => {
  expect(hasModuleRunner(workerWith(experimental))).toBe(true)
  expect(() => assertSupported(workerWith(experimental), '5.1.1')).not.toThrow()
})

test('without the module runner the adapter refuses to work, and says what to do', () => {
  const worker = workerWith({ viteModuleRunner: false })
  expect(hasModuleRunner(worker)).toBe(false)
  expect(() => assertSupported(worker, '5.1.1')).toThrow(
    expect.objectContaining({
      code: 'ERR_UNSUPPORTED_HOST',
      message: expect.stringMatching(
        /Vitest 5\.1\.1 with experimental\.viteModuleRunner: false.*Leave the option/,
      ),
    }),
  )
})
