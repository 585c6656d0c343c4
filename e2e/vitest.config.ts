import { defineConfig } from 'vitest/config'

/** Set by `npm run matrix`. Suites that install hundreds of megabytes, or a browser, are its alone: `*.matrix.test.ts`. */
const isMatrix = process.env['FRESH_MODULES_NODE'] !== undefined

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: [
      'fixtures/**',
      'demo/app/**',
      '.hosts/**',
      'node_modules/**',
      ...(isMatrix ? [] : ['**/*.matrix.test.ts']),
    ],
    globalSetup: ['harness/global-setup.ts'],
    setupFiles: ['harness/setup.ts'],
    // Each test starts a framework with workers of its own.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
