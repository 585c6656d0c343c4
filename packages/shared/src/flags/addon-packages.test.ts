import fs from 'node:fs'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { forgetPackages, type PackageInfo, packageOf } from '../host/packages.ts'
import { whyAddonPackage } from './addon-packages.ts'

type Files = Record<string, string | object>

let tree: Tree
beforeEach(() => forgetPackages())

/** Installs what is named below `node_modules`. */
function install(files: Files): void {
  tree = writeTree(
    Object.fromEntries(Object.entries(files).map(([file, text]) => [`node_modules/${file}`, text])),
  )
}

const packageAt = (dir: string) => packageOf(tree.at(`node_modules/${dir}/index.js`)) as PackageInfo
const signOf = (dir: string) => whyAddonPackage(packageAt(dir))

describe('a package loads an addon', () => {
  const name = 'addon'
  test.each<[string, string, Files]>([
    ['with a binding.gyp', 'binding.gyp', { 'package.json': { name }, 'binding.gyp': '{}' }],
    ['with gypfile', '"gypfile" in its package.json', { 'package.json': { name, gypfile: true } }],
    ['built by node-gyp', 'build/Release/x.node', { 'package.json': { name }, 'build/Release/x.node': '' }],
    ['built for debugging', 'build/Debug/x.node', { 'package.json': { name }, 'build/Debug/x.node': '' }],
    [
      'with prebuilds',
      'prebuilds/linux-x64/node.napi.node',
      { 'package.json': { name }, 'prebuilds/linux-x64/node.napi.node': '' },
    ],
    [
      'fetched by node-pre-gyp',
      'lib/binding/napi-v3/bcrypt.node',
      { 'package.json': { name }, 'lib/binding/napi-v3/bcrypt.node': '' },
    ],
    ['with addons in lib', 'lib/x-linux-x64.node', { 'package.json': { name }, 'lib/x-linux-x64.node': '' }],
    ['with one next to its index', 'x.linux-x64.node', { 'package.json': { name }, 'x.linux-x64.node': '' }],
    [
      'with an install script that builds what a dependency finds',
      'node-gyp-build in its package.json',
      {
        'package.json': {
          name,
          dependencies: { 'node-gyp-build': '^4' },
          scripts: { install: 'node-gyp-build || npm run prebuild' },
        },
      },
    ],
    [
      'with a binary that node-pre-gyp fetches',
      '@mapbox/node-pre-gyp in its package.json',
      {
        'package.json': {
          name,
          dependencies: { '@mapbox/node-pre-gyp': '1' },
          binary: { module_name: 'x' },
        },
      },
    ],
  ])('%s: %s', (_, sign, files) => {
    install(Object.fromEntries(Object.entries(files).map(([file, text]) => [`addon/${file}`, text])))
    expect(signOf('addon')).toBe(`a native addon (${sign})`)
  })

  test.each([
    ['@swc/core', '@swc/core-linux-x64-gnu', 'swc.linux-x64-gnu.node'],
    ['lightningcss', 'lightningcss-darwin-arm64', 'lightningcss.darwin-arm64.node'],
    ['sharp', '@img/sharp-linux-x64', 'lib/sharp-linux-x64.node'],
    ['sharp', '@img/sharp-linuxmusl-x64', 'lib/sharp-linuxmusl-x64.node'],
    ['rolldown', '@rolldown/binding-linux-x64-gnu', 'rolldown-binding.linux-x64-gnu.node'],
    ['rollup', '@rollup/rollup-win32-x64-msvc', 'rollup.win32-x64-msvc.node'],
    ['@parcel/watcher', '@parcel/watcher-linux-x64-glibc', 'watcher.node'],
    ['unrs-resolver', '@unrs/resolver-binding-linux-x64-gnu', 'resolver.linux-x64-gnu.node'],
  ])('%s, which lies in %s', (name, platform, addon) => {
    install({
      [`${name}/package.json`]: { name, optionalDependencies: { [platform]: '1', other: '1' } },
      [`${platform}/package.json`]: { name: platform },
      [`${platform}/${addon}`]: '',
    })
    expect(signOf(name)).toBe(`a native addon (${platform})`)
  })

  test.each([
    ['in the layout of pnpm', '.pnpm/x@1/node_modules/x', '.pnpm/x@1/node_modules/x-linux-x64'],
    ['nested below the package', 'x', 'x/node_modules/x-linux-x64'],
    ['next to the package that it is nested in', 'a/node_modules/x', 'x-linux-x64'],
  ])('which lies %s', (_, dir, platform) => {
    install({
      [`${dir}/package.json`]: { name: 'x', optionalDependencies: { 'x-linux-x64': '1' } },
      [`${platform}/x.node`]: '',
    })
    expect(signOf(dir)).toBe('a native addon (x-linux-x64)')
  })
})

