import { defineConfig } from 'vitest/config'

/** The unit tests of all packages in one run. The end-to-end suites have a config of their own, in e2e. */
export default defineConfig({
  test: {
    projects: ['packages/*'],
  },
})
