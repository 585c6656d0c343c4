/**
 * The config with which the doctor runs Jest: the suite's own, with its environments made ours. Jest's own reader reads the
 * suite's, whatever its format, presets and patterns of projects included.
 */
import { existsSync, lstatSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { type ProjectFacts, RUN_FILE, readRunFile } from './run-file.ts'

interface InitialOptions {
  readonly rootDir: string
  readonly projects?: readonly (string | object)[]
}

interface ProjectConfig {
  readonly rootDir: string
  readonly displayName?: { readonly name: string }
  /** Absolute path. */
  readonly testEnvironment: string
}

interface JestConfig {
  readInitialOptions(
    config: string | undefined,
    options?: { packageRootOrConfig: string; readFromCwd: boolean },
  ): Promise<{ config: InitialOptions }>
  readConfigs(
    argv: object,
    projects: readonly string[],
  ): Promise<{
    globalConfig: { readonly projects: readonly (string | object)[] }
    configs: readonly ProjectConfig[]
  }>
}

export default async (): Promise<object> => {
  const run = readRunFile()
  const config = run.config as string
  const { readConfigs, readInitialOptions }: JestConfig = createRequire(run.reader)(run.reader)
  const { config: own } = await readInitialOptions(config)
  // The same in normal form: presets are merged, and environments and projects are absolute paths.
  const { globalConfig, configs } = await readConfigs({ _: [], $0: '', config }, [own.rootDir])
  writeFileSync(run.facts, JSON.stringify({ projects: configs.map(factsOf) }))
  if (!own.projects?.length) return { ...own, ...environmentOf(configs[0]) }

  const loaded = globalConfig.projects.filter(canBeLoaded).map(async (project, index) => {
    const options =
      typeof project === 'string'
        ? (await readInitialOptions(undefined, { packageRootOrConfig: project, readFromCwd: true })).config
        : { rootDir: own.rootDir, ...project }
    return { ...options, ...environmentOf(configs[index]) }
  })
  return { ...own, projects: await Promise.all(loaded) }
}

/** As Jest leaves out files that its patterns of projects match by accident. */
const canBeLoaded = (project: string | object): boolean =>
  typeof project === 'object' ||
  !existsSync(project) ||
  lstatSync(project).isDirectory() ||
  /\.(?:[cm]?[jt]s|json)$/.test(project)

const OURS = /[\\/]@fresh-modules[\\/]jest-env[\\/]|[\\/]packages[\\/]jest-env[\\/]dist[\\/]/
/** `/app/node_modules/@scope/name/dist/index.js`: the last package that the path leads through. */
const PACKAGE = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/
const COMMON = /[\\/]jest-environment-(node|jsdom)[\\/]/

const factsOf = ({ displayName, testEnvironment, rootDir }: ProjectConfig): ProjectFacts => ({
  name: displayName?.name ?? '',
  isolate: true,
  environment: COMMON.exec(testEnvironment)?.[1] ?? nameOf(testEnvironment, rootDir),
  isBrowser: false,
  hasFreshModules: OURS.test(testEnvironment),
})

/** As a file at the project's root would require it. */
function nameOf(environment: string, rootDir: string): string {
  const name = PACKAGE.exec(environment)?.[1] ?? `./${relative(rootDir, environment)}`
  return name.replaceAll('\\', '/')
}

/** The environment of a project, made ours by a file in the temporary folder; as it is, where the run goes without us. */
function environmentOf(project: ProjectConfig | undefined): { testEnvironment?: string } {
  const { adapter, folder } = readRunFile()
  if (adapter === undefined || project === undefined) return {}
  const { testEnvironment } = project
  const name = testEnvironment.replaceAll(/[^a-z0-9]+/gi, '-').slice(-60)
  const file = join(folder, `environment-${name}.cjs`)
  writeFileSync(file, wrapperOf(testEnvironment, adapter))
  return { testEnvironment: file }
}

/**
 * The options are not in the config, which is part of the name of each thing that Jest has compiled and keeps: so all ways find
 * what the first one has compiled.
 */
const wrapperOf = (base: string, adapter: string): string => `
const { readFileSync } = require('node:fs')
const { withFreshModules } = require(${JSON.stringify(adapter)})
const own = require(${JSON.stringify(base)})
const Base = own.TestEnvironment ?? own.default ?? own
const { options } = JSON.parse(readFileSync(process.env.${RUN_FILE}, 'utf8'))

module.exports = class extends (${OURS.test(base)} ? Base : withFreshModules(Base)) {
  constructor({ globalConfig, projectConfig }, context) {
    const testEnvironmentOptions = { ...projectConfig.testEnvironmentOptions, freshModules: options }
    super({ globalConfig, projectConfig: { ...projectConfig, testEnvironmentOptions } }, context)
  }
}
`
