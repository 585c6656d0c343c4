import { beforeEach, describe, expect, test } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { formatByName, guardedFormatOf, moduleKindOf } from './formats.ts'
import { forgetManifests } from './manifests.ts'
import type { ModuleId } from './module-id.ts'

let tree: Tree
beforeEach(() => {
  forgetManifests()
  tree = writeTree({
    'mute/package.json': {},
    'module/package.json': { type: 'module' },
    'module/cjs/package.json': { type: 'commonjs' },
  })
})

describe('the format of a file', () => {
  test.each([
    ['mute/a.mjs', 'module', 'esm'],
    ['mute/a.mts', 'module', 'esm'],
    ['module/a.cjs', 'commonjs', 'cjs'],
    ['module/a.cts', 'commonjs', 'cjs'],
    ['module/a.json', 'json', 'cjs'],
    ['module/a.node', 'addon', 'cjs'],
    ['module/a.wasm', 'wasm', 'cjs'],
    ['module/a.js', 'module', 'esm'],
    ['module/a.js?x=1', 'module', 'esm'],
    ['module/deep/a.ts', 'module', 'esm'],
    ['module/cjs/a.js', 'commonjs', 'cjs'],
    ['mute/a.js', undefined, 'cjs'],
  ])('%s is %s, which the guard calls %s', (file, format, guarded) => {
    expect(formatByName(tree.at(file))).toBe(format)
    expect(guardedFormatOf(tree.at(file))).toBe(guarded)
  })
})

test.each([
  ['node:fs', 'builtin'],
  ['/app/a.ts', 'source'],
  ['/app/a.wasm', 'source'],
  ['/app/a.json', 'json'],
  ['/app/a.json?x=1', 'json'],
  ['C:\\app\\a.node', 'addon'],
  ['virtual:a.json', 'virtual'],
  ['data:application/json,{}', 'virtual'],
])('the kind of %s is %s', (id, kind) => {
  expect(moduleKindOf(id as ModuleId)).toBe(kind)
})
