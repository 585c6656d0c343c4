/** Refuses a Vitest whose internals are not the known ones. */
import { UnsupportedHostError } from 'fresh-modules/internal'
import { type ModuleRunner, missingParts } from './runner-internals.ts'

/** Vitest's module runner with the parts that we rely on, or an error that names what is missing. */
export function asModuleRunner(candidate: unknown, version: string): ModuleRunner {
  const missing = missingParts(candidate)
  if (missing.length === 0) return candidate as ModuleRunner
  throw new UnsupportedHostError(
    `Vitest ${version}`,
    `its module runner has no ${missing.join(', ')}`,
    'fresh-modules knows Vitest 4.1 to 5.1; use one of those, or a newer fresh-modules.',
  )
}
