/** `testEnvironment: '@fresh-modules/jest-env/jsdom'`: Jest's environment over jsdom, with fresh modules. */
import { UnsupportedHostError } from 'fresh-modules/internal/core'
import type { EnvironmentClass } from './environment-types.ts'
import { withFreshModules } from './with-fresh-modules.ts'

const { TestEnvironment: JsdomEnvironment } = requireJsdom()

function requireJsdom(): { TestEnvironment: EnvironmentClass } {
  try {
    return require('jest-environment-jsdom')
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error
    throw new UnsupportedHostError(
      '@fresh-modules/jest-env/jsdom',
      `jest-environment-jsdom cannot be loaded (${(error as Error).message.split('\n')[0]})`,
      'Install it: npm install --save-dev jest-environment-jsdom.',
    )
  }
}

export const TestEnvironment: EnvironmentClass = withFreshModules(JsdomEnvironment)
/** @alias */
export default TestEnvironment
