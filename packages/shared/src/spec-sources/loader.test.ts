import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { type ModuleId, moduleId } from '../module-id.ts'
import { type LoaderInput, loaderDeclarations, noteAddonLoaded } from './loader.ts'
import { forgetPackages, packageOf } from './package-json.ts'

let tree: Tree
beforeEach(() => forgetPackages())
afterEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for('fresh-modules.loaded-addons'))
})

const ONCE = { allowReload: false, allowReimport: false, allowUnload: false }
const WRAPPER = { allowReload: false, allowReimport: false }

function declare(file: string, kind: LoaderInput['kind'] = 'source') {
  const id = tree.at(file) as ModuleId
  return loaderDeclarations({ id, kind, pkg: packageOf(id) })
}
const flagsOf = (file: string, kind?: LoaderInput['kind']) => declare(file, kind)[0]?.flags

test('builtins refuse reload, reimport and unload', () => {
  const declared = loaderDeclarations({ id: moduleId('fs'), kind: 'builtin', pkg: undefined })
  expect(declared.map(({ flags }) => flags)).toEqual([ONCE])
})

test('addons refuse reload, reimport and unload, however they are called', () => {
  tree = writeTree({ 'package.json': { name: 'app' } })
  expect(flagsOf('build/x.node', 'addon')).toEqual(ONCE)
  expect(flagsOf('build/x.node', 'source')).toEqual(ONCE)
})

test('plain modules, JSON and virtual modules refuse nothing', () => {
  tree = writeTree({ 'package.json': { name: 'app' }, 'node_modules/a/package.json': { name: 'a' } })
  expect(declare('src/a.ts')).toEqual([])
  expect(declare('src/a.json', 'json')).toEqual([])
  expect(declare('node_modules/a/a.js')).toEqual([])
  expect(loaderDeclarations({ id: 'virtual:x' as ModuleId, kind: 'virtual', pkg: undefined })).toEqual([])
})

describe('a package whose files load an addon refuses reload and reimport', () => {
  const gyp = { name: 'addon' }
  test.each<[string, Record<string, string | object>]>([
    ['with a binding.gyp', { 'package.json': gyp, 'binding.gyp': '{}' }],
    ['with gypfile', { 'package.json': { ...gyp, gypfile: true } }],
    ['built by node-gyp', { 'package.json': gyp, 'build/Release/addon.node': '' }],
    ['built for debugging', { 'package.json': gyp, 'build/Debug/addon.node': '' }],
    ['with prebuilds', { 'package.json': gyp, 'prebuilds/linux-x64/node.napi.node': '' }],
    ['fetched by node-pre-gyp', { 'package.json': gyp, 'lib/binding/napi-v3/bcrypt_lib.node': '' }],
    ['with addons in lib', { 'package.json': gyp, 'lib/sentry_cpu_profiler-linux-x64.node': '' }],
    ['with an addon beside its index', { 'package.json': gyp, 'index.linux-x64-gnu.node': '' }],
    [
      'with an install script that builds what a dependency finds',
      {
        'package.json': {
          ...gyp,
          dependencies: { 'node-gyp-build': '^4' },
          scripts: { install: 'node-gyp-build || npm run prebuild' },
        },
      },
    ],
    [
      'with a binary that node-pre-gyp fetches',
      {
        'package.json': {
          ...gyp,
          dependencies: { '@mapbox/node-pre-gyp': '1' },
          binary: { module_name: 'x' },
        },
      },
    ],
  ])('%s', (_, files) => {
    tree = writeTree(
      Object.fromEntries(Object.entries(files).map(([k, v]) => [`node_modules/addon/${k}`, v])),
    )
    expect(flagsOf('node_modules/addon/lib/index.js')).toEqual(WRAPPER)
    expect(declare('node_modules/addon/lib/index.js')[0]?.reason).toMatch(
      /its package loads a native addon \(.+\)/,
    )
    expect(declare('node_modules/addon/package.json', 'json')).toEqual([])
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
  ])('%s with its addon in %s', (name, platform, addon) => {
    tree = writeTree({
      [`node_modules/${name}/package.json`]: { name, optionalDependencies: { [platform]: '1', other: '1' } },
      [`node_modules/${platform}/package.json`]: { name: platform },
      [`node_modules/${platform}/${addon}`]: '',
    })
    expect(flagsOf(`node_modules/${name}/index.js`)).toEqual(WRAPPER)
  })

  test('also in the layout of pnpm, and nested below the package', () => {
    tree = writeTree({
      'node_modules/.pnpm/@swc+core@1/node_modules/@swc/core/package.json': {
        name: '@swc/core',
        optionalDependencies: { '@swc/core-linux-x64-gnu': '1' },
      },
      'node_modules/.pnpm/@swc+core@1/node_modules/@swc/core-linux-x64-gnu/swc.node': '',
      'node_modules/sharp/package.json': {
        name: 'sharp',
        optionalDependencies: { '@img/sharp-linux-x64': '1' },
      },
      'node_modules/sharp/node_modules/@img/sharp-linux-x64/lib/sharp.node': '',
    })
    expect(flagsOf('node_modules/.pnpm/@swc+core@1/node_modules/@swc/core/index.js')).toEqual(WRAPPER)
    expect(flagsOf('node_modules/sharp/lib/index.js')).toEqual(WRAPPER)
  })
})

