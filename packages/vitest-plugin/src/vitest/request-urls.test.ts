import { expect, test } from 'vitest'
import { resolveRelative } from './request-urls.ts'
import { looseMod } from './runner-internals.ts'

test.each([
  ['./b.ts', '/src/b.ts'],
  ['../b.ts', '/b.ts'],
  ['../../b.ts', '/b.ts'],
  ['./deep/../b.ts?raw', '/src/b.ts?raw'],
  ['/src/b.ts', '/src/b.ts'],
  ['/@id/pkg', '/@id/pkg'],
  ['pkg', 'pkg'],
  ['node:fs', 'node:fs'],
])('%s in /src/a.ts is %s', (url, resolved) => {
  const mod = looseMod('/app/src/a.ts', { id: '/app/src/a.ts', url: '/src/a.ts' })
  expect(resolveRelative(url, mod)).toBe(resolved)
})
