import { expect, test } from 'vitest'
import type { WayOutcome } from './examination.ts'
import type { ProjectFacts } from './run-file.ts'
import { wayAdviceFor } from './way-advice.ts'
import { type WayName, ways } from './ways.ts'

const outcome = (name: WayName, seconds: number, isSafe = true): WayOutcome => ({
  name,
  title: ways.find((way) => way.name === name)?.title ?? '',
  seconds,
  failures: [],
  isSafe,
})

const project = (environment: string): ProjectFacts => ({
  name: '',
  isolate: true,
  environment,
  isBrowser: false,
  hasFreshModules: false,
})

const vitest = { framework: 'vitest', seconds: 10, projects: [project('node')], pool: undefined } as const
const jest = { ...vitest, framework: 'jest' } as const
const all = [outcome('shared-files', 2), outcome('shared-defaults', 3), outcome('isolated-defaults', 11)]

test('shared workers with the defaults, where that is safe and faster', () => {
  expect(wayAdviceFor({ ...vitest, ways: all })).toEqual({
    way: 'shared-defaults',
    why: 'all tests stay green, modules are fresh in each test, and it takes 30 % of the time',
    config: `// vitest.config.ts
import { freshModules } from '@fresh-modules/vitest-plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [freshModules()],
  test: { isolate: false },
})`,
  })
})

test('resets between files alone, where the defaults are not safe', () => {
  const found = wayAdviceFor({
    ...vitest,
    ways: [outcome('shared-defaults', 3, false), outcome('shared-files', 2)],
  })
  expect(found).toMatchObject({ way: 'shared-files', why: expect.stringContaining('fresh in each file') })
  expect(found?.config).toContain("plugins: [freshModules({ resetBetween: 'files' })],")
})

test('shared workers, where the suite has them already, though they are no faster', () => {
  const projects = [{ ...project('node'), isolate: false }]
  const ways = [outcome('shared-defaults', 9.5), outcome('isolated-defaults', 11)]
  expect(wayAdviceFor({ ...vitest, projects, ways })).toMatchObject({ way: 'shared-defaults' })
  const unsafe = wayAdviceFor({
    ...vitest,
    projects,
    ways: [outcome('shared-defaults', 9.5, false), outcome('isolated-defaults', 11)],
  })
  expect(unsafe?.way).toBe('isolated-defaults')
  // The suite's own config would share them.
  expect(unsafe?.config).toContain('test: { isolate: true },')
})

test('isolation, where sharing is no faster', () => {
  const found = wayAdviceFor({
    ...vitest,
    ways: [outcome('shared-defaults', 9.5), outcome('isolated-defaults', 11)],
  })
  expect(found).toMatchObject({
    way: 'isolated-defaults',
    why: 'all tests stay green, modules are fresh in each test, files stay isolated, and it takes 110 % of the time',
  })
  expect(found?.config).not.toContain('isolate')
})

test('nothing, where no way with fresh-modules is safe', () => {
  const unsafe = all.map((way) => ({ ...way, isSafe: false }))
  expect(wayAdviceFor({ ...vitest, ways: [outcome('shared-raw', 1), ...unsafe] })).toBeUndefined()
})

test('another pool, where that of the suite cannot share, and a word about projects', () => {
  const found = wayAdviceFor({
    ...vitest,
    pool: 'threads',
    projects: [project('node'), project('node')],
    ways: all,
  })
  expect(found?.config).toContain("test: { isolate: false, pool: 'threads' },")
  expect(found?.config).toContain('// Both lines in each project')
})

test('Jest has the environment that stands for its own', () => {
  const found = wayAdviceFor({ ...jest, projects: [project('jsdom')], ways: [outcome('shared-files', 2)] })
  expect(found?.config).toBe(`// jest.config.js
module.exports = {
  testEnvironment: '@fresh-modules/jest-env/jsdom',
  testEnvironmentOptions: { freshModules: { resetBetween: 'files', isolate: false } },
}`)
  const isolated = wayAdviceFor({ ...jest, ways: [outcome('isolated-defaults', 11)] })
  expect(isolated?.config).toBe(`// jest.config.js
module.exports = {
  testEnvironment: '@fresh-modules/jest-env',
}`)
})

test('an environment of the suite’s own is made ours by a file', () => {
  const projects = [project('./test/environment.js')]
  const found = wayAdviceFor({ ...jest, projects, ways: [outcome('isolated-defaults', 11)] })
  expect(found?.config).toContain("const own = require('./test/environment.js')")
  expect(found?.config).toContain("testEnvironment: '<rootDir>/fresh-environment.cjs',")
})
