import fs from 'node:fs'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { forgetPackages, packageNameOf, packageOf } from './packages.ts'

let tree: Tree
beforeEach(() => forgetPackages())

describe('packageOf', () => {
  test('finds the nearest package.json with a name', () => {
    tree = writeTree({
      'package.json': { name: 'app', version: '1.2.3', type: 'module' },
      'src/package.json': { type: 'module' },
      'src/deep/er/file.ts': '',
    })
    expect(packageOf(tree.at('src/deep/er/file.ts'))).toMatchObject({
      name: 'app',
      version: '1.2.3',
      dir: tree.root,
      alias: undefined,
      manifest: { type: 'module', dependencies: [] },
    })
  })

  test('a query changes nothing, and what is no file has no package', () => {
    tree = writeTree({ 'package.json': { name: 'app' } })
    expect(packageOf(`${tree.at('a.ts')}?x=1#y`)?.name).toBe('app')
    expect(packageOf('node:fs')).toBeUndefined()
    expect(packageOf('\0virtual:env')).toBeUndefined()
    expect(packageOf('virtual:env')).toBeUndefined()
  })

  test('every file of a package gets the very same object', () => {
    tree = writeTree({ 'package.json': { name: 'app' } })
    expect(packageOf(tree.at('a.ts'))).toBe(packageOf(tree.at('deep/down/b.ts')))
  })

  test('under node_modules it is the installed folder, nested ones and scopes included', () => {
    tree = writeTree({
      'package.json': { name: 'app' },
      'node_modules/a/package.json': { name: 'a', version: '1.0.0' },
      'node_modules/a/node_modules/@s/p/package.json': { name: '@s/p', version: '2.0.0' },
      'node_modules/.pnpm/b@3.0.0/node_modules/b/package.json': { name: 'b', version: '3.0.0' },
    })
    expect(packageOf(tree.at('node_modules/a/lib/x.js'))?.name).toBe('a')
    expect(packageOf(tree.at('node_modules/a/node_modules/@s/p/x.js'))?.name).toBe('@s/p')
    expect(packageOf(tree.at('node_modules/.pnpm/b@3.0.0/node_modules/b/x.js'))?.version).toBe('3.0.0')
  })

  test('a package.json further down in an installed package is no package of its own', () => {
    tree = writeTree({
      'node_modules/next/package.json': { name: 'next' },
      'node_modules/next/dist/compiled/react/package.json': { name: 'react', version: '19.0.0' },
      'node_modules/next/esm/package.json': { type: 'module' },
    })
    expect(packageOf(tree.at('node_modules/next/dist/compiled/react/index.js'))?.name).toBe('next')
    expect(packageOf(tree.at('node_modules/next/esm/index.js'))?.name).toBe('next')
  })

  test('the search never leaves node_modules for the project around it', () => {
    tree = writeTree({ 'package.json': { name: 'app' }, 'node_modules/bare/index.js': '' })
    expect(packageOf(tree.at('node_modules/bare/index.js'))).toBeUndefined()
    expect(packageOf(tree.at('node_modules/.vite/deps/react.js'))).toBeUndefined()
    expect(packageOf(tree.at('node_modules/loose.js'))).toBeUndefined()
    expect(packageOf(tree.at('node_modules/@s/loose.js'))).toBeUndefined()
  })

  test('an installed package without a name has that of its folder, an alias keeps both', () => {
    tree = writeTree({
      'node_modules/@s/nameless/package.json': {},
      'node_modules/react17/package.json': { name: 'react', version: '17.0.2' },
    })
    expect(packageOf(tree.at('node_modules/@s/nameless/x.js'))).toMatchObject({ name: '@s/nameless' })
    expect(packageOf(tree.at('node_modules/react17/x.js'))).toMatchObject({ name: 'react', alias: 'react17' })
  })

  test('a broken package.json is passed over, one with a byte order mark is read', () => {
    tree = writeTree({
      'package.json': `\uFEFF${JSON.stringify({ name: 'app' })}`,
      'src/package.json': '{ "name": ',
      'lib/package.json': '["name"]',
      'dir/package.json/x': '',
    })
    for (const file of ['src/a.ts', 'lib/a.ts', 'dir/a.ts'])
      expect(packageOf(tree.at(file))?.name).toBe('app')
  })

  test('a package is remembered until it is forgotten', () => {
    tree = writeTree({ 'package.json': { name: 'before' } })
    expect(packageOf(tree.at('a.ts'))?.name).toBe('before')
    tree.write({ 'package.json': { name: 'after' } })
    expect(packageOf(tree.at('a.ts'))?.name).toBe('before')
    forgetPackages()
    expect(packageOf(tree.at('a.ts'))?.name).toBe('after')
  })

  test('a spy on fs does not get in the way', () => {
    tree = writeTree({ 'package.json': { name: 'app' } })
    const spy = vi.spyOn(fs, 'readFileSync').mockReturnValue('{}')
    expect(packageOf(tree.at('a.ts'))?.name).toBe('app')
    expect(spy).not.toHaveBeenCalled()
    spy.mockRestore()
  })
})

test.each([
  ['pkg', 'pkg'],
  ['pkg/sub/x.js', 'pkg'],
  ['pkg?raw', 'pkg'],
  ['@s/p', '@s/p'],
  ['@s/p/x', '@s/p'],
  ['chart.js', 'chart.js'],
  ['punycode/', 'punycode'],
  ['@s', undefined],
  ['@/alias/x', undefined],
  ['~/alias', undefined],
  ['$lib/x', undefined],
  ['./a', undefined],
  ['..', undefined],
  ['/abs/a.js', undefined],
  ['C:\\a.js', undefined],
  ['file:///a.js', undefined],
  ['https://x.dev/a.js', undefined],
  ['virtual:x', undefined],
  ['\0x', undefined],
  ['#imports', undefined],
  ['fs', undefined],
  ['fs/promises', undefined],
  ['node:test', undefined],
  ['', undefined],
])('packageNameOf(%j) is %j', (specifier, name) => {
  expect(packageNameOf(specifier)).toBe(name)
})
