export type { FreshModulesOptions } from 'fresh-modules/internal'
export { default, TestEnvironment } from './node.ts'
export { type EnvironmentClass, withFreshModules } from './with-fresh-modules.ts'
