import { createRequire } from 'node:module'
import { type ModuleId, notFoundError, type ScopeRules } from 'fresh-modules/internal'
import { describe, expect, test } from 'vitest'
import { ScopeBlocks } from './scope-blocks.ts'

const NOT_FOUND = expect.objectContaining({ code: 'ERR_MODULE_NOT_FOUND' })
const REQUIRE_NOT_FOUND = expect.objectContaining({ code: 'MODULE_NOT_FOUND' })

/** Rules that hide `hidden` as it is written, and `node:path` by what it resolves to. */
function blocks(rules: Partial<ScopeRules> = {}): ScopeBlocks {
  return new ScopeBlocks({
    caller: '/app/a.test.ts' as ModuleId,
    decide: () => 'shared',
    blockedName: ({ specifier, id }) =>
      specifier === 'hidden' ? 'hidden' : id === 'node:path' ? 'path by id' : undefined,
    conditions: [],
    onEvaluated: () => {},
    ...rules,
  })
}

describe('a request', () => {
  test('of what is hidden fails as one of a package that is not installed, with its importer', () => {
    expect(() => blocks().check({ specifier: 'hidden' }, '/app/b.ts')).toThrow(
      expect.objectContaining({ message: notFoundError('import', 'hidden', '/app/b.ts').message }),
    )
    expect(() => blocks().check({ id: 'node:path' as ModuleId }, '/app/b.ts')).toThrow(/'path by id'/)
  })

  test('without a known importer is told to come from who opened the scope', () => {
    expect(() => blocks().check({ specifier: 'hidden' }, undefined)).toThrow(
      /imported from \/app\/a\.test\.ts/,
    )
    expect(() => blocks({ caller: undefined }).check({ specifier: 'hidden' }, undefined)).toThrow(NOT_FOUND)
  })

  test('of anything else passes', () => {
    expect(() => blocks().check({ specifier: 'other', id: 'node:fs' as ModuleId }, '/app/b.ts')).not.toThrow()
  })
})

describe('import.meta.resolve of a copy', () => {
  const metaOf = (scope: ScopeBlocks) => {
    const resolve = (specifier: string) => (specifier === 'alias' ? 'node:path' : `file:///app/${specifier}`)
    return scope.importMeta({ resolve } as ImportMeta, '/app/b.ts')
  }

  test('does not find what is hidden, by name or by what it leads to', () => {
    const meta = metaOf(blocks())
    expect(() => meta.resolve('hidden')).toThrow(NOT_FOUND)
    expect(() => meta.resolve('alias')).toThrow(NOT_FOUND)
  })

  test('finds the rest as ever', () => {
    expect(metaOf(blocks()).resolve('other.ts')).toBe('file:///app/other.ts')
  })
})

describe('require of a copy', () => {
  const real = createRequire(import.meta.url)
  const requireOf = (scope: ScopeBlocks) => scope.require(real, import.meta.url)

  test('hides modules by name and by what they lead to, from resolve as well', () => {
    const require = requireOf(blocks())
    expect(() => require('hidden')).toThrow(REQUIRE_NOT_FOUND)
    expect(() => require.resolve('hidden')).toThrow(REQUIRE_NOT_FOUND)
    for (const name of ['path', 'node:path']) {
      expect(() => require(name)).toThrow(REQUIRE_NOT_FOUND)
      expect(() => require.resolve(name)).toThrow(REQUIRE_NOT_FOUND)
    }
  })

  test("gives the rest as Node's own does, with all that hangs on it", () => {
    const require = requireOf(blocks())
    expect(require('node:fs')).toBe(real('node:fs'))
    expect(require.resolve('node:fs')).toBe('node:fs')
    expect(require.cache).toBe(real.cache)
    expect(require.resolve.paths('x')).toEqual(real.resolve.paths('x'))
    expect(() => require('./absent.cjs')).toThrow(REQUIRE_NOT_FOUND)
  })

  test('says so where a module would have to be fresh, which it cannot be', () => {
    const require = requireOf(blocks({ decide: (id) => (id === 'node:fs' ? 'fresh' : 'shared') }))
    expect(() => require('node:fs')).toThrow(
      expect.objectContaining({
        code: 'ERR_NOT_FRESH',
        message: expect.stringContaining('Import it instead'),
      }),
    )
    expect(require.resolve('node:fs')).toBe('node:fs')
  })
})
