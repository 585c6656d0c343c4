import { expect, test } from 'vitest'
import { type Tree, writeTree } from '../../../test-host/tree.ts'
import { newModule } from '../node-internals.ts'
import { bindingsOf, exportNames, namespaceLike, shownNames } from './names.ts'

let tree: Tree | undefined
const namesOf = (files: Record<string, string>, file: string) => {
  tree = writeTree(files)
  return [...exportNames(newModule(tree.at(file)), files[file] ?? '')].sort()
}

test('names are those that an import finds: of the text, and of what it hands on', () => {
  const names = namesOf(
    {
      'a.js':
        "exports.a = 1\nif (never) exports.b = 2\nexports['c d'] = 3\n__exportStar(require('./b.js'), exports)",
      'b.js': "module.exports = require('./c.js')",
      'c.js': 'exports.deep = 1',
    },
    'a.js',
  )
  expect(names).toEqual(['a', 'b', 'c d', 'deep'])
})

test('a circle, a file that is missing and a text that does not parse name nothing more', () => {
  expect(
    namesOf(
      {
        'a.js':
          "exports.a = 1\n__exportStar(require('./b.js'), exports)\n__exportStar(require('./absent.js'), exports)",
        'b.js': "__exportStar(require('./a.js'), exports)\nexports.b = 1",
      },
      'a.js',
    ),
  ).toEqual(['a', 'b'])
  expect(namesOf({ 'a.js': "exports.a = 1; import 'x'; export {}" }, 'a.js')).toEqual([])
})

test('another text of the same file has names of its own', () => {
  expect(namesOf({ 'a.js': 'exports.a = 1' }, 'a.js')).toEqual(['a'])
  const file = tree?.at('a.js') ?? ''
  expect([...exportNames(newModule(file), 'exports.b = 1')]).toEqual(['b'])
})

test('bindings are the values that are there when asked, without getters that throw and names that are missing', () => {
  const exports = {
    a: 1,
    get fails() {
      throw new Error('fails')
    },
    default: 'own',
  }
  const bindings = bindingsOf(exports, ['a', 'fails', 'absent', 'default'])
  expect(Object.fromEntries(bindings)).toEqual({ a: 1, default: exports, 'module.exports': exports })
  expect([...bindingsOf(null, ['a']).keys()]).toEqual(['default', 'module.exports'])
  expect(shownNames(['a', 'default'])).toEqual(['a', 'default', 'module.exports'])
})

test('what stands for a namespace looks like one', () => {
  const namespace = namespaceLike(
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
  ) as Record<string, unknown>
  expect(Object.keys(namespace)).toEqual(['a', 'b'])
  expect(Object.prototype.toString.call(namespace)).toBe('[object Module]')
  expect(Object.getPrototypeOf(namespace)).toBeNull()
  expect(() => {
    namespace['a'] = 3
  }).toThrow(TypeError)
})