describe('a package loads none', () => {
  test.each<[string, Files]>([
    ['when it depends on one', { 'a/package.json': { name: 'a', dependencies: { 'better-sqlite3': '11' } } }],
    [
      'when it optionally depends on one, like chokidar on fsevents',
      {
        'a/package.json': { name: 'a', optionalDependencies: { fsevents: '2' } },
        'fsevents/package.json': { name: 'fsevents' },
        'fsevents/fsevents.node': '',
      },
    ],
    [
      'when its build has addons, like that of Next',
      {
        'a/package.json': { name: 'a', optionalDependencies: { '@a/swc-linux-x64-gnu': '1' } },
        '@a/swc-linux-x64-gnu/next-swc.linux-x64-gnu.node': '',
      },
    ],
    [
      'when it only knows the loaders of addons, like a bundler',
      { 'a/package.json': { name: 'a', dependencies: { bindings: '1', 'node-gyp-build': '4' } } },
    ],
    [
      'when its platform packages hold executables, like those of esbuild',
      {
        'a/package.json': { name: 'a', optionalDependencies: { '@a/linux-x64': '1', 'a-linux-x64': '1' } },
        'a-linux-x64/bin/a': '',
        '@a/linux-x64/bin/a': '',
      },
    ],
    [
      'when its platform package is not installed',
      { 'a/package.json': { name: 'a', optionalDependencies: { 'a-linux-x64': '1' } } },
    ],
    ['when it fetches an executable', { 'a/package.json': { name: 'a', binary: { url: 'x' } } }],
    [
      'when it only builds something',
      { 'a/package.json': { name: 'a', scripts: { install: 'node-gyp rebuild' } } },
    ],
    ['when it bundles one for tests', { 'a/package.json': { name: 'a' }, 'a/test/fixtures/x.node': '' }],
    [
      'when a folder of its is called like one',
      { 'a/package.json': { name: 'a' }, 'a/lib/node/index.js': '' },
    ],
    [
      'when one lies in a package nested in it',
      { 'a/package.json': { name: 'a' }, 'a/node_modules/b/x.node': '' },
    ],
  ])('%s', (_, files) => {
    install(files)
    expect(signOf('a')).toBeUndefined()
  })

  test('when its folder cannot be read', () => {
    install({ 'a/package.json': { name: 'a' } })
    const gone = { ...packageAt('a'), dir: tree.at('absent') }
    expect(whyAddonPackage(gone)).toBeUndefined()
  })
})

describe('a package is looked at', () => {
  test('once, until packages are forgotten', () => {
    install({ 'a/package.json': { name: 'a' } })
    expect(signOf('a')).toBeUndefined()
    tree.write({ 'node_modules/a/binding.gyp': '' })
    expect(signOf('a')).toBeUndefined()
    forgetPackages()
    expect(signOf('a')).toBe('a native addon (binding.gyp)')
  })

  test('as it is on disk, whatever a test makes of fs', () => {
    install({ 'a/package.json': { name: 'a' }, 'a/binding.gyp': '' })
    const pkg = packageAt('a')
    const spy = vi.spyOn(fs, 'readdirSync').mockReturnValue([])
    try {
      expect(whyAddonPackage(pkg)).toBe('a native addon (binding.gyp)')
    } finally {
      spy.mockRestore()
    }
  })
})
