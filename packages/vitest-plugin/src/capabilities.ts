/** Which modes of Vitest the adapter cannot work in, and why. */
import { UnsupportedHostError } from 'fresh-modules/internal'
import type { WorkerState } from './runner-internals.ts'

/** `experimental.viteModuleRunner: false` runs tests in Node's own loader: there is no module runner to build on. */
export function hasModuleRunner({ config }: WorkerState): boolean {
  return config.experimental?.viteModuleRunner !== false
}

export function assertSupported(state: WorkerState, version: string): void {
  if (hasModuleRunner(state)) return
  throw new UnsupportedHostError(
    `Vitest ${version} with experimental.viteModuleRunner: false`,
    "tests run in Node's own loader there, without Vite's module runner",
    'Leave the option at its default for the tests that need fresh modules.',
  )
}
