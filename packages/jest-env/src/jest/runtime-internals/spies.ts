/**
 * Spies on exports, which have to be gone before the exports are replaced: a spy keeps the function it replaced, and
 * restoring it later would bring the old export back. jest-mock 29.7 to 30.5 keeps how to restore each in the set
 * `_spyState` of its `ModuleMocker`, newest last; where there is no such set, spies are restored and nothing more.
 */

import { patch } from 'fresh-modules/internal/core'

interface ModuleMocker {
  spyOn(object: object, ...rest: unknown[]): unknown
  replaceProperty(object: object, ...rest: unknown[]): unknown
  _spyState?: Set<() => void>
}

interface Spy {
  readonly restore: () => void
  /** What the user got: a mock function, or the handle of `replaceProperty`. */
  readonly handle: { mockRestore?: () => void; mockReset?: () => void; restore?: () => void }
}

export class Spies {
  readonly #mocker: ModuleMocker
  /** Object -> spies on it, oldest first. */
  readonly #spies = new WeakMap<object, Spy[]>()

  constructor(mocker: object) {
    this.#mocker = mocker as ModuleMocker
    for (const name of ['spyOn', 'replaceProperty'] as const) this.#watch(name)
  }

  #watch(name: 'spyOn' | 'replaceProperty'): void {
    const mocker = this.#mocker
    if (typeof mocker[name] !== 'function') return
    const wrap =
      (original: ModuleMocker['spyOn']): typeof original =>
      (object, ...rest) => {
        const before = this.#newest()
        const handle = original.call(mocker, object, ...rest) as Spy['handle']
        const restore = this.#newest()
        if (restore && restore !== before)
          this.#spies.set(object, [...(this.#spies.get(object) ?? []), { restore, handle }])
        return handle
      }
    patch(mocker, name, wrap, `ModuleMocker.${name}`)
  }

  #newest(): (() => void) | undefined {
    return [...(this.#mocker._spyState ?? [])].at(-1)
  }

  /** Restores all spies on the object, for good. */
  restoreOn(object: object): void {
    for (const { restore, handle } of (this.#spies.get(object) ?? []).reverse()) {
      if (this.#mocker._spyState?.delete(restore)) restore()
      if (handle.mockRestore) handle.mockRestore = () => handle.mockReset?.()
      if (handle.restore) handle.restore = () => {}
    }
    this.#spies.delete(object)
  }
}
