import fs from 'node:fs'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { writeTree } from '../../test-host/tree.ts'
import { forgetManifests, manifestIn, nearestManifest } from './manifests.ts'

beforeEach(() => forgetManifests())

test('a package.json is read once, a missing one is looked for once', () => {
  const tree = writeTree({ 'package.json': { name: 'app', version: '1.2.3' } })
  const read = vi.spyOn(JSON, 'parse')
  expect(manifestIn(tree.root)).toBe(manifestIn(tree.root))
  expect(manifestIn(tree.root)).toMatchObject({ name: 'app', version: '1.2.3', type: undefined })
  expect(read).toHaveBeenCalledOnce()
  read.mockRestore()
  expect(manifestIn(tree.at('none'))).toBeUndefined()
  tree.write({ 'none/package.json': {} })
  expect(manifestIn(tree.at('none'))).toBeUndefined()
})

test.each([['{'], ['[]'], ['"text"']])('%j is no manifest', (text) => {
  const tree = writeTree({ 'package.json': text })
  expect(manifestIn(tree.root)).toBeUndefined()
})

test('a byte order mark is passed over', () => {
  const tree = writeTree({ 'package.json': '\uFEFF{"name":"app"}' })
  expect(manifestIn(tree.root)?.name).toBe('app')
})

test('what a test stubs in fs changes nothing', () => {
  const tree = writeTree({ 'package.json': { name: 'app' } })
  const spy = vi.spyOn(fs, 'readFileSync').mockReturnValue('{"name":"stubbed"}')
  expect(manifestIn(tree.root)?.name).toBe('app')
  spy.mockRestore()
})

describe('the manifest that tells the format of a file', () => {
  test('is the nearest one, with or without a name', () => {
    const tree = writeTree({
      'package.json': { name: 'app', type: 'module' },
      'cjs/package.json': { type: 'commonjs' },
      'mute/package.json': {},
    })
    expect(nearestManifest(tree.at('src/deep/a.js'))?.type).toBe('module')
    expect(nearestManifest(tree.at('cjs/deep/a.js'))?.type).toBe('commonjs')
    expect(nearestManifest(tree.at('mute/a.js'))).toMatchObject({ name: undefined, type: undefined })
  })

  test('is not looked for above the folder of an installed package', () => {
    const tree = writeTree({ 'package.json': { type: 'module' } })
    expect(nearestManifest(tree.at('node_modules/pkg/a.js'))).toBeUndefined()
  })
})
