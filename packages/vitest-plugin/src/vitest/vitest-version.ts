import { createRequire } from 'node:module'

/** The version of the Vitest that runs, for messages. */
export function vitestVersion(): string {
  try {
    return (createRequire(import.meta.url)('vitest/package.json') as { version: string }).version
  } catch {
    return 'of an unknown version'
  }
}
