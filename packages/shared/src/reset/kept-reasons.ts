/** Why the framework keeps a module between the tests of a file: the one answer for all adapters. */
/** What an adapter knows of a module. */
export interface KeptFacts {
  /** A mock answers its requests, and may be made of it: another evaluation would reach nobody. */
  readonly isMocked: boolean
  /** A setup file has loaded it: it was there before the test file was. */
  readonly isOfSetup: boolean
  /** Its code has registered a hook of the framework, which works on this copy. Asked last: the answer may be dear. */
  readonly hasRegisteredHooks: () => boolean
}

/** The reason, for what resets say; undefined for a module that may be reset. */
export function keptByFramework({ isMocked, isOfSetup, hasRegisteredHooks }: KeptFacts): string | undefined {
  if (isMocked) return 'it is mocked'
  if (isOfSetup) return 'a setup file loaded it'
  return hasRegisteredHooks() ? 'it has registered test hooks' : undefined
}
