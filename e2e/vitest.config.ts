import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['fixtures/**', 'demo/app/**', '.hosts/**', 'node_modules/**'],
    globalSetup: ['harness/global-setup.ts'],
    setupFiles: ['harness/setup.ts'],
    // Each test starts a framework with workers of its own.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
