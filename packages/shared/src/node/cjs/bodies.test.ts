import { createRequire } from 'node:module'
import { beforeEach, expect, test, vi } from 'vitest'
import { type Tree, writeTree } from '../../../test-host/tree.ts'
import { type KnownFile, knownFile } from '../known-files.ts'
import { newModule } from '../node-internals.ts'
import type { PlainLoader } from '../plain-loader.ts'
import { bodyOf, runBody } from './bodies.ts'

let tree: Tree
beforeEach(() => {
  tree = writeTree({ 'a.js': '', 'b.js': 'exports.b = 1' })
})
const plain = { isPlain: () => true } as unknown as PlainLoader

function known(text: string): KnownFile {
  const file = knownFile(tree.at('a.js')) as KnownFile
  file.text = text
  return file
}

test('a text is compiled once, and called for each module', () => {
  const file = known('exports.made = {}; module.later = () => exports')
  const body = bodyOf(plain, tree.at('a.js'), file)
  expect(bodyOf(plain, tree.at('a.js'), file)).toBe(body)
  const modules = [1, 2].map(() => newModule(tree.at('a.js')))
  for (const module of modules) if (body) runBody(module, body)
  const [one, two] = modules.map(({ exports }) => exports as { made: object })
  expect(one?.made).not.toBe(two?.made)
  expect(modules.every(({ loaded }) => loaded)).toBe(true)
})

test('there is none for a text that is not known, not plain, or does not compile', () => {
  const file = known('exports.a = 1')
  const other = { isPlain: vi.fn(() => false) } as unknown as PlainLoader
  expect(bodyOf(other, tree.at('a.js'), file)).toBeUndefined()
  expect(bodyOf(plain, tree.at('a.js'), knownFile(tree.at('a.js')) as KnownFile)).toBeUndefined()
  const broken = known('export const a = 1')
  expect(bodyOf(plain, tree.at('a.js'), broken)).toBeUndefined()
  expect(broken.text, 'nor is it tried again').toBeUndefined()
})

test('a body sees what Node gives to a module', () => {
  const module = newModule(tree.at('a.js'))
  const body = bodyOf(
    plain,
    tree.at('a.js'),
    known(
      'exports.seen = { self: this === exports, require, names: [__filename, __dirname], b: require("./b.js") }',
    ),
  )
  if (body) runBody(module, body)
  const { seen } = module.exports as {
    seen: { self: boolean; require: NodeJS.Require; names: string[]; b: unknown }
  }
  const native = createRequire(tree.at('a.js'))
  expect(seen.self).toBe(true)
  expect(seen.names).toEqual([tree.at('a.js'), tree.root])
  expect(seen.b).toBe(native('./b.js'))
  expect(module.children.map(({ filename }) => filename)).toEqual([tree.at('b.js')])
  expect(seen.require.resolve('./b.js')).toBe(tree.at('b.js'))
  expect(seen.require.resolve('./b.js', { paths: [tree.root] })).toBe(
    native.resolve('./b.js', { paths: [tree.root] }),
  )
  expect(seen.require.resolve.paths('x')).toEqual(native.resolve.paths('x'))
  expect(seen.require.cache).toBe(native.cache)
  expect(seen.require.extensions).toBe(native.extensions)
  expect(seen.require.main).toBe(native.main)
  expect(() => seen.require.resolve(1 as never)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
  )
})

test('a module whose body throws is not loaded', () => {
  const module = newModule(tree.at('a.js'))
  const body = bodyOf(plain, tree.at('a.js'), known('throw new Error("fails")'))
  expect(() => body && runBody(module, body)).toThrow('fails')
  expect(module.loaded).toBe(false)
})
