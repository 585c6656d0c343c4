import { createRequire } from 'node:module'
import { beforeEach, expect, test } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { moduleId } from '../host/module-id.ts'
import { formatOf, ignoresQuery, withoutTypes } from './format.ts'

let tree: Tree
beforeEach(() => {
  const esm = 'export const a = 1'
  tree = writeTree({
    'none/esm.js': esm,
    'none/cjs.js': 'exports.a = 1',
    'none/typed.ts': 'export const a: number = 1',
    'none/meta.js': 'console.log(import.meta.url)',
    'none/await.js': 'await 1',
    'none/broken.js': 'const = 1',
    'module/package.json': { type: 'module' },
    'module/a.js': 'exports.a = 1',
    'module/deep/b.js': '',
    'commonjs/package.json': { type: 'commonjs' },
    'commonjs/a.js': esm,
    'module/node_modules/pkg/a.js': 'exports.a = 1',
  })
})
const formatIn = (file: string) => formatOf(moduleId(tree.at(file)))

test.each([
  ['none/a.mjs', 'module'],
  ['none/a.mts', 'module'],
  ['none/a.cjs', 'commonjs'],
  ['none/a.json', 'json'],
  ['none/a.node', 'addon'],
  ['none/a.wasm', 'wasm'],
  ['none/a.txt', 'commonjs'],
  ['module/a.js', 'module'],
  ['module/deep/b.js', 'module'],
  ['commonjs/a.js', 'commonjs'],
  ['none/cjs.js', 'commonjs'],
  ['none/esm.js', 'module'],
  ['none/typed.ts', 'module'],
  ['none/meta.js', 'module'],
  ['none/await.js', 'module'],
  ['none/broken.js', 'commonjs'],
  ['module/node_modules/pkg/a.js', 'commonjs'],
])('%s is %s', (file, format) => {
  expect(formatIn(file)).toBe(format)
})

test('builtins and data URLs have theirs', () => {
  expect(formatOf(moduleId('fs'))).toBe('builtin')
  expect(formatOf(moduleId('data:text/javascript,1'))).toBe('module')
  expect(formatOf(moduleId('data:application/json,1'))).toBe('json')
  expect(formatOf(moduleId('data:application/wasm,1'))).toBe('wasm')
})

test('what a tool has compiled in `require` is CommonJS, whatever its package says', () => {
  const require = createRequire(tree.at('module/a.js'))
  const compile = require.extensions['.js']
  require.extensions['.js'] = (module, file) =>
    (module as unknown as { _compile(text: string, file: string): void })._compile('exports.a = 2', file)
  try {
    expect(require(tree.at('module/a.js')).a).toBe(2)
  } finally {
    require.extensions['.js'] = compile
  }
  expect(formatIn('module/a.js')).toBe('commonjs')
})

test('a query makes another module of an ES module alone', () => {
  expect(ignoresQuery(moduleId(tree.at('none/a.cjs')))).toBe(true)
  expect(ignoresQuery(moduleId(tree.at('none/a.json')))).toBe(true)
  expect(ignoresQuery(moduleId(tree.at('none/a.mjs')))).toBe(false)
})

test('types are stripped in place', () => {
  expect(withoutTypes('const a: number = 1')).toBe('const a         = 1')
})
