/** The one way in which this package replaces what is not its own. It does not use the core's `patch`, since it depends on nothing. */

/** Replaced functions of a realm, and how each is put back. */
export class Patches {
  /** One for each patch that stands, oldest first. */
  readonly #undos = new Set<() => void>()

  /**
   * Replaces `owner[key]` by what `wrap` makes of it. By assignment, so that an accessor stays one.
   * @returns puts back what was there, unless something else has taken our place meanwhile; harmless the second time
   */
  patch<Owner extends object, Key extends keyof Owner>(
    owner: Owner,
    key: Key,
    wrap: (real: Owner[Key]) => Owner[Key],
  ): () => void {
    const before = Reflect.getOwnPropertyDescriptor(owner, key)
    const real = owner[key]
    const ours = wrap(real)
    owner[key] = ours
    const undo = (): void => {
      if (!this.#undos.delete(undo) || owner[key] !== ours) return
      if (!before) Reflect.deleteProperty(owner, key)
      else if ('value' in before) Object.defineProperty(owner, key, before)
      else owner[key] = real
    }
    this.#undos.add(undo)
    return undo
  }

  /** Last made, first undone: one may stand on another. */
  undoAll(): void {
    for (const undo of [...this.#undos].reverse()) undo()
  }
}
