/** What differs between the modes of Vitest. */
import type { WorkerState } from './runner-internals.ts'

/** `experimental.viteModuleRunner: false` runs tests in Node's own loader: there is no module runner to build on. */
export function hasModuleRunner({ config }: WorkerState): boolean {
  return config.experimental?.viteModuleRunner !== false
}
