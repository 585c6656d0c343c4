import { expect, test } from 'vitest'
import { extendFileResult, type InternalModules } from './file-result.ts'

const ADAPTER = '/app/node_modules/jest-circus/build/jestAdapterInit.js'

function setUp(module: object, read: () => unknown) {
  const runtime: InternalModules = { requireInternalModule: () => module }
  extendFileResult(runtime, 'freshModules', read)
  return runtime
}

const circus = { initialize() {}, runAndTransformResultsToJestFormat: async () => ({ numPassingTests: 1 }) }

test('the result of a file has one more field, read when the tests have run', async () => {
  let summary: object | undefined
  const runtime = setUp(circus, () => summary)
  for (const file of [
    ADAPTER,
    '/app/node_modules/jest-circus/build/legacy-code-todo-rewrite/jestAdapterInit.js',
  ]) {
    const { initialize, runAndTransformResultsToJestFormat } = runtime.requireInternalModule(
      file,
    ) as typeof circus
    expect(initialize).toBe(circus.initialize)
    summary = undefined
    expect(await runAndTransformResultsToJestFormat()).toEqual({ numPassingTests: 1 })
    summary = { resets: 2 }
    expect(await runAndTransformResultsToJestFormat()).toEqual({
      numPassingTests: 1,
      freshModules: { resets: 2 },
    })
  }
})

test('other modules of the framework, and a runner without that function, are left alone', () => {
  expect(setUp(circus, () => 1).requireInternalModule('/app/node_modules/expect/build/index.js')).toBe(circus)
  const other = {}
  expect(setUp(other, () => 1).requireInternalModule(ADAPTER)).toBe(other)
})
