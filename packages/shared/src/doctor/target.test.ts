import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { sharesRealms, targetIn } from './target.ts'

let dir: string
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function project(files: Readonly<Record<string, string>>): string {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'target-')))
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), contents)
  }
  return dir
}

const pack = (name: string, version = '1.0.0', more = {}): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version, main: 'index.js', ...more }),
  [`node_modules/${name}/index.js`]: '',
})

const vitest = (version = '5.1.0') => ({
  ...pack('vitest', version, { bin: { vitest: './vitest.mjs' } }),
  ...pack('vite'),
})
const jest = (version = '30.5.0') => ({
  ...pack('jest', version, { bin: './bin/jest.js' }),
  ...pack('@jest/core'),
  ...pack('jest-config'),
})
const plugin = pack('@fresh-modules/vitest-plugin')
const environment = pack('@fresh-modules/jest-env')

test('Vitest is found with its config, its plugin and what reads the config', () => {
  project({ ...vitest(), ...plugin, 'vite.config.js': '', 'vitest.config.mts': '' })
  expect(targetIn(dir)).toEqual({
    framework: 'vitest',
    dir,
    version: '5.1.0',
    script: join(dir, 'node_modules/vitest/vitest.mjs'),
    config: join(dir, 'vitest.config.mts'),
    adapter: join(dir, 'node_modules/@fresh-modules/vitest-plugin/index.js'),
    reader: join(dir, 'node_modules/vite/index.js'),
  })
})

test('Jest is found with its manifest as its config, and in a folder above', () => {
  project({ ...jest(), ...environment, 'package.json': '{}', 'packages/a/package.json': '{}' })
  expect(targetIn(join(dir, 'packages/a'))).toMatchObject({
    framework: 'jest',
    script: join(dir, 'node_modules/jest/bin/jest.js'),
    config: join(dir, 'packages/a/package.json'),
    adapter: join(dir, 'node_modules/@fresh-modules/jest-env/index.js'),
    reader: join(dir, 'node_modules/jest-config/index.js'),
  })
})

test.each([
  [
    'the test script names it',
    { 'package.json': '{ "scripts": { "test": "jest --ci" } }', 'vitest.config.ts': '' },
  ],
  ['it has a config', { 'package.json': '{}', 'jest.config.js': '' }],
])('where both are installed, Jest is taken if %s', (_, files) => {
  project({ ...jest(), ...vitest(), ...environment, ...files })
  expect(targetIn(dir).framework).toBe('jest')
})

test('where both are installed and nothing says which, the message shows how to', () => {
  project({ ...jest(), ...vitest(), ...plugin, 'package.json': '{}' })
  expect(() => targetIn(dir)).toThrow(
    expect.objectContaining({
      code: 'ERR_BAD_OPTION',
      message: expect.stringContaining('--framework vitest'),
    }),
  )
  expect(targetIn(dir, { framework: 'vitest' }).framework).toBe('vitest')
})

test('no framework is one error that says where to run it', () => {
  project({ 'package.json': '{}' })
  expect(() => targetIn(dir)).toThrow(
    expect.objectContaining({
      code: 'ERR_NO_HOST',
      message: expect.stringContaining('npx fresh-modules doctor'),
    }),
  )
})

test.each([
  ['Vitest', '4.0.9', () => vitest('4.0.9')],
  ['Vitest', '6.0.0', () => vitest('6.0.0')],
  ['Jest', '29.6.0', () => jest('29.6.0')],
])('%s %s is refused', (title, version, files) => {
  project({ ...files(), ...plugin, ...environment })
  expect(() => targetIn(dir)).toThrow(
    expect.objectContaining({
      code: 'ERR_UNSUPPORTED_HOST',
      message: expect.stringContaining(`${title} ${version}: fresh-modules works with`),
    }),
  )
})

test.each([
  ['package-lock.json', 'npm install --save-dev fresh-modules @fresh-modules/vitest-plugin'],
  ['pnpm-lock.yaml', 'pnpm add --save-dev fresh-modules @fresh-modules/vitest-plugin'],
  ['yarn.lock', 'yarn add --dev fresh-modules @fresh-modules/vitest-plugin'],
])('without the adapter, next to a %s, the message ends in: %s', (lockfile, line) => {
  project({ ...vitest(), [lockfile]: '' })
  expect(() => targetIn(dir)).toThrow(
    expect.objectContaining({ code: 'ERR_NO_HOST', message: expect.stringMatching(new RegExp(`${line}$`)) }),
  )
})

test('a config that is not there is refused', () => {
  project({ ...vitest(), ...plugin })
  expect(targetIn(dir)).not.toHaveProperty('config')
  expect(() => targetIn(dir, { config: 'absent.config.ts' })).toThrow(
    expect.objectContaining({ code: 'ERR_BAD_OPTION' }),
  )
})

test('realms are shared where the core of the environment knows the option', () => {
  const core = (code: string) => ({
    'node_modules/fresh-modules/package.json': '{ "exports": { "./internal/core": "./core.js" } }',
    'node_modules/fresh-modules/core.js': `exports.checkAdapterOptions = (name, options) => { ${code} }`,
  })
  project({
    ...jest(),
    ...environment,
    ...core('if ("isolate" in options) throw new Error("no such option")'),
  })
  expect(sharesRealms(targetIn(dir))).toBe(false)
  rmSync(dir, { recursive: true })
  project({ ...jest(), ...environment, ...core('') })
  expect(sharesRealms(targetIn(dir))).toBe(true)
})
