import fs from 'node:fs'
import vm from 'node:vm'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { type ModuleId, moduleId } from '../host/module-id.ts'
import { forgetPackages, packageOf } from '../host/packages.ts'
import { compilePattern } from './rule-patterns.ts'

let tree: Tree
beforeEach(() => {
  forgetPackages()
  tree = writeTree({
    'package.json': { name: 'app' },
    'src/db.ts': '',
    'node_modules/react/package.json': { name: 'react', version: '19.0.0' },
    'node_modules/react17/package.json': { name: 'react', version: '17.0.0' },
    'node_modules/react-dom/package.json': { name: 'react-dom' },
    'node_modules/@scope/x/package.json': { name: '@scope/x' },
    'node_modules/chart.js/package.json': { name: 'chart.js' },
  })
})

/** How a pattern matches a file of the tree, or an id that is none. */
function match(pattern: string | RegExp, file: string, root = tree.root): 'exact' | 'loose' | undefined {
  const id = /^(node:|\/|virtual:)/.test(file) ? moduleId(file) : (tree.at(file) as ModuleId)
  return compilePattern(pattern, root)(id, packageOf(id))
}

describe('names of packages', () => {
  test.each([
    ['react', 'node_modules/react/index.js', 'exact'],
    ['react', 'node_modules/react/cjs/react.development.js', 'exact'],
    ['react', 'node_modules/react17/index.js', 'exact'],
    ['react17', 'node_modules/react17/index.js', 'exact'],
    ['react17', 'node_modules/react/index.js', undefined],
    ['react', 'node_modules/react-dom/index.js', undefined],
    ['react', 'src/react.ts', undefined],
    ['react', 'src/react/index.ts', undefined],
    ['app', 'src/db.ts', 'exact'],
    ['@scope/x', 'node_modules/@scope/x/a.js', 'exact'],
    ['@scope', 'node_modules/@scope/x/a.js', undefined],
    ['chart.js', 'node_modules/chart.js/dist/chart.js', 'exact'],
    ['react/jsx-runtime', 'node_modules/react/jsx-runtime.js', 'exact'],
    ['react/jsx-runtime', 'node_modules/react/jsx-runtime/index.js', 'exact'],
    ['react/cjs', 'node_modules/react/cjs/react.development.js', 'loose'],
    ['react/jsx', 'node_modules/react/jsx-runtime.js', undefined],
    ['@scope/x/sub', 'node_modules/@scope/x/sub.mjs', 'exact'],
    ['@scope/x/sub', 'node_modules/@scope/x/other.mjs', undefined],
    ['react/index.js', 'node_modules/react/index.js', 'exact'],
    ['fs', 'node:fs', 'exact'],
    ['node:fs', 'node:fs', 'exact'],
    ['fs', 'node:fs/promises', undefined],
    ['virtual:env', 'virtual:env', 'exact'],
  ])('%j on %s: %s', (pattern, file, expected) => {
    expect(match(pattern, file)).toBe(expected)
  })
})

describe('paths', () => {
  test.each([
    ['./src/db.ts', 'src/db.ts', 'exact'],
    ['src/db.ts', 'src/db.ts', 'exact'],
    ['src/../src/db.ts', 'src/db.ts', 'exact'],
    ['db.ts', 'src/db.ts', undefined],
    ['./src/db', 'src/db.ts', undefined],
    ['./src/db.js', 'src/db.ts', undefined],
    ['./src/db.ts', 'src/db.tsx', undefined],
    ['./src/db.ts', 'other/src/db.ts', undefined],
    ['./src/db.ts', 'src/db.ts?x=1', 'exact'],
    ['./src/', 'src/db.ts', 'loose'],
    ['./src/', 'src/deep/.hidden/db.ts', 'loose'],
    ['./src/', 'srcs/db.ts', undefined],
    ['./src', 'src/db.ts', undefined],
    ['./bin/cli', 'bin/cli', 'exact'],
    ['.', 'src/db.ts', undefined],
    ['./', 'src/db.ts', 'loose'],
  ])('%j on %s: %s', (pattern, file, expected) => {
    expect(match(pattern, file)).toBe(expected)
  })

  test('an absolute path, and one outside of the root', () => {
    expect(match(tree.at('src/db.ts'), 'src/db.ts')).toBe('exact')
    expect(match('../src/db.ts', 'src/db.ts', tree.at('packages'))).toBe('exact')
    expect(match('../src/', 'src/db.ts', tree.at('packages'))).toBe('loose')
  })

  test('a root or a file behind a link is matched by its real path, whether it is there or not', () => {
    fs.symlinkSync(tree.root, tree.at('link'))
    expect(match('./src/db.ts', 'src/db.ts', tree.at('link'))).toBe('exact')
    expect(match('./src/later.ts', 'src/later.ts', tree.at('link'))).toBe('exact')
    expect(match('src/*.ts', 'src/db.ts', tree.at('link'))).toBe('loose')
    expect(match('./link/src/db.ts', 'src/db.ts')).toBe('exact')
  })
})

