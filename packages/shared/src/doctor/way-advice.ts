/** Which way to take, and the lines for it. */
import type { WayAdvice, WayOutcome } from './examination.ts'
import type { ProjectFacts } from './run-file.ts'
import { type Framework, type WayName, type WayOptions, ways } from './ways.ts'

/** Faster than that, shared workers are worth it. */
const WORTH_IT = 0.9

interface Found {
  readonly framework: Framework
  readonly seconds: number
  readonly projects: readonly ProjectFacts[]
  readonly ways: readonly WayOutcome[]
  /** Vitest's pool for shared workers, where the suite's own has none. */
  readonly pool: string | undefined
}

/**
 * Of the ways with fresh-modules that leave all tests green: a shared one, the defaults first, if that is faster or the
 * suite shares workers already.
 */
export function wayAdviceFor(found: Found): WayAdvice | undefined {
  const safe = (name: WayName): WayOutcome | undefined =>
    found.ways.find((way) => way.name === name && way.isSafe)
  const shared = safe('shared-defaults') ?? safe('shared-files')
  const isolated = safe('isolated-defaults')
  const isFaster = shared !== undefined && (shared.seconds ?? 0) < found.seconds * WORTH_IT
  const chosen = isFaster || sharesWorkers(found) ? (shared ?? isolated) : (isolated ?? shared)
  if (!chosen) return undefined
  return { way: chosen.name, why: whyOf(chosen, found), config: configOf(chosen.name, found) }
}

/** As the suite is. */
function sharesWorkers({ projects }: Found): boolean {
  return projects.length > 0 && projects.every(({ isolate }) => !isolate)
}

function whyOf({ name, seconds = 0 }: WayOutcome, found: Found): string {
  const share = Math.round((seconds / found.seconds) * 100)
  const fresh = name.endsWith('files') ? 'modules are fresh in each file' : 'modules are fresh in each test'
  const time = name.startsWith('shared')
    ? `it takes ${share} % of the time`
    : `files stay isolated, and it takes ${share} % of the time`
  return `all tests stay green, ${fresh}, and ${time}`.replace(', and files', ', files')
}

function configOf(name: WayName, found: Found): string {
  const { isolate, options = {} } = ways.find((way) => way.name === name) ?? {}
  return found.framework === 'vitest'
    ? vitestConfig(isolate === false, options, found)
    : jestConfig(isolate === false ? { ...options, isolate } : options, found)
}

function vitestConfig(isShared: boolean, options: WayOptions, found: Found): string {
  const { projects, pool } = found
  const isOtherwise = isShared || sharesWorkers(found)
  const test = [
    ...(isOtherwise ? [`isolate: ${!isShared}`] : []),
    ...(isShared && pool ? [`pool: '${pool}'`] : []),
  ]
  const lines = [
    '// vitest.config.ts',
    "import { freshModules } from '@fresh-modules/vitest-plugin'",
    "import { defineConfig } from 'vitest/config'",
    '',
    'export default defineConfig({',
    `  plugins: [freshModules(${sourceOf(options)})],`,
    ...(test.length > 0 ? [`  test: { ${test.join(', ')} },`] : []),
    '})',
  ]
  if (projects.length > 1) lines.push('// Both lines in each project that does not extend this config.')
  return lines.join('\n')
}

function jestConfig(options: WayOptions, { projects }: Found): string {
  const environments = [...new Set(projects.map(({ environment }) => environment))]
  const custom = environments.find((name) => name !== 'node' && name !== 'jsdom')
  const name = custom ? '<rootDir>/fresh-environment.cjs' : environmentNames[environments[0] ?? 'node']
  const inOptions = sourceOf(options)
  return [
    ...(custom ? wrapperFile(custom) : []),
    '// jest.config.js',
    'module.exports = {',
    `  testEnvironment: '${name}',`,
    ...(inOptions === '' ? [] : [`  testEnvironmentOptions: { freshModules: ${inOptions} },`]),
    '}',
    ...(environments.length > 1 ? [`// In each project: ${environments.join(' and ')} have their own.`] : []),
  ].join('\n')
}

const environmentNames: Readonly<Record<string, string>> = {
  node: '@fresh-modules/jest-env',
  jsdom: '@fresh-modules/jest-env/jsdom',
}

const wrapperFile = (environment: string): string[] => [
  '// fresh-environment.cjs',
  "const { withFreshModules } = require('@fresh-modules/jest-env')",
  `const own = require('${environment}')`,
  'module.exports = withFreshModules(own.TestEnvironment ?? own.default ?? own)',
  '',
]

function sourceOf(options: WayOptions): string {
  const entries = Object.entries(options).map(([key, value]) =>
    typeof value === 'string' ? `${key}: '${value}'` : `${key}: ${value}`,
  )
  return entries.length === 0 ? '' : `{ ${entries.join(', ')} }`
}
