import type { GuardedCopy, ModuleId } from 'fresh-modules/internal/core'
import { expect, test } from 'vitest'
import { REMEDIES } from './remedies.ts'

const copy = (id: string, format: 'esm' | 'cjs'): GuardedCopy => ({
  id: id as ModuleId,
  importedBy: [],
  loader: 'Jest',
  format,
})

test('one of two places is mapped to', () => {
  expect(REMEDIES.dedupe('react', copy('/b/react/index.js', 'cjs'))).toContain(
    "moduleNameMapper: { '^react$': require.resolve('react') }",
  )
})

test('the CommonJS build is mapped to, whichever copy came first', () => {
  const [esm, cjs] = [copy('/y/yjs.mjs', 'esm'), copy('/y/yjs.cjs', 'cjs')]
  for (const remedy of [REMEDIES.oneFormat('yjs', esm, cjs), REMEDIES.oneFormat('yjs', cjs, esm)]) {
    expect(remedy).toContain("moduleNameMapper: { '^yjs$': '/y/yjs.cjs' }")
  }
})