describe('globs', () => {
  test.each([
    ['src/**/registry.ts', 'src/registry.ts', 'loose'],
    ['src/**/registry.ts', 'src/a/b/registry.ts', 'loose'],
    ['./src/**/registry.ts', 'src/a/registry.ts', 'loose'],
    ['src/**/registry.ts', 'src/registry.tsx', undefined],
    ['src/**/registry.ts', 'lib/src/registry.ts', undefined],
    ['**/*.single.ts', 'a/.dot/b.single.ts', 'loose'],
    ['**/*.ts', 'src/db.ts?x=1', 'loose'],
    ['src/{a,b}.ts', 'src/b.ts', 'loose'],
    ['src/*.ts', 'src/a/b.ts', undefined],
    ['*.ts', 'src/db.ts', undefined],
    ['src/*/', 'src/a/deep/b.ts', 'loose'],
    ['./app/[id]/page.ts', 'app/[id]/page.ts', 'exact'],
    ['./app/[id]/page.ts', 'app/i/page.ts', 'loose'],
    ['./app/(group)/page.ts', 'app/(group)/page.ts', 'exact'],
    ['**', 'node:fs', undefined],
  ])('%j on %s: %s', (pattern, file, expected) => {
    expect(match(pattern, file)).toBe(expected)
  })

  test('the root may have the characters of globs in its name', () => {
    tree.write({ '(a) [b]/src/x.ts': '' })
    expect(match('src/*.ts', '(a) [b]/src/x.ts', tree.at('(a) [b]'))).toBe('loose')
  })

  test('a glob may start outside of the root, or be absolute; one that does not ends at the root', () => {
    expect(match('../src/**', 'src/db.ts', tree.at('packages'))).toBe('loose')
    expect(match(`${tree.root}/src/*`, 'src/db.ts')).toBe('loose')
    expect(match('**/*.ts', 'src/db.ts', tree.at('packages'))).toBeUndefined()
  })
})

describe('expressions', () => {
  test.each([
    [/src\/db/, 'src/db.ts', 'loose'],
    [/\/DB\.ts$/i, 'src/db.ts', 'loose'],
    [/x=1/, 'src/db.ts?x=1', undefined],
    [/^node:fs$/, 'node:fs', 'loose'],
    [/^virtual:/, 'virtual:env', 'loose'],
    [/^src/, 'src/db.ts', undefined],
    [/(?:)/, 'anything.ts', 'loose'],
  ])('%s on %s: %s', (pattern, file, expected) => {
    expect(match(pattern, file)).toBe(expected)
  })

  test.each(['g', 'y', 'gy'])(
    'with the flags %j give the same answer each time, and keep their own lastIndex',
    (flags) => {
      const pattern = new RegExp('.*src/db', flags)
      pattern.lastIndex = 3
      const matches = compilePattern(pattern, tree.root)
      const id = tree.at('src/db.ts') as ModuleId
      expect([1, 2, 3].map(() => matches(id, undefined))).toEqual(['loose', 'loose', 'loose'])
      expect(pattern.lastIndex).toBe(3)
    },
  )

  test('of another realm are as good', () => {
    expect(match(vm.runInNewContext('/db\\.ts$/') as RegExp, 'src/db.ts')).toBe('loose')
  })
})

describe('whatever the pattern', () => {
  test.each(['', 'nothing', './nothing.ts', 'nothing/*'])('%j matches nothing else', (pattern) => {
    for (const id of ['src/db.ts', 'node:fs', 'virtual:env', 'node_modules/react/index.js']) {
      expect(match(pattern, id)).toBeUndefined()
    }
  })

  test.each(['virtual:a.ts', '/@fs/odd', '/@id/*'])('the very id is named exactly: %j', (id) => {
    expect(compilePattern(id, tree.root)(id as ModuleId, undefined)).toBe('exact')
  })

  test('a path and a package of one name are both meant', () => {
    tree.write({ 'chart.js': '' })
    expect(match('chart.js', 'chart.js')).toBe('exact')
    expect(match('chart.js', 'node_modules/chart.js/index.js')).toBe('exact')
    expect(match('./chart.js', 'node_modules/chart.js/index.js')).toBeUndefined()
  })

  test('what is not there yet is matched once it is', () => {
    const matches = compilePattern('./later/a.ts', tree.root)
    tree.write({ 'later/a.ts': '' })
    expect(matches(tree.at('later/a.ts') as ModuleId, undefined)).toBe('exact')
  })
})
