/** `testEnvironment: '@fresh-modules/jest-env'`: Jest's environment for Node, with fresh modules. */
import { requireFromJest } from './runtime-internals/find-runtime.ts'
import { type EnvironmentClass, withFreshModules } from './with-fresh-modules.ts'

const { TestEnvironment: NodeEnvironment } = requireFromJest('jest-environment-node') as {
  TestEnvironment: EnvironmentClass
}

export const TestEnvironment: EnvironmentClass = withFreshModules(NodeEnvironment)
/** @alias */
export default TestEnvironment
