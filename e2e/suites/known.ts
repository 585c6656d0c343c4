/** The suites that we know how to run. To add one, add a row. */
import type { Suite } from './suite.ts'

const npm = 'npm install --ignore-scripts --legacy-peer-deps --no-package-lock'

export const known: readonly Suite[] = [
  {
    name: 'jotai',
    framework: 'vitest',
    repository: 'pmndrs/jotai',
    commit: '1fae77247ae72ab5f2f002dc82a876e61ce26f56',
    install: npm,
    setup: 'jsdom, Testing Library',
  },
  {
    name: 'zustand',
    framework: 'vitest',
    repository: 'pmndrs/zustand',
    commit: 'f094eebe',
    install: npm,
    setup: 'jsdom, globals, Testing Library, a setup file',
  },
  {
    name: 'prom-client',
    framework: 'jest',
    repository: 'siimon/prom-client',
    commit: 'ffe193b',
    install: npm,
    setup: 'CommonJS, no compiler',
  },
]
