import fs from 'node:fs'
import vm from 'node:vm'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { type ModuleId, moduleId } from '../module-id.ts'
import type { SpecRule } from '../module-spec.ts'
import {
  compileRules,
  deserializeRules,
  lockGroupOf,
  type SerializedRule,
  serializeRules,
  validateRules,
} from './config.ts'
import { forgetPackages, packageOf } from './package-json.ts'

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
function match(pattern: SpecRule['match'], file: string, root = tree.root): 'exact' | 'loose' | undefined {
  const id = /^(node:|\/|virtual:)/.test(file) ? moduleId(file) : (tree.at(file) as ModuleId)
  const [found] = compileRules([{ match: pattern }], root).matching(id, packageOf(id))
  return found && (found.exact ? 'exact' : 'loose')
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

describe('expressions and lists', () => {
  test('a RegExp is tested against the path, again and again, and keeps its own lastIndex', () => {
    const pattern = /src\/db/g
    pattern.lastIndex = 3
    const rules = compileRules([{ match: pattern }], tree.root)
    const id = tree.at('src/db.ts') as ModuleId
    expect([1, 2, 3].map(() => rules.matching(id, undefined).length)).toEqual([1, 1, 1])
    expect(pattern.lastIndex).toBe(3)
    expect(match(/x=1/, 'src/db.ts?x=1')).toBeUndefined()
    expect(match(/^node:fs$/, 'node:fs')).toBe('loose')
  })

  test('a RegExp and a list of another realm are as good', () => {
    const specs = vm.runInNewContext('[{ match: [/db\\.ts$/, "react"], allowReload: false }]') as SpecRule[]
    expect(validateRules(specs)).toEqual([])
    const rules = compileRules(specs, tree.root)
    expect(rules.matching(tree.at('src/db.ts') as ModuleId, undefined)).toHaveLength(1)
    expect(serializeRules(specs)).toEqual([
      { match: [{ source: 'db\\.ts$', flags: '' }, 'react'], allowReload: false },
    ])
  })

  test('a list matches as its strongest member does', () => {
    expect(match(['src/*', './src/db.ts'], 'src/db.ts')).toBe('exact')
    expect(match(['src/*', 'react'], 'src/db.ts')).toBe('loose')
    expect(match(['vue', 'react'], 'src/db.ts')).toBeUndefined()
  })
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

describe('validateRules', () => {
  test('passes what is right, and keys that are undefined', () => {
    expect(
      validateRules([
        {
          match: 'react',
          allowReimport: false,
          reason: 'r',
          onDuplicate: 'warn',
          reset: true,
          across: 'places',
        },
        { match: [/x/, 'y', '+(a|b)', '!(a)'], reason: undefined },
      ]),
    ).toEqual([])
  })

  test.each([
    ['react', 'specs must be a list of rules, not "react"'],
    [[null], 'specs[0] must be an object with a match, not null'],
    [[/x/], 'specs[0] must be an object with a match, not /x/'],
    [[{}], 'specs[0].match is missing: say which modules the rule is about'],
    [[{ match: '' }], 'specs[0].match is empty and matches nothing'],
    [[{ match: [] }], 'specs[0].match is an empty list and matches nothing'],
    [[{ match: ['a', 1] }], 'specs[0].match[1] must be a string or a RegExp, not 1'],
    [
      [{ match: {} }],
      'specs[0].match must be a string or a RegExp, not {} (is it a RegExp that was turned into JSON? ' +
        "In Jest's config, write { source: 'db', flags: 'i' } for /db/i)",
    ],
    [[{ match: '!src/**' }], 'specs[0].match is negated ("!src/**"); name the modules that are meant'],
    [
      [{ match: 'a', allowReimports: true }],
      'specs[0] has the unknown key "allowReimports"; did you mean "allowReimport"?',
    ],
    [
      [{ match: 'a', constructor: 1 }],
      'specs[0] has the unknown key "constructor"; known: match, allowReload',
    ],
    [[{ match: 'a', allowReload: 'no' }], 'specs[0].allowReload must be true or false, not "no"'],
    [[{ match: 'a', reason: 1 }], 'specs[0].reason must be a string, not 1'],
    [
      [{ match: 'a', onDuplicate: 'of' }],
      'specs[0].onDuplicate must be "throw" or "warn" or "off", not "of"',
    ],
    [[{ match: 'a', across: true }], 'specs[0].across must be "file" or "places" or "versions", not true'],
  ])('%j: %s', (specs, problem) => {
    expect(validateRules(specs)).toEqual([expect.stringContaining(problem)])
  })

  test('names every problem, and survives sparse lists and circles', () => {
    const circle: Record<string, unknown> = {}
    circle['reason'] = circle
    // biome-ignore lint/suspicious/noSparseArray: what a stray comma in a config makes
    expect(validateRules([, circle])).toHaveLength(3)
  })
})

test('rules survive a journey as JSON, more than once', () => {
  const rules: SpecRule[] = [
    { match: /a\/b/gi, allowReload: false },
    { match: ['x', /y/u], reason: 'r', across: 'versions', reset: true, onDuplicate: 'warn' },
  ]
  const sent = JSON.parse(JSON.stringify(serializeRules(serializeRules(rules)))) as SerializedRule[]
  expect(deserializeRules(sent)).toEqual(rules)
  expect(deserializeRules(deserializeRules(sent))).toEqual(rules)
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
