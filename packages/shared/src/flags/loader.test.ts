import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { type ModuleId, moduleId } from '../host/module-id.ts'
import { forgetPackages, packageOf } from '../host/packages.ts'
import { type LoaderInput, loaderDeclarations, noteAddonLoaded } from './loader.ts'

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

describe('a package whose files load an addon', () => {
  beforeEach(() => {
    tree = writeTree({
      'package.json': { name: 'app', gypfile: true },
      'binding.gyp': '',
      'build/Release/app.node': '',
      'node_modules/addon/package.json': { name: 'addon' },
      'node_modules/addon/binding.gyp': '',
    })
  })

  test('refuses reload and reimport for each of its sources, and says what tells', () => {
    for (const file of ['node_modules/addon/index.js', 'node_modules/addon/lib/deep.cjs']) {
      expect(flagsOf(file)).toEqual(WRAPPER)
      expect(declare(file)[0]?.reason).toMatch(/its package loads a native addon \(binding\.gyp\)/)
    }
  })

  test('refuses nothing for its data', () => {
    expect(declare('node_modules/addon/package.json', 'json')).toEqual([])
  })

  test('is none when it is the project itself: most of its modules load no addon', () => {
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
