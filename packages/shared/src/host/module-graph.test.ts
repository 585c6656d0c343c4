import { beforeEach, describe, expect, test } from 'vitest'
import { fakeHost, fakeInstalled, idsOf } from '../../test-host/fake-host.ts'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { childrenOf, importersChain, isUntouchable, whyUntouchable, withChildren } from './module-graph.ts'
import type { ModuleId } from './module-id.ts'

const id = (text: string) => text as ModuleId

describe('children', () => {
  let tree: Tree
  beforeEach(() => {
    tree = writeTree({
      'package.json': { name: 'app' },
      'node_modules/pkg/package.json': { name: 'pkg' },
      'node_modules/pkgx/package.json': { name: 'pkgx' },
      'node_modules/pkg/node_modules/inner/package.json': { name: 'inner' },
      'node_modules/@s/p/package.json': { name: '@s/p' },
    })
  })
  const isChild = (specifier: string, target: string, other: string) =>
    childrenOf(fakeHost({}), specifier, id(tree.at(target)))(id(tree.at(other)))

  test('of a package are all of its modules', () => {
    const of = (other: string) => isChild('pkg', 'node_modules/pkg/main.js', other)
    expect(of('node_modules/pkg/lib/deep.js')).toBe(true)
    expect(of('node_modules/pkg/lib/deep.js?v=1')).toBe(true)
    expect(of('node_modules/pkgx/main.js')).toBe(false)
    expect(of('node_modules/pkg/node_modules/inner/main.js')).toBe(false)
    expect(of('src/a.js')).toBe(false)
  })

  test('of a package in a scope are all of its modules', () => {
    expect(isChild('@s/p', 'node_modules/@s/p/main.js', 'node_modules/@s/p/lib.js')).toBe(true)
  })

  test('of a subpath of a package are none', () => {
    expect(isChild('pkg/lib/a.js', 'node_modules/pkg/lib/a.js', 'node_modules/pkg/main.js')).toBe(false)
  })

  test('of a specifier that looks like a package but leads elsewhere are none', () => {
    expect(isChild('pkg', 'src/alias.js', 'src/other.js')).toBe(false)
  })

  test.each(['index.js', 'index.ts', 'index.mjs', 'index.cts', 'index.jsx', 'index.tsx'])(
    "of a folder's %s are all modules below the folder",
    (index) => {
      const of = (other: string) => isChild('./src/store', `src/store/${index}`, other)
      expect(of('src/store/a.js')).toBe(true)
      expect(of('src/store/deep/b.js')).toBe(true)
      expect(of('src/storey/a.js')).toBe(false)
      expect(of('src/a.js')).toBe(false)
      expect(of('src/store/node_modules/dep/index.js')).toBe(false)
    },
  )

  test.each(['src/store/main.js', 'src/store/index.css', 'src/store/myindex.js', 'src/store/index.test.js'])(
    'of %s are none',
    (file) => {
      expect(isChild('./x', file, 'src/store/a.js')).toBe(false)
    },
  )

  test('a module is no child of itself', () => {
    expect(isChild('./src', 'src/index.js', 'src/index.js')).toBe(false)
  })

  test("builtins, virtual modules, the test file and what is protected are nobody's children", () => {
    const host = fakeHost(
      {},
      { testFile: '/app/src/a.test.ts', isProtected: (of) => of === '/app/src/ours.js' },
    )
    const isBelow = childrenOf(host, './src', id('/app/src/index.js'))
    expect(isBelow(id('/app/src/b.js'))).toBe(true)
    for (const other of ['node:fs', 'virtual:x', '/app/src/a.test.ts', '/app/src/ours.js']) {
      expect(isBelow(id(other))).toBe(false)
    }
  })

  test('a builtin or a virtual module has none', () => {
    for (const target of ['node:fs', 'virtual:index.js']) {
      expect(childrenOf(fakeHost({}), 'x', id(target))(id('/app/a.js'))).toBe(false)
    }
  })
})

