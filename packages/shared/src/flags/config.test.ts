import { beforeEach, describe, expect, test } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { SpecRule } from '../host/module-spec.ts'
import { forgetPackages, packageOf } from '../host/packages.ts'
import { compileRules, lockGroupOf } from './config.ts'

let tree: Tree
beforeEach(() => {
  forgetPackages()
  tree = writeTree({
    'package.json': { name: 'app' },
    'src/db.ts': '',
    'node_modules/react/package.json': { name: 'react', version: '19.0.0' },
  })
})

/** How the first of these rules matches a file of the tree. */
function match(pattern: SpecRule['match'], file: string): 'exact' | 'loose' | undefined {
  const id = tree.at(file) as ModuleId
  const [found] = compileRules([{ match: pattern }], tree.root).matching(id, packageOf(id))
  return found && (found.exact ? 'exact' : 'loose')
}

test('a rule with several patterns matches as its strongest one does', () => {
  expect(match(['src/*', './src/db.ts'], 'src/db.ts')).toBe('exact')
  expect(match(['./src/db.ts', 'src/*'], 'src/db.ts')).toBe('exact')
  expect(match(['src/*', 'react'], 'src/db.ts')).toBe('loose')
  expect(match(['vue', 'react'], 'src/db.ts')).toBeUndefined()
})

test('no rules match nothing', () => {
  expect(compileRules([], tree.root).matching(tree.at('src/db.ts') as ModuleId, undefined)).toEqual([])
})

test('rules come in the order in which they were written, with what they declare and where', () => {
  const specs: SpecRule[] = [
    { match: 'src/**', allowReload: false, reason: 'r' },
    { match: 'vue', allowReload: false },
    { match: ['./src/db.ts', /never/], allowReload: true, allowUnload: false, onDuplicate: 'off' },
  ]
  const found = compileRules(specs, tree.root).matching(tree.at('src/db.ts') as ModuleId, undefined)
  const first = 'specs[0] "src/**"'
  const third = 'specs[2] "./src/db.ts", /never/'
  expect(found).toEqual([
    {
      rule: specs[0],
      exact: false,
      where: first,
      declaration: { flags: { allowReload: false }, reason: 'r', where: first },
    },
    {
      rule: specs[2],
      exact: true,
      where: third,
      declaration: { flags: { allowReload: true, allowUnload: false }, where: third },
    },
  ])
})

describe('lockGroupOf', () => {
  const group = (specs: SpecRule[], file: string, root = tree.root) => {
    const id = tree.at(file) as ModuleId
    return lockGroupOf(compileRules(specs, root), id, packageOf(id))
  }
  const listed: SpecRule = { match: ['./src/a.ts', './src/b.ts', /c\.ts$/], allowParallelWorkers: false }

  test('modules that one rule lists together share a key, which does not depend on other rules', () => {
    const key = group([listed], 'src/a.ts')
    expect(key).toEqual(expect.any(String))
    expect(group([{ match: 'vue' }, listed], 'src/b.ts')).toBe(key)
    expect(group([listed], 'src/c.ts')).toBe(key)
    expect(group([{ ...listed, match: ['./src/a.ts', './src/d.ts'] }], 'src/a.ts')).not.toBe(key)
  })

  test('a module that is not listed with others has a lock of its own', () => {
    expect(group([listed], 'src/d.ts')).toBeUndefined()
    expect(group([{ match: './src/a.ts', allowParallelWorkers: false }], 'src/a.ts')).toBeUndefined()
    expect(group([{ match: 'src/*.ts', allowParallelWorkers: false }], 'src/a.ts')).toBeUndefined()
    expect(group([{ match: ['./src/a.ts', './src/b.ts'] }], 'src/a.ts')).toBeUndefined()
  })

  test('the last rule that speaks of workers decides', () => {
    expect(group([listed, { match: './src/a.ts', allowParallelWorkers: true }], 'src/a.ts')).toBeUndefined()
    expect(group([listed, { match: './src/a.ts', allowReload: true }], 'src/a.ts')).toEqual(
      expect.any(String),
    )
  })
})
