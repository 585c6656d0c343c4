/** Configs of the contenders in Vitest and Jest. */
import type { FileTree } from '../harness/index.ts'

const vitestConfig = (test: string, options?: string): string => `
import { defineConfig } from 'vitest/config'
${options === undefined ? '' : "import { freshModules } from '@fresh-modules/vitest-plugin'"}
export default defineConfig({
  plugins: [${options === undefined ? '' : `freshModules(${options})`}],
  test: { ${test} },
})
`

/** With the plugin. */
export const withPlugin = (test: string, options = ''): string => vitestConfig(test, options)

/** Vitest as it is. */
export const withoutPlugin = (test: string): string => vitestConfig(test)

const babel = `transform: { '\\\\.[jt]sx?$': ['babel-jest', {
  presets: [['@babel/preset-env', { targets: { node: 'current' } }], '@babel/preset-typescript'],
}] }`

export const jestConfigs = (fields = ''): FileTree => ({
  'plain.config.cjs': `module.exports = { ${babel}, ${fields} }\n`,
  'fresh.config.cjs': `module.exports = {
    testEnvironment: '@fresh-modules/jest-env',
    testEnvironmentOptions: { freshModules: { resetBetween: 'tests' } },
    ${babel}, ${fields}
  }\n`,
  'idle.config.cjs': `module.exports = {
    testEnvironment: '@fresh-modules/jest-env',
    testEnvironmentOptions: { freshModules: { resetBetween: 'never' } },
    ${babel}, ${fields}
  }\n`,
})
