import type { FreshModulesOptions as Options } from 'fresh-modules/internal/core'

/** What `testEnvironmentOptions.freshModules` may hold. */
export type FreshModulesOptions = Options

export type { EnvironmentClass } from './environment-types.ts'
export { default, TestEnvironment } from './node.ts'
export { withFreshModules } from './with-fresh-modules.ts'
