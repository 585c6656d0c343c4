import type { ModuleId } from 'fresh-modules/internal/core'
import { describe, expect, test } from 'vitest'
import { idOfFile, queryOf, splitSpecifier } from './module-ids.ts'

describe('module ids', () => {
  test('are paths, with the query where there is one', () => {
    expect(idOfFile('/app/x.mjs')).toBe('/app/x.mjs')
    expect(idOfFile('/app/x.mjs', '?a=1')).toBe('/app/x.mjs?a=1')
    expect(queryOf('/app/x.mjs?a=1' as ModuleId)).toBe('?a=1')
    expect(queryOf('/app/x.mjs' as ModuleId)).toBe('')
  })

  test('a leading # belongs to a package import, a later one is a fragment', () => {
    expect(splitSpecifier('#lib/a.mjs?v=2')).toEqual({ path: '#lib/a.mjs', query: '?v=2' })
    expect(splitSpecifier('./a.mjs#part')).toEqual({ path: './a.mjs', query: '#part' })
    expect(splitSpecifier('./a.mjs')).toEqual({ path: './a.mjs', query: '' })
    expect(splitSpecifier('')).toEqual({ path: '', query: '' })
  })
})