describe('a target with its children', () => {
  const host = fakeHost({ '/app/s/b.js': [], '/app/s/index.js': ['/app/s/b.js'], '/app/c.js': [] })

  test('comes first', () => {
    expect(idsOf(withChildren(host, './s', id('/app/s/index.js')))).toEqual([
      '/app/s/index.js',
      '/app/s/b.js',
    ])
  })

  test('is what there is of it: loaded children of one that is not loaded', () => {
    host.graph.delete('/app/s/index.js')
    expect(idsOf(withChildren(host, './s', id('/app/s/index.js')))).toEqual(['/app/s/b.js'])
    host.graph.set('/app/s/index.js', [])
  })

  test('is alone where it has none, and nothing where it is not loaded', () => {
    expect(idsOf(withChildren(host, './c', id('/app/c.js')))).toEqual(['/app/c.js'])
    expect(withChildren(host, './d', id('/app/d.js'))).toEqual([])
  })
})

describe('what is never touched', () => {
  const host = fakeHost({}, { label: 'Vitest 5', isProtected: (of) => of === '/app/vitest.js' })
  test.each([
    ['node:fs', 'built into Node'],
    ['/app/vitest.js', 'it is part of Vitest 5 or of fresh-modules'],
    ['/app/a.test.ts', 'it is the running test file'],
    ['/app/a.test.ts?x=1', 'it is the running test file'],
    ['/app/a.ts', undefined],
    ['virtual:x', undefined],
  ])('%s: %s', (module, reason) => {
    expect(whyUntouchable(host, id(module))).toBe(reason)
    expect(isUntouchable(host, id(module))).toBe(reason !== undefined)
  })

  test('with no test file running, no file is taken for it', () => {
    expect(isUntouchable(fakeHost({}, { testFile: undefined }), id('/app/a.test.ts'))).toBe(false)
  })
})

describe('the chain of importers', () => {
  test('leads up to the test file, nearest first', () => {
    const installed = fakeInstalled({
      '/app/a.test.ts': ['/app/a.ts'],
      '/app/a.ts': ['/app/b.ts'],
      '/app/b.ts': [],
    })
    expect(importersChain(installed, id('/app/b.ts'))).toEqual(['/app/a.ts', '/app/a.test.ts'])
  })

  test('is a shortest one', () => {
    const installed = fakeInstalled({
      '/app/a.test.ts': ['/app/a.ts', '/app/c.ts'],
      '/app/a.ts': ['/app/b.ts'],
      '/app/b.ts': ['/app/c.ts'],
      '/app/c.ts': [],
    })
    expect(importersChain(installed, id('/app/c.ts'))).toEqual(['/app/a.test.ts'])
  })

  test('prefers the test file to another end, however far', () => {
    const installed = fakeInstalled({
      '/app/setup.ts': ['/app/c.ts'],
      '/app/a.test.ts': ['/app/a.ts'],
      '/app/a.ts': ['/app/b.ts'],
      '/app/b.ts': ['/app/c.ts'],
      '/app/c.ts': [],
    })
    expect(importersChain(installed, id('/app/c.ts'))).toEqual(['/app/b.ts', '/app/a.ts', '/app/a.test.ts'])
  })

  test('of a module that nobody imports is empty, loaded or not', () => {
    const installed = fakeInstalled({ '/app/a.ts': [] })
    expect(importersChain(installed, id('/app/a.ts'))).toEqual([])
    expect(importersChain(installed, id('/app/never.ts'))).toEqual([])
  })

  test('ends in a cycle', () => {
    const installed = fakeInstalled({ '/app/a.ts': ['/app/b.ts'], '/app/b.ts': ['/app/a.ts'] })
    expect(importersChain(installed, id('/app/a.ts'))).toEqual(['/app/b.ts'])
  })
})
