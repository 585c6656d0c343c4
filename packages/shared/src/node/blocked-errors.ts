/** The errors that say that a scope hides a module, to tell them from those of a module that really is not there. */

const blockedErrors = new WeakSet<object>()

export function noteBlockedError(error: object): void {
  blockedErrors.add(error)
}

export function isBlockedError(error: unknown): boolean {
  return blockedErrors.has(error as object)
}
