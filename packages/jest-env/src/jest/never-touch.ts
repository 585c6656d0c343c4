/** Modules that are never evaluated again, unloaded or reset: doing so would break the run itself. */
import { fileOf, type ModuleId, packageOf } from 'fresh-modules/internal/core'

/** The framework's own packages, which hold the state of the run, and our own, which track who imported what. */
const NEVER_TOUCH = new Set([
  'fresh-modules',
  '@fresh-modules/jest-env',
  'jest',
  'jest-circus',
  'jest-cli',
  'jest-config',
  'jest-each',
  'jest-environment-jsdom',
  'jest-environment-node',
  'jest-haste-map',
  'jest-matcher-utils',
  'jest-message-util',
  'jest-mock',
  'jest-resolve',
  'jest-runner',
  'jest-runtime',
  'jest-snapshot',
  'jest-util',
  'expect',
])

// File -> whether it is one of those: each reset asks for all that are loaded.
const answers = new Map<string, boolean>()

export function isFrameworkModule(id: ModuleId): boolean {
  const file = fileOf(id)
  let known = answers.get(file)
  if (known === undefined) {
    known = isOfFramework(file)
    answers.set(file, known)
  }
  return known
}

function isOfFramework(file: string): boolean {
  const name = packageOf(file)?.name
  return name !== undefined && (NEVER_TOUCH.has(name) || name.startsWith('@jest/'))
}
