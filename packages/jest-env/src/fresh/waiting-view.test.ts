import { expect, test } from 'vitest'
import type { VmModule } from '../jest/runtime-internals/types.ts'
import { isPending } from './waiting-view.ts'

const module = (status: VmModule['status'], evaluation: Promise<void> = Promise.resolve()): VmModule =>
  ({ status, evaluate: () => evaluation }) as never

test('a module is pending while it is evaluated, or waits for something in a top-level await', async () => {
  expect(await isPending(module('evaluating'))).toBe(true)
  expect(await isPending(module('evaluated', new Promise(() => {})))).toBe(true)
})

test('it is not once it has ended or failed, nor before it has begun', async () => {
  expect(await isPending(module('evaluated'))).toBe(false)
  expect(await isPending(module('evaluated', Promise.reject(new Error('failed'))))).toBe(false)
  expect(await isPending(module('linked'))).toBe(false)
})
