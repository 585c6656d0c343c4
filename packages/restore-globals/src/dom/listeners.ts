/**
 * Listeners on the window, the document, its three elements and a few single objects, which outlive a file. The DOM does not tell who listens:
 * the methods that add and remove are watched. What a kept package listens to is its own, since it may remember that it
 * listens.
 */
import { fileOfTrace, type Trace, traceAbove } from '../callers.ts'
import { type Found, type Outcome, restored } from '../change.ts'
import type { Patches } from '../patches.ts'
import { read } from './dom-objects.ts'
import { type DomRealm, type Listener, type ListenerMethod, ownerOf, type RealWindow } from './window.ts'

interface Added {
  readonly target: string
  readonly type: string
  readonly callback: Listener
  readonly capture: boolean
  readonly trace: Trace
}

const SINGLE_TARGETS = ['navigator', 'performance', 'screen', 'visualViewport']

/** Whether a file's module stays evaluated from file to file. */
export type IsKept = (file: string) => boolean

/** What the watchers of a DOM are handed. */
export interface DomWatchOptions {
  readonly isKept: IsKept
  readonly patches: Patches
}

export class DomListeners {
  readonly #realm: DomRealm
  readonly #isKept: IsKept
  readonly #patches: Patches
  readonly #names: ReadonlyMap<unknown, string>
  /** What was added since the last file, until it is removed. Callback first: it tells most entries apart. */
  readonly #added = new Map<Listener, Added[]>()
  /** How to remove, by target, as it was when we came. */
  #remove: (target: string) => { self: unknown; method: ListenerMethod } = () => {
    throw new Error('not installed')
  }

  constructor(realm: DomRealm, window: RealWindow, { isKept, patches }: DomWatchOptions) {
    this.#realm = realm
    this.#isKept = isKept
    this.#patches = patches
    const { document } = realm
    this.#names = new Map<unknown, string>([
      [undefined, 'window'],
      [realm, 'window'],
      [window, 'window'],
      [document, 'document'],
      [document.documentElement, 'document.documentElement'],
      [document.head, 'document.head'],
      [document.body, 'document.body'],
      ...SINGLE_TARGETS.flatMap((name) => {
        const target = read(window, name)
        return typeof target === 'object' && target ? [[target, name] as const] : []
      }),
    ])
  }

  install(): void {
    const prototype = ownerOf<DomRealm>(this.#realm.document, 'addEventListener')
    if (!prototype) return
    const removal = { window: this.#realm.removeEventListener, other: prototype.removeEventListener }
    const targets = new Map([...this.#names].map(([target, name]) => [name, target]))
    this.#remove = (target) =>
      target === 'window'
        ? { self: undefined, method: removal.window }
        : { self: targets.get(target), method: removal.other }
    this.#watch(prototype)
    // Global functions of the environment's own call methods below ours.
    if (Object.hasOwn(this.#realm, 'addEventListener')) this.#watch(this.#realm)
  }

  #watch(owner: DomRealm): void {
    const listeners = this
    this.#patches.patch(owner, 'addEventListener', (real) => {
      return function watched(this: unknown, ...args) {
        const target = listeners.#names.get(this)
        if (target !== undefined) listeners.#note(target, args, traceAbove(watched))
        return Reflect.apply(real, this, args)
      }
    })
    this.#patches.patch(owner, 'removeEventListener', (real) => {
      return function (this: unknown, ...args) {
        const target = listeners.#names.get(this)
        if (target !== undefined) listeners.#forget(target, args)
        return Reflect.apply(real, this, args)
      }
    })
  }

  #note(target: string, [type, callback, options]: Parameters<ListenerMethod>, trace: Trace): void {
    if (callback === null) return
    const capture = isCapture(options)
    const same = this.#added.get(callback) ?? []
    if (same.some((added) => added.target === target && added.type === type && added.capture === capture))
      return
    this.#added.set(callback, [...same, { target, type, callback, capture, trace }])
  }

  #forget(target: string, [type, callback, options]: Parameters<ListenerMethod>): void {
    const capture = isCapture(options)
    const rest = (this.#added.get(callback) ?? []).filter(
      (added) => added.target !== target || added.type !== type || added.capture !== capture,
    )
    if (rest.length > 0) this.#added.set(callback, rest)
    else this.#added.delete(callback)
  }

  /** Removes what files have added, except for kept packages, and says what it was. */
  removeAll(): Outcome[] {
    const removed: Outcome[] = []
    for (const added of this.#leftByFiles()) {
      const { target, type, callback, capture } = added
      const { self, method } = this.#remove(target)
      Reflect.apply(method, self, [type, callback, capture])
      removed.push(restored('listener', nameOf(added)))
    }
    this.#added.clear()
    return removed
  }

  /** What `removeAll` would remove. */
  left(): Found[] {
    return this.#leftByFiles().map((added) => ({ what: nameOf(added), kind: 'listener' }))
  }

  #leftByFiles(): Added[] {
    return [...this.#added.values()].flat().filter(({ trace }) => {
      const file = fileOfTrace(trace)
      return file === undefined || !this.#isKept(file)
    })
  }
}

function nameOf({ target, type }: Added): string {
  return `${target} listener of "${type}"`
}

function isCapture(options: unknown): boolean {
  return typeof options === 'object' && options !== null
    ? Boolean(Reflect.get(options, 'capture'))
    : options === true
}
