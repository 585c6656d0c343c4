import { expect, test, vi } from 'vitest'
import { Resolution } from './resolution.ts'
import type { RuntimeInternals } from './runtime-internals/detect.ts'

/** A runtime that finds the files that are listed, by their absolute paths, and remembers what it did not find. */
function setUp(...files: string[]) {
  const existing = new Set(files)
  const missing = new Set<string>()
  const found = new Set<string>()
  const registered: Record<string, object> = {}
  const internals = {
    isCore: (specifier: string) => /^(?:node:)?fs$/.test(specifier),
    isEsm: (file: string) => file.endsWith('.mjs'),
    rootMock: (_from: string, specifier: string) =>
      specifier === 'mocked' ? '/app/__mocks__/mocked.js' : undefined,
    isMockedCjs: (_from: string, specifier: string) => specifier === 'mocked',
    isMockedEsm: (_from: string, specifier: string) => specifier === 'virtual',
    resolveCjs(_from: string, specifier: string): string {
      if (found.has(specifier) || (existing.has(specifier) && !missing.has(specifier))) {
        found.add(specifier)
        return specifier
      }
      missing.add(specifier)
      throw Object.assign(new Error(`Cannot find module '${specifier}'`), { code: 'MODULE_NOT_FOUND' })
    },
    resolveEsm: (from: string, specifier: string) => internals.resolveCjs(from, specifier),
    forgetMissing: vi.fn(() => missing.clear()),
    forgetResolved: vi.fn((file: string) => found.delete(file)),
    cjs: () => new Map(Object.entries(registered)),
  }
  const resolution = new Resolution(internals as unknown as RuntimeInternals, (file) => existing.has(file))
  return { resolution, existing, internals, registered }
}

test('fs and node:fs are one', () => {
  const { resolution } = setUp()
  expect(resolution.idOf('fs', '/app/a.js', 'require')).toBe('node:fs')
  expect(resolution.idOf('node:fs', '/app/a.mjs', 'import')).toBe('node:fs')
  expect(resolution.idOfRequire('fs', '/app/a.js', false)).toBe('node:fs')
  expect(resolution.idOfEdge('fs', '/app/a.js', 'require')).toBeNull()
})

test('a file that has been created since it was missing is found', () => {
  const { resolution, existing, internals } = setUp()
  const find = () => resolution.idOf('/app/late.js', '/app/a.js', 'require')
  expect(find).toThrow('Cannot find module')
  existing.add('/app/late.js')
  expect(find()).toBe('/app/late.js')
  expect(internals.forgetMissing).toHaveBeenCalledTimes(2)
})

test('what a copy has missed once is found when it has been created', async () => {
  const { resolution, existing } = setUp()
  expect(resolution.idOfRequire('/app/late.js', '/app/a.js', false)).toBeUndefined()
  await expect(resolution.idOfImport('/app/late.js', '/app/a.mjs')).rejects.toThrow('Cannot find module')
  existing.add('/app/late.js')
  expect(resolution.idOfRequire('/app/late.js', '/app/a.js', false)).toBe('/app/late.js')
  expect((await resolution.idOfImport('/app/late.js', '/app/a.mjs')).id).toBe('/app/late.js')
})

test('a file that has gone is not found, unless it is still registered', () => {
  const { resolution, existing, registered } = setUp('/app/gone.js')
  const find = () => resolution.idOf('/app/gone.js', '/app/a.js', 'require')
  expect(find()).toBe('/app/gone.js')
  existing.delete('/app/gone.js')
  registered['/app/gone.js'] = {}
  expect(find()).toBe('/app/gone.js')
  delete registered['/app/gone.js']
  expect(find).toThrow('Cannot find module')
})

test('a mock of a package at the root answers a require, but not one for the actual module, and is no edge', () => {
  const { resolution } = setUp('mocked')
  expect(resolution.idOfRequire('mocked', '/app/a.js', false)).toBe('/app/__mocks__/mocked.js')
  expect(resolution.idOfRequire('mocked', '/app/a.js', true)).toBe('mocked')
  expect(resolution.idOfEdge('mocked', '/app/a.js', 'require')).toBeNull()
})

test('an import has its query, whether the importer is an ES module or not, and may be of a mock alone', async () => {
  const { resolution } = setUp('/app/b.mjs')
  expect(resolution.idOf('/app/b.mjs?v=1', '/app/a.mjs', 'import')).toBe('/app/b.mjs?v=1')
  expect(await resolution.idOfImport('/app/b.mjs?v=1', '/app/a.js')).toEqual({
    id: '/app/b.mjs?v=1',
    isMocked: false,
  })
  expect(await resolution.idOfImport('virtual', '/app/a.js')).toEqual({ id: undefined, isMocked: true })
  await expect(resolution.idOfImport('/app/absent.mjs', '/app/a.js')).rejects.toThrow('Cannot find module')
})