describe('it is not taken for such a package', () => {
  test.each<[string, Record<string, string | object>]>([
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
    ['when it fetches an executable', { 'a/package.json': { name: 'a', binary: { url: 'x' } } }],
    ['when it bundles one for tests', { 'a/package.json': { name: 'a' }, 'a/test/fixtures/x.node': '' }],
    [
      'when one lies in a package nested in it',
      { 'a/package.json': { name: 'a' }, 'a/node_modules/b/x.node': '' },
    ],
  ])('%s', (_, files) => {
    tree = writeTree(Object.fromEntries(Object.entries(files).map(([k, v]) => [`node_modules/${k}`, v])))
    expect(declare('node_modules/a/index.js')).toEqual([])
  })

  test('when it is the project itself: most of its modules load no addon', () => {
    tree = writeTree({
      'package.json': { name: 'app', gypfile: true },
      'binding.gyp': '',
      'build/Release/app.node': '',
    })
    expect(declare('src/index.ts')).toEqual([])
  })
})

describe('an addon that is seen to be loaded', () => {
  beforeEach(() => {
    tree = writeTree({
      'package.json': { name: 'app' },
      'node_modules/a/package.json': { name: 'a' },
      'node_modules/b/package.json': { name: 'b' },
      'node_modules/bindings/package.json': { name: 'bindings' },
    })
  })

  test('marks its package and the one that loaded it, but not the loader of both', () => {
    noteAddonLoaded(tree.at('node_modules/a/odd/place/a.node'), tree.at('node_modules/b/index.js'))
    noteAddonLoaded(tree.at('node_modules/a/odd/place/a.node'), tree.at('node_modules/bindings/bindings.js'))
    expect(flagsOf('node_modules/a/index.js')).toEqual(WRAPPER)
    expect(flagsOf('node_modules/b/other.js')).toEqual(WRAPPER)
    expect(declare('node_modules/b/other.js')[0]?.reason).toContain('odd/place/a.node')
    expect(flagsOf('node_modules/bindings/bindings.js')).toBeUndefined()
    expect(flagsOf('src/a.ts')).toBeUndefined()
  })

  test('of the project itself marks only the file that loaded it', () => {
    noteAddonLoaded(tree.at('build/Release/app.node'), tree.at('src/native.ts'))
    expect(flagsOf('src/native.ts')).toEqual(WRAPPER)
    expect(flagsOf('src/native.ts?x=1')).toEqual(WRAPPER)
    expect(flagsOf('src/index.ts')).toBeUndefined()
  })

  test('marks what was asked about before', () => {
    expect(flagsOf('node_modules/a/index.js')).toBeUndefined()
    noteAddonLoaded(tree.at('node_modules/a/a.node'))
    expect(flagsOf('node_modules/a/index.js')).toEqual(WRAPPER)
  })
})
