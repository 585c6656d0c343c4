/** What the doctor examines: the framework of a project, its config, and the adapter that is installed for it. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { BadOptionError, NoHostError, UnsupportedHostError } from '../host/errors.ts'
import { installCommand } from './install-command.ts'
import { CONFIGS as VITEST_CONFIGS } from './vitest-names.ts'
import type { Framework, WayOptions } from './ways.ts'

export interface Target {
  readonly framework: Framework
  /** Where the framework is started: names of files are relative to it. */
  readonly dir: string
  readonly version: string
  /** The script behind the framework's command. */
  readonly script: string
  /** The suite's own config, if it has one. */
  readonly config?: string
  /** The entry of the adapter. */
  readonly adapter: string
  /** The entry of the package that reads configs: Vite, or `jest-config`. */
  readonly reader: string
}

export interface TargetOptions {
  readonly framework?: Framework
  /** Relative to the folder. */
  readonly config?: string
  /** Where the adapter is looked for, if not in the project. */
  readonly adapterFrom?: string
}

interface Kind {
  readonly title: string
  readonly adapter: string
  /** The oldest version that is supported, and the first major that is not known. */
  readonly oldest: readonly [major: number, minor: number]
  readonly firstUnknown: number
  readonly supported: string
  readonly configs: readonly string[]
}

const kinds: Readonly<Record<Framework, Kind>> = {
  vitest: {
    title: 'Vitest',
    adapter: '@fresh-modules/vitest-plugin',
    oldest: [4, 1],
    firstUnknown: 6,
    supported: '4.1 to 5',
    configs: VITEST_CONFIGS,
  },
  jest: {
    title: 'Jest',
    adapter: '@fresh-modules/jest-env',
    oldest: [29, 7],
    firstUnknown: 31,
    supported: '29.7 to 30',
    // In the order in which Jest looks for them. The manifest may have a field `jest`.
    configs: [
      ...['js', 'ts', 'mjs', 'mts', 'cjs', 'cts', 'json'].map((ending) => `jest.config.${ending}`),
      'package.json',
    ],
  },
}

/**
 * @throws `ERR_NO_HOST` without Vitest and Jest, or without the adapter; `ERR_UNSUPPORTED_HOST` for a version that no adapter
 * knows; `ERR_BAD_OPTION` for a config that is not there, and where there are both and nothing says which.
 */
export function targetIn(folder: string, options: TargetOptions = {}): Target {
  const dir = realpathSync(folder)
  const framework = options.framework ?? frameworkIn(dir)
  const { title, adapter, configs, supported } = kinds[framework]
  const manifest = manifestOf(framework, dir)
  if (manifest === undefined) throw noFramework(dir, title)

  const { version, bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  if (!isSupported(version, kinds[framework])) {
    throw new UnsupportedHostError(
      `${title} ${version}`,
      `fresh-modules works with ${title} ${supported}`,
      `Update it: ${installCommand(dir, [`${framework}@latest`])}`,
    )
  }
  const config = configIn(dir, options.config, configs)
  const at = dirname(manifest)
  return {
    framework,
    dir,
    version,
    script: join(at, typeof bin === 'string' ? bin : bin[framework]),
    ...(config === undefined ? {} : { config }),
    adapter: adapterOf(adapter, title, options.adapterFrom ?? dir, dir),
    reader: readerOf(framework, manifest),
  }
}

/** Whether the environment for Jest that is installed can keep a realm for many files. */
export function sharesRealms({ framework, adapter }: Target): boolean {
  if (framework !== 'jest') return true
  const { checkAdapterOptions } = createRequire(adapter)('fresh-modules/internal/core')
  const options: WayOptions = { isolate: false }
  try {
    checkAdapterOptions('@fresh-modules/jest-env', options)
    return true
  } catch {
    return false
  }
}

/** The framework that a project has: where it has both, the one that its own `test` script runs. */
function frameworkIn(dir: string): Framework {
  const found = (Object.keys(kinds) as Framework[]).filter((name) => manifestOf(name, dir) !== undefined)
  const [first, second] = found
  if (first === undefined) throw noFramework(dir, 'Vitest or Jest')
  if (second === undefined) return first
  const manifest = join(dir, 'package.json')
  const scripts = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).scripts : undefined
  const named = found.filter((name) => new RegExp(`\\b${name}\\b`).test(scripts?.test ?? ''))
  const configured = found.filter((name) =>
    kinds[name].configs.some((file) => file !== 'package.json' && existsSync(join(dir, file))),
  )
  for (const chosen of [named, configured]) if (chosen.length === 1) return chosen[0] as Framework
  throw new BadOptionError(
    'find out what runs the tests',
    'Vitest and Jest are both installed, and the test script names neither alone',
    'Say which: npx fresh-modules doctor --framework vitest',
  )
}

function noFramework(dir: string, title: string): NoHostError {
  return new NoHostError(
    `there is no ${title} in ${dir}`,
    'Run this where the tests are run: cd <the folder with the package.json> && npx fresh-modules doctor',
  )
}

function isSupported(version: string, { oldest, firstUnknown }: Kind): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major >= firstUnknown) return false
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}

function configIn(dir: string, asked: string | undefined, names: readonly string[]): string | undefined {
  if (asked === undefined) return names.map((name) => join(dir, name)).find((file) => existsSync(file))
  const file = resolve(dir, asked)
  if (existsSync(file)) return file
  throw new BadOptionError('read the config', `there is no ${file}`, 'Pass a path: --config vitest.config.ts')
}

function adapterOf(name: string, title: string, from: string, dir: string): string {
  try {
    return createRequire(join(from, 'package.json')).resolve(name)
  } catch (error) {
    throw new NoHostError(
      `this is ${title}, and ${name} is not installed in ${dir} (${(error as Error).message.split('\n')[0]})`,
      `Install it: ${installCommand(dir, ['fresh-modules', name])}`,
    )
  }
}

/** From the framework's own folders: a project need not have them itself. */
function readerOf(framework: Framework, manifest: string): string {
  const fromFramework = createRequire(manifest)
  if (framework === 'vitest') return fromFramework.resolve('vite')
  return createRequire(fromFramework.resolve('@jest/core')).resolve('jest-config')
}

/** The manifest of a package that a folder sees, as Node looks for it: `exports` may hide it from `require.resolve`. */
function manifestOf(name: string, dir: string): string | undefined {
  for (let at = dir; ; at = dirname(at)) {
    const manifest = join(at, 'node_modules', name, 'package.json')
    if (existsSync(manifest)) return realpathSync(manifest)
    if (at === dirname(at)) return undefined
  }
}
