/** That our own types are Jest's: checked by the type checker, with the newest that is installed. */
import type * as jest from '@jest/environment'
import JsdomEnvironment from 'jest-environment-jsdom'
import { expect, expectTypeOf, test } from 'vitest'
import type { EnvironmentClass, EnvironmentConfig, EnvironmentContext } from './environment-types.ts'

test('what Jest hands to an environment is what we call it, and its environments are classes that we take', () => {
  expectTypeOf<jest.JestEnvironmentConfig>().toExtend<EnvironmentConfig>()
  expectTypeOf<jest.EnvironmentContext>().toExtend<EnvironmentContext>()
  const { prototype }: EnvironmentClass<never, never> = JsdomEnvironment

  for (const method of ['setup', 'teardown', 'getVmContext']) expect(prototype[method]).toBeTypeOf('function')
})
