import { expect, test } from 'vitest'
import type { EnvironmentConfig } from '../environment-types.ts'
import { isCounted, isCountedByEngine } from './coverage.ts'

const config = (globalConfig: object, projectConfig: object = {}): EnvironmentConfig =>
  ({ globalConfig, projectConfig }) as EnvironmentConfig

const ignoring = { coveragePathIgnorePatterns: ['/node_modules/'] }

test.each<[string, EnvironmentConfig, boolean]>([
  ['nothing without coverage', config({}, { coveragePathIgnorePatterns: [] }), false],
  ['no package by default', config({ collectCoverage: true }, ignoring), false],
  [
    'packages that are not ignored',
    config({ collectCoverage: true }, { coveragePathIgnorePatterns: ['/other/'] }),
    true,
  ],
  [
    'what is asked for by name',
    config({ collectCoverage: true }, { ...ignoring, forceCoverageMatch: ['**/*.js'] }),
    true,
  ],
])('coverage may count %s', (_, given, expected) => {
  expect(isCounted(given)('/app/node_modules/pkg/index.js')).toBe(expected)
})

test('the engine counts with v8 alone', () => {
  expect(isCountedByEngine(config({ collectCoverage: true, coverageProvider: 'v8' }))).toBe(true)
  expect(isCountedByEngine(config({ collectCoverage: true, coverageProvider: 'babel' }))).toBe(false)
  expect(isCountedByEngine(config({ coverageProvider: 'v8' }))).toBe(false)
})
