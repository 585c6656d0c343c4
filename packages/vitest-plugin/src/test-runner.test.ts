import { afterEach, beforeEach, expect, TestRunner, test, vi } from 'vitest'
import { inWorker } from '../test-host/worker-state.ts'

beforeEach(() => void vi.resetModules())
afterEach(() => void vi.unstubAllGlobals())

/** Loads it as a worker does, whose module runner finds these exports at the path of the user's runner. */
async function load(runner: string | undefined, exports: object = {}): Promise<new () => object> {
  inWorker({ provided: { options: '{}', ...(runner === undefined ? {} : { runner }) } })
  const imported = vi.fn(async () => exports)
  vi.stubGlobal('__vitest_mocker__', { moduleRunner: { import: imported } })
  const { default: Runner } = await import('./test-runner.ts')
  if (runner !== undefined) expect(imported).toHaveBeenCalledExactlyOnceWith(runner)
  return Runner
}

test('without a runner of the user’s own it extends that of Vitest', async () => {
  expect((await load(undefined)).prototype).toBeInstanceOf(TestRunner)
})

test('it extends the user’s own runner, which the module runner loads', async () => {
  class Own {
    importFile() {}
  }
  const Runner = await load('/app/runner.ts', { default: Own })
  expect(Runner).not.toBe(Own)
  expect(Runner.prototype).toBeInstanceOf(Own)
})

test.each([
  ['no default export', {}],
  ['another kind of class', { default: class {} }],
  ['a plain function', { default: () => {} }],
  ['an instance', { default: { importFile() {} } }],
])('a file that has %s is refused, and the error names it', async (_, exports) => {
  await expect(load('/app/runner.ts', exports)).rejects.toMatchObject({
    code: 'ERR_BAD_OPTION',
    message: expect.stringMatching(/"\/app\/runner\.ts".*Export a class that extends TestRunner/s),
  })
})
