/** What the suites for Jest share: the config of a project, and what makes of its sources. */
import { expect } from 'vitest'
import {
  type FileTree,
  type Host,
  type Project,
  project,
  type RunOptions,
  type RunResult,
} from '../harness/index.ts'

/**
 * Fields of the config, as source text; the environment is ours unless they say otherwise. `options`: those of the
 * adapter. Suites are about calls, and say so if they are about resets.
 */
export function configWith(fields = '', options = "{ resetBetween: 'never' }"): string {
  return `module.exports = {
    testEnvironment: '@fresh-modules/jest-env',
    testEnvironmentOptions: { freshModules: ${options} },
    ${fields}
  }\n`
}

/** What compiles the sources of a project: the fields of the config, and files that they need. */
export interface Compiler {
  readonly name: string
  readonly fields: string
  readonly files?: FileTree
  /** The ending of its sources. */
  readonly ending: 'ts' | 'js'
}

const babel: Compiler = {
  name: 'babel-jest',
  ending: 'ts',
  fields: `transform: { '\\\\.[jt]s$': ['babel-jest', {
    presets: [['@babel/preset-env', { targets: { node: 'current' } }], '@babel/preset-typescript'],
  }] }`,
}

export const compilers: readonly Compiler[] = [
  babel,
  {
    name: '@swc/jest',
    ending: 'ts',
    fields: `transform: { '\\\\.[jt]s$': ['@swc/jest', {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' },
    }] }`,
  },
  {
    name: 'ts-jest',
    ending: 'ts',
    fields: `transform: { '\\\\.ts$': ['ts-jest', {
      diagnostics: false,
      tsconfig: { target: 'es2022', module: 'commonjs', esModuleInterop: true, ignoreDeprecations: '6.0' },
    }] }`,
  },
  {
    name: 'esbuild',
    ending: 'ts',
    fields: "transform: { '\\\\.[jt]s$': '<rootDir>/esbuild-transform.cjs' }",
    files: {
      'esbuild-transform.cjs': `
        const { transformSync } = require('esbuild')
        exports.process = (source, file) => transformSync(source, {
          format: 'cjs', loader: 'ts', target: 'node20', sourcemap: 'inline', sourcefile: file,
          supported: { 'dynamic-import': false },
        })
      `,
    },
  },
]

/** A project with the environment, compiled by Babel unless its files bring a config. */
export function jestProject(host: Host, files: FileTree): Promise<Project> {
  return project(host.name, {
    'package.json': '{ "name": "app", "private": true }\n',
    'jest.config.cjs': configWith(babel.fields),
    ...files,
  })
}

export async function run(
  host: Host,
  files: FileTree,
  args: readonly string[] = [],
  options?: RunOptions,
): Promise<RunResult> {
  return (await jestProject(host, files)).run(args, options)
}

/** Runs a project that has to pass, with all of its tests. */
export async function passes(
  host: Host,
  files: FileTree,
  args: readonly string[] = [],
  options?: RunOptions,
): Promise<RunResult> {
  const result = await run(host, files, args, options)
  expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, timedOut: false })
  expect(result.passed, result.output).toBeGreaterThan(0)
  return result
}

/** Runs a project that has to fail, and returns what it printed. */
export async function failsWith(
  host: Host,
  files: FileTree,
  args: readonly string[] = [],
  options?: RunOptions,
): Promise<RunResult> {
  const result = await run(host, files, args, options)
  expect(result, result.output).toMatchObject({ exitCode: 1, timedOut: false })
  return result
}

/** A run of native ES modules. */
export const nativeEsm = { nodeArgs: ['--experimental-vm-modules', '--no-warnings'] } as const
