import { beforeEach, describe, expect, test } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { type ModuleId, moduleId } from '../host/module-id.ts'
import { runSync } from '../host/steps.ts'
import { BlockedNames } from './blocked.ts'

const id = (text: string) => text as ModuleId
const unreachable = () => new Error('it had to wait')

let tree: Tree
beforeEach(() => {
  tree = writeTree({
    'package.json': { name: 'app' },
    'node_modules/pkg/package.json': { name: 'pkg' },
    'node_modules/pkgx/package.json': { name: 'pkgx' },
    'node_modules/pkg/node_modules/inner/package.json': { name: 'inner' },
    'linked/package.json': { name: 'linked' },
  })
})

/** Specifier -> the file it leads to; anything else is not found. */
function blocked(names: string[], found: Record<string, string> = {}): BlockedNames {
  const resolve = (specifier: string) => {
    const file = found[specifier]
    if (file !== undefined) return id(tree.at(file))
    if (moduleId(specifier) !== specifier || specifier.startsWith('node:')) return moduleId(specifier)
    throw new Error(`Cannot find ${specifier}`)
  }
  return runSync(BlockedNames.resolve(fakeInstalled({}, { resolve }), names, '/app/a.test.ts'), unreachable)
}

describe('a blocked package', () => {
  const names = () => blocked(['pkg'], { pkg: 'node_modules/pkg/main.js' })

  test('is hidden with all of its subpaths, as they are written', () => {
    for (const specifier of ['pkg', 'pkg/sub', 'pkg/lib/x.js'])
      expect(names().match({ specifier })).toBe('pkg')
    for (const specifier of ['pkgx', 'pkgx/sub', './pkg', '@s/pkg'])
      expect(names().match({ specifier })).toBeUndefined()
  })

  test('is hidden by what a request resolves to', () => {
    const at = (file: string) => names().match({ id: id(tree.at(file)) })
    expect(at('node_modules/pkg/main.js')).toBe('pkg')
    expect(at('node_modules/pkg/lib/deep.js')).toBe('pkg')
    expect(at('node_modules/pkg/lib/deep.js?v=1')).toBe('pkg')
    expect(at('node_modules/pkgx/main.js')).toBeUndefined()
    expect(at('node_modules/pkg/node_modules/inner/main.js')).toBeUndefined()
    expect(at('src/pkg/main.js')).toBeUndefined()
  })

  test('is hidden in every place in which it is installed', () => {
    expect(names().match({ id: id('/elsewhere/node_modules/pkg/main.js') })).toBe('pkg')
  })

  test('that is linked is hidden by its own folder', () => {
    const linked = blocked(['linked'], { linked: 'linked/main.js' })
    expect(linked.match({ id: id(tree.at('linked/lib/other.js')) })).toBe('linked')
    expect(linked.match({ id: id(tree.at('linked-too/main.js')) })).toBeUndefined()
  })

  test('that is not installed is hidden all the same', () => {
    expect(blocked(['absent']).match({ specifier: 'absent/sub' })).toBe('absent')
  })

  test('in a scope does not hide its neighbours', () => {
    expect(blocked(['@s/p']).match({ specifier: '@s/p/sub' })).toBe('@s/p')
    expect(blocked(['@s/p']).match({ specifier: '@s/q' })).toBeUndefined()
  })
})

test('a blocked subpath hides neither the package nor other subpaths', () => {
  const names = blocked(['pkg/sub'], { 'pkg/sub': 'node_modules/pkg/sub.js' })
  expect(names.match({ specifier: 'pkg/sub' })).toBe('pkg/sub')
  expect(names.match({ id: id(tree.at('node_modules/pkg/sub.js')) })).toBe('pkg/sub')
  expect(names.match({ specifier: 'pkg' })).toBeUndefined()
  expect(names.match({ id: id(tree.at('node_modules/pkg/main.js')) })).toBeUndefined()
})

describe('a blocked file', () => {
  const names = () => blocked(['./src/db.js'], { './src/db.js': 'src/db.js' })

  test('is hidden by what it is, not by how it is written', () => {
    expect(names().match({ id: id(tree.at('src/db.js')) })).toBe('./src/db.js')
    expect(names().match({ id: id(tree.at('src/db.js?x=1')) })).toBe('./src/db.js')
    expect(names().match({ id: id(tree.at('other/src/db.js')) })).toBeUndefined()
    // From another folder the same text means another file.
    expect(names().match({ specifier: './src/db.js' })).toBeUndefined()
  })

  test('that does not exist hides nothing', () => {
    expect(blocked(['./absent.js']).match({ specifier: './absent.js' })).toBeUndefined()
    expect(blocked(['./absent.js']).match({ id: id('/app/absent.js') })).toBeUndefined()
  })
})

test.each(['fs', 'node:fs'])('the builtin %s is hidden under both of its names', (name) => {
  const names = blocked([name])
  expect(names.match({ specifier: 'fs' })).toBe(name)
  expect(names.match({ specifier: 'node:fs' })).toBe(name)
  expect(names.match({ id: id('node:fs') })).toBe(name)
  expect(names.match({ specifier: 'path' })).toBeUndefined()
  expect(names.match({ specifier: 'fs-extra' })).toBeUndefined()
})

test('without names nothing is hidden', () => {
  expect(blocked([]).size).toBe(0)
  expect(blocked([]).match({ specifier: 'pkg' })).toBeUndefined()
})

describe('names that nothing has asked for', () => {
  const both = () => blocked(['pkg', 'pkgx'], { pkg: 'node_modules/pkg/main.js' })

  test('are told where shared modules reach what they hide', () => {
    expect(both().notAskedBut([id(tree.at('node_modules/pkg/lib.js'))])).toEqual(['pkg'])
  })

  test('are not told where nobody reaches it', () => {
    expect(both().notAskedBut([id(tree.at('src/a.js'))])).toEqual([])
  })

  test('are none once they were asked for', () => {
    const names = both()
    names.match({ specifier: 'pkg' })
    expect(names.notAskedBut([id(tree.at('node_modules/pkg/lib.js'))])).toEqual([])
  })
})
