import { beforeEach, describe, expect, test } from 'vitest'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { forgetPackages, packageOf } from '../host/packages.ts'
import { declarationsFromPackage } from './package-key.ts'

let tree: Tree
beforeEach(() => forgetPackages())

describe('declarationsFromPackage', () => {
  const declare = (freshModules: unknown, file = 'src/a.js') => {
    tree = writeTree({ 'package.json': { name: 'app', freshModules } })
    const pkg = packageOf(tree.at(file))
    if (!pkg) throw new Error('no package')
    return declarationsFromPackage(pkg, tree.at(file))
  }
  const manifest = () => tree.at('package.json')

  test('nothing is said by a package without the key', () => {
    expect(declare(undefined)).toEqual({ declarations: [], problems: [] })
  })

  test('flags of the whole package hold for each of its files', () => {
    expect(declare({ allowReimport: false, allowReload: true, reason: 'one pool' })).toEqual({
      declarations: [
        { flags: { allowReimport: false, allowReload: true }, reason: 'one pool', where: manifest() },
      ],
      problems: [],
    })
  })

  test('flags of a file come after those of the package, and hold for that file only', () => {
    const key = { './src/a.js': { allowUnload: false, reason: 'r' }, allowUnload: true }
    expect(declare(key).declarations).toEqual([
      { flags: { allowUnload: true }, where: manifest() },
      { flags: { allowUnload: false }, reason: 'r', where: `${manifest()} "./src/a.js"` },
    ])
    for (const neighbour of ['src/a.ts', 'src/a.js.map', 'a.js', 'other/src/a.js']) {
      forgetPackages()
      expect(declare(key, neighbour).declarations).toHaveLength(1)
    }
  })

  test('a query of the file is not part of its path', () => {
    expect(declare({ './src/a.js': { allowUnload: false } }, 'src/a.js?x=1').declarations).toHaveLength(1)
  })

  test('values that are no booleans are reported and not trusted', () => {
    const { declarations, problems } = declare({ allowReimport: 'false', allowReload: 0, reason: 1 })
    expect(declarations).toEqual([])
    expect(problems).toEqual([
      `"freshModules" in ${manifest()}: "allowReimport" must be true or false, not "false"`,
      `"freshModules" in ${manifest()}: "allowReload" must be true or false, not 0`,
      `"freshModules" in ${manifest()}: "reason" must be a string, not 1`,
    ])
  })

  test('unknown keys are reported and the known ones next to them still hold', () => {
    const { declarations, problems } = declare({
      allowReimports: false,
      across: 'versions',
      'src/a.js': { allowReload: false },
      './src/a.js': { allowUnload: false, onDuplicate: 'off' },
      './src/b.js': false,
      allowReload: false,
    })
    expect(declarations.map(({ flags }) => flags)).toEqual([{ allowReload: false }, { allowUnload: false }])
    expect(problems.join('\n')).toMatch(
      /"\.\/src\/a\.js": unknown key "onDuplicate"; known keys: allowReload/,
    )
    expect(problems.join('\n')).toMatch(/"\.\/src\/b\.js" must be an object of flags, not false/)
    expect(problems.join('\n')).toMatch(/unknown key "allowReimports"; did you mean "allowReimport"\?/)
    expect(problems.join('\n')).toMatch(/unknown key "across"/)
    expect(problems.join('\n')).toMatch(/unknown key "src\/a\.js"; files of the package start with "\.\/"/)
  })

  test.each([[false], [null], ['no-reload'], [[]]])('%j in place of an object is reported', (key) => {
    const { declarations, problems } = declare(key)
    expect(declarations).toEqual([])
    expect(problems).toEqual([expect.stringContaining('must be an object')])
  })
})
