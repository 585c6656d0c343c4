import type { FreshModulesOptions as Options } from 'fresh-modules/internal/core'

/** What `testEnvironmentOptions.freshModules` may hold. */
export type FreshModulesOptions = Options

export { default, TestEnvironment } from './node.ts'
export { type EnvironmentClass, withFreshModules } from './with-fresh-modules.ts'
