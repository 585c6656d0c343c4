/** Why the framework keeps a module between the tests of a file: the one answer for all adapters. */
import { fileOf, type ModuleId } from '../host/module-id.ts'

/** What an adapter knows of a module. @internal */
export interface KeptFacts {
  readonly id: ModuleId
  /** A setup file has loaded it: it was there before the test file was. */
  readonly isOfSetup: boolean
  /** Its code has registered a hook of the framework, which works on this copy. Asked last: the answer may be dear. */
  readonly hasRegisteredHooks: () => boolean
}

/** The reason, for what resets say; undefined for a module that may be reset. */
export function keptByFramework({ id, isOfSetup, hasRegisteredHooks }: KeptFacts): string | undefined {
  if (isMock(id)) return 'it is a mock'
  if (isOfSetup) return 'a setup file loaded it'
  return hasRegisteredHooks() ? 'it has registered test hooks' : undefined
}

/** A module that stands in place of another one: `mock:/app/db.ts`, `/app/__mocks__/db.ts`. */
function isMock(id: ModuleId): boolean {
  return id.startsWith('mock:') || /[\\/]__mocks__[\\/]/.test(fileOf(id))
}
