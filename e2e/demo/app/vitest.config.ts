import { freshModules } from '@fresh-modules/vitest-plugin'
import { defineConfig } from 'vitest/config'

const test = {
  globals: true,
  // React and prom-client are left to Node's loader, as packages are by default; graphql goes through Vite.
  server: { deps: { inline: ['graphql'] } },
}

export default defineConfig({
  test: {
    projects: [
      { plugins: [freshModules()], test: { ...test, name: 'fresh', include: ['src/fresh.test.ts'] } },
      { test: { ...test, name: 'today', include: ['src/today.vitest.test.ts'] } },
    ],
  },
})
