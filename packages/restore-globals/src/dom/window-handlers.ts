/**
 * Event handler attributes of a window that is the global object itself: `onclick = …`. They are accessors, so that a
 * table of properties sees no change.
 */
import type { Change, GlobalsPart } from '../change.ts'
import { handlerNames } from './document-part.ts'
import { read } from './dom-objects.ts'
import type { RealWindow } from './window.ts'

export class WindowHandlersPart implements GlobalsPart {
  readonly #window: RealWindow
  /** Name of the attribute -> its handler. */
  readonly #was = new Map<string, unknown>()

  constructor(window: RealWindow) {
    this.#window = window
  }

  capture(): void {
    for (const name of handlerNames(this.#window)) {
      if (isAccessor(this.#window, name)) this.#was.set(name, read(this.#window, name))
    }
  }

  *changes(): Iterable<Change> {
    for (const [name, was] of this.#was) {
      const now = read(this.#window, name)
      if (Object.is(now, was)) continue
      yield {
        what: `window.${name}`,
        kind: 'document',
        now,
        undo: () => void Reflect.set(this.#window, name, was),
        keep: () => void this.#was.set(name, now),
      }
    }
  }
}

function isAccessor(object: object, key: string): boolean {
  for (let at = object; at; at = Object.getPrototypeOf(at)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(at, key)
    if (descriptor) return descriptor.get !== undefined
  }
  return false
}
