import { expect, test } from 'vitest'
import { initializeMeta } from './import-meta.ts'

test('import.meta of a copy has what that of a registered module has', () => {
  const meta: Record<string, unknown> = {}
  const asked: unknown[] = []
  const jest = {}
  const resolve = (...args: [string, string]) => {
    asked.push(args)
    return 'file:///app/lib/b.mjs'
  }
  initializeMeta(meta, { file: '/app/lib/a b.mjs', query: '?v=1', isMain: false, jest, resolve })
  expect(meta).toMatchObject({
    url: 'file:///app/lib/a%20b.mjs?v=1',
    filename: '/app/lib/a b.mjs',
    dirname: '/app/lib',
    main: false,
  })
  expect(meta['jest']).toBe(jest)
  const resolveMeta = meta['resolve'] as (specifier: string, parent?: string) => string
  expect(resolveMeta('./b.mjs')).toBe('file:///app/lib/b.mjs')
  resolveMeta('./b.mjs', 'file:///elsewhere/c.mjs')
  expect(asked).toEqual([
    ['./b.mjs', '/app/lib/a b.mjs'],
    ['./b.mjs', '/elsewhere/c.mjs'],
  ])
})
