/** A suite that Jest runs. */
import { join, relative } from 'node:path'
import { firstOf, type Invocation, writeBeside } from './own-config.ts'
import type { Options, Way } from './ways.ts'

/** In the order in which Jest looks for them. The manifest may have a field `jest`. */
const CONFIGS = [
  ...['js', 'ts', 'mjs', 'mts', 'cjs', 'cts', 'json'].map((ending) => `jest.config.${ending}`),
  'package.json',
]

export function jestRun(dir: string, own: string | undefined, way: Way, place: string): Invocation {
  const config = own ? join(dir, own) : firstOf(dir, CONFIGS)
  if (!config) throw new Error(`There is neither a config of Jest nor a manifest in ${dir}.`)
  const options: Options | undefined = way.options && {
    ...way.options,
    ...(way.isolate ? {} : { isolate: false }),
  }
  const wrapper = options && writeBeside(config, 'config.cjs', wrapperOf(config, options, place))
  const cache = join(place, 'jest-cache')
  return {
    args: [
      `--config=${relative(dir, wrapper ?? config)}`,
      '--ci',
      '--runInBand',
      '--coverage=false',
      `--cacheDirectory=${cache}`,
      '--json',
    ],
    env: {},
    files: wrapper ? [wrapper] : [],
  }
}

/**
 * Jest's own reader of configs reads the suite's, whatever its format. Environments other than Jest's two are made ours by
 * a file beside our packages.
 */
const wrapperOf = (config: string, options: Options, place: string): string => `
const { createRequire } = require('node:module')
const { mkdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const place = ${JSON.stringify(place)}
const environments = join(place, 'node_modules/@fresh-modules/jest-env/dist')
const ours = { 'node': 'index.js', 'jsdom': 'jsdom.js' }

const jest = createRequire(require.main.filename)
const core = createRequire(jest.resolve('@jest/core'))
const { readInitialOptions } = core('jest-config')

const environmentOf = (name, rootDir) => {
  const short = /(?:^|[\\\\/])(?:jest-environment-)(node|jsdom)(?:$|[\\\\/])/.exec(name)?.[1] ?? name
  if (short in ours) return join(environments, ours[short])
  const from = createRequire(join(rootDir, 'package.json'))
  let base
  try { base = from.resolve('jest-environment-' + name) } catch { base = from.resolve(name.replace('<rootDir>', rootDir)) }
  const file = join(place, 'environment-' + name.replaceAll(/[^a-z0-9]+/gi, '-') + '.cjs')
  const text = (value) => JSON.stringify(value)
  writeFileSync(file, \`
const { withFreshModules } = require(\${text(join(environments, 'index.js'))})
const own = require(\${text(base)})
module.exports = withFreshModules(own.TestEnvironment ?? own.default ?? own)
\`)
  return file
}

const withOurs = (project, rootDir) => {
  if (typeof project === 'string') throw new Error('Projects by path are not supported: name a folder instead.')
  return {
    ...project,
    testEnvironment: environmentOf(project.testEnvironment ?? 'node', rootDir),
    testEnvironmentOptions: { ...project.testEnvironmentOptions, freshModules: ${JSON.stringify(options)} },
  }
}

module.exports = async () => {
  const { config } = await readInitialOptions(${JSON.stringify(config)})
  const { rootDir } = config
  if (config.projects) return { ...config, projects: config.projects.map((project) => withOurs(project, rootDir)) }
  return withOurs(config, rootDir)
}
`
