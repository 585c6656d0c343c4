import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModuleId } from 'fresh-modules/internal/core'
import { afterAll, expect, test } from 'vitest'
import { isFrameworkModule } from './never-touch.ts'

const root = mkdtempSync(join(tmpdir(), 'fresh-modules-'))
afterAll(() => rmSync(root, { recursive: true }))

const fileOfPackage = (name: string): ModuleId => {
  const dir = join(root, 'node_modules', name)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name }))
  return join(dir, 'build/index.js') as ModuleId
}

test('the framework and we ourselves are never touched; what only sounds like it is', () => {
  const names = ['jest-circus', '@jest/expect', 'expect', 'fresh-modules', 'jest-extended', 'react']
  expect(names.filter((name) => isFrameworkModule(fileOfPackage(name)))).toEqual([
    'jest-circus',
    '@jest/expect',
    'expect',
    'fresh-modules',
  ])
  expect(isFrameworkModule(join(root, 'src/jest-circus.js') as ModuleId)).toBe(false)
})
