import { fileURLToPath } from 'node:url'
import { moduleId } from 'fresh-modules/internal'
import { expect, test } from 'vitest'
import { isFrameworkModule } from './never-touch.ts'

test.each([
  '/app/node_modules/vitest/dist/index.js',
  '/app/node_modules/vite/dist/node/index.js',
  '/app/C#/node_modules/vitest/dist/index.js',
  '/app/node_modules/.pnpm/vitest@5.1.1/node_modules/vitest/dist/index.js',
  '/app/node_modules/@vitest/spy/dist/index.js',
  '/linked/vitest/dist/index.js',
  '/linked/@vitest/expect/dist/index.js',
  'C:\\app\\node_modules\\vitest\\dist\\index.js',
  '/app/node_modules/fresh-modules/dist/index.js',
  '/app/node_modules/@fresh-modules/vitest-plugin/dist/runner.js',
  '/app/node_modules/vitest/dist/index.js?v=1',
  '/@vite/env',
  'vitest',
  'vitest/node',
  '@vitest/spy',
  'fresh-modules',
  fileURLToPath(new URL('../engine/engine.ts', import.meta.url)),
])('%s is never touched', (module) => {
  expect(isFrameworkModule(moduleId(module))).toBe(true)
})

test.each([
  '/app/src/vitest.ts',
  '/app/src/vitest/setup.ts',
  '/app/node_modules/vitest-fetch-mock/dist/index.js',
  '/app/node_modules/@vitest-community/x/index.js',
  '/app/node_modules/vite-plugin-x/index.js',
  '/app/node_modules/fresh-modules-example/index.js',
  '/app/vitest.config.ts',
  'vitest-when',
  'node:fs',
])('%s is a module like any other', (module) => {
  expect(isFrameworkModule(moduleId(module))).toBe(false)
})
