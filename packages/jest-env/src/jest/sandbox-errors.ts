/** Errors that the adapter has to make itself: users get them as errors of their own realm. */

/** The same error, with its own properties, made by the sandbox's constructor. */
export function inSandbox(realm: typeof globalThis, error: Error): Error {
  const Constructor = error instanceof TypeError ? realm.TypeError : realm.Error
  const made = new Constructor(error.message)
  for (const key of Object.keys(error))
    (made as never as Record<string, unknown>)[key] = (error as never)[key]
  if (error.name !== made.name) made.name = error.name
  return made
}
