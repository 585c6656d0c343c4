import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as freshModules from './index.ts'

const HELPERS = [
  'declareSpec',
  'importFresh',
  'markNonReimportable',
  'onImport',
  'onUnload',
  'reloadInPlace',
  'requireFresh',
  'resetModules',
  'specOf',
  'unload',
  'withFlags',
  'withUnloaded',
]

const ERRORS = [
  'BadOptionError',
  'DuplicateModuleError',
  'FreshModulesError',
  'NoHostError',
  'NotFreshError',
  'ParallelWorkerError',
  'RefusedError',
  'StaleModuleError',
  'UnsupportedHostError',
]

const TYPES = [
  'ErrorCode',
  'Flag',
  'FlagSource',
  'Flags',
  'FreshOptions',
  'FromOption',
  'ImportHook',
  'ModuleHandle',
  'ModuleId',
  'ModuleSpec',
  'OnDuplicate',
  'Provenance',
  'Refusal',
  'ResetOptions',
  'ResetSummary',
  'SpecRule',
]

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8')

describe('fresh-modules', () => {
  test('has these helpers and errors, and nothing else', () => {
    expect(Object.keys(freshModules).sort()).toEqual([...ERRORS, ...HELPERS].sort())
    for (const value of Object.values(freshModules)) expect(value).toBeInstanceOf(Function)
  })

  test('has these types, and nothing else', () => {
    const lists = [...read('index.ts').matchAll(/export (type )?\{([^}]*)\}/g)]
    const types = lists.flatMap(([, isAllTypes, list = '']) => {
      const names = list.split(',').map((name) => name.trim())
      return isAllTypes ? names : names.filter((name) => name.startsWith('type '))
    })
    const names = types.map((name) => name.replace(/^type /, '')).filter(Boolean)
    expect(names.sort()).toEqual(TYPES)
  })

  test('names everything: what one of its files exports does not become public by itself', () => {
    expect(read('index.ts')).not.toContain('export *')
  })

  test('does nothing by being imported: no host is in charge', () => {
    expect(Object.getOwnPropertySymbols(globalThis)).not.toContain(Symbol.for('fresh-modules.host'))
  })

  test.each(HELPERS)('%s is in the documentation', (name) => {
    expect(read('../../../docs/helpers.md')).toMatch(new RegExp(`\\b${name}\\b`))
  })
})
