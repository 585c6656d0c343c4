import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const core = (file: string): string => fileURLToPath(new URL(`packages/shared/src/${file}`, import.meta.url))

/** What the unit tests of every package share: they run from source, so nothing has to be built first. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^fresh-modules$/, replacement: core('index.ts') },
      { find: /^fresh-modules\/internal\/(core|report|verdict)$/, replacement: core('internal-$1.ts') },
      { find: /^fresh-modules\/(internal|register)$/, replacement: core('$1.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
})
