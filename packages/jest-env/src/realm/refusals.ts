/** What cannot be combined with a realm that files share: said before any test. */
import { BadOptionError, UnsupportedHostError } from 'fresh-modules/internal/core'
import type { Environment, EnvironmentConfig } from '../environment-types.ts'

interface EnvironmentClass {
  readonly name: string
}

export function refuseLeakDetection({ projectConfig, globalConfig }: EnvironmentConfig): void {
  if (!projectConfig.detectLeaks && !globalConfig.detectLeaks) return
  throw new BadOptionError(
    'share a realm between test files',
    'detectLeaks looks for realms that stay, and with isolate: false they do',
    'Run with one of the two: testEnvironmentOptions: { freshModules: { isolate: true } } where leaks are looked for.',
  )
}

/** Private fields are made by the class's own constructor, for one object: another one with the same properties lacks them. */
export function refusePrivateState(Root: EnvironmentClass): void {
  if (!/\bthis\.#\w/.test(Function.prototype.toString.call(Root))) return
  throw new UnsupportedHostError(
    `the environment ${Root.name} with isolate: false`,
    'it has private fields, which only the object has that its constructor has made',
    'Leave isolate out for it, or extend the environment of Jest that it is like.',
  )
}

export function otherObject(Root: EnvironmentClass): UnsupportedHostError {
  return new UnsupportedHostError(
    `the environment ${Root.name} with isolate: false`,
    'its constructor returns another object than the one it was called for',
    'Leave isolate out for it.',
  )
}

/** @throws `ERR_UNSUPPORTED_HOST` if the environment has another global object than its realm */
export function assertSameGlobal(environment: Environment, global: object): void {
  if (global === environment.global) return
  throw new UnsupportedHostError(
    `the environment ${environment.constructor.name} with isolate: false`,
    'its global is another object than the one it was constructed with, so files cannot share it',
    'Leave isolate out for it, or put properties on this.global in place of replacing it.',
  )
}
