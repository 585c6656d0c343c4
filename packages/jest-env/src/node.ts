/** `testEnvironment: '@fresh-modules/jest-env'`: Jest's environment for Node, with fresh modules. */
import type { EnvironmentClass } from './environment-types.ts'
import { requireFromJest, withFreshModules } from './with-fresh-modules.ts'

const { TestEnvironment: NodeEnvironment } = requireFromJest('jest-environment-node') as {
  TestEnvironment: EnvironmentClass
}

export const TestEnvironment: EnvironmentClass = withFreshModules(NodeEnvironment)
/** @alias */
export default TestEnvironment
