/** What differs between the modes of Vitest. */
import nodeModule from 'node:module'
import type { WorkerState } from './runner-internals.ts'

/** `experimental.viteModuleRunner: false` runs tests in Node's own loader: there is no module runner to build on. */
export function hasModuleRunner({ config }: WorkerState): boolean {
  return config.experimental?.viteModuleRunner !== false
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

/**
 * Whether hooks in the thread that loads are there (from 22.15 on) and leave `require` alone: before 22.22, 24.12 and
 * 25.2 an imported CommonJS file got another `require` by them, which loads past what others have patched.
 */
export const hasSoundHooks =
  typeof nodeModule.registerHooks === 'function' &&
  (major > 25 ||
    (major === 25 && minor >= 2) ||
    (major === 24 && minor >= 12) ||
    (major === 22 && minor >= 22))
