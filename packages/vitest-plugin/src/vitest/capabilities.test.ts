import { expect, test } from 'vitest'
import { hasModuleRunner } from './capabilities.ts'
import type { WorkerState } from './runner-internals.ts'

const workerWith = (experimental?: { viteModuleRunner?: boolean }) =>
  ({ config: { root: '/app', ...(experimental ? { experimental } : {}) } }) as WorkerState

test.each([undefined, {}, { viteModuleRunner: true }])('with %j there is a module runner', (experimental) => {
  expect(hasModuleRunner(workerWith(experimental))).toBe(true)
})

test("with viteModuleRunner: false there is none: tests run in Node's own loader", () => {
  expect(hasModuleRunner(workerWith({ viteModuleRunner: false }))).toBe(false)
})
