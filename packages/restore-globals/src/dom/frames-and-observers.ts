/** Animation frames and observers of a file, which would go on calling it. Those of kept packages are theirs. */
import { fileOfTrace, type Trace, traceAbove, waitsForTest } from '../callers.ts'
import { type Found, type Outcome, restored } from '../change.ts'
import type { Patches } from '../patches.ts'
import type { DomWatchOptions, IsKept } from './listeners.ts'
import type { DomRealm, RealWindow } from './window.ts'

type Request = (callback: (time: number) => void) => number
type Cancel = (frame: number) => void
type Observe = (this: Observer, target: unknown, options?: unknown) => void
interface Observer {
  disconnect(): void
}

const OBSERVERS = ['MutationObserver', 'ResizeObserver', 'IntersectionObserver']

export class FramesAndObservers {
  readonly #realm: DomRealm
  readonly #window: RealWindow
  readonly #isKept: IsKept
  readonly #patches: Patches
  /** Frame -> who asked for it, until it is drawn. */
  readonly #frames = new Map<number, Trace>()
  /** Observer of the document or of an element that outlives the file -> its class, and who made it observe. */
  readonly #observers = new Map<Observer, { readonly name: string; readonly trace: Trace }>()
  #cancel: Cancel = () => {}

  constructor(realm: DomRealm, window: RealWindow, { isKept, patches }: DomWatchOptions) {
    this.#realm = realm
    this.#window = window
    this.#isKept = isKept
    this.#patches = patches
  }

  install(): void {
    const { requestAnimationFrame, cancelAnimationFrame } = this.#realm
    if (requestAnimationFrame && cancelAnimationFrame) this.#watchFrames(cancelAnimationFrame as Cancel)
    for (const name of OBSERVERS) {
      const observer = this.#window[name] as { prototype?: { observe?: Observe } } | undefined
      const owner = observer?.prototype
      if (owner?.observe) this.#watchObservers(name, owner as { observe: Observe })
    }
  }

  #watchFrames(cancel: Cancel): void {
    const frames = this.#frames
    this.#cancel = cancel
    const owner = this.#realm as unknown as { requestAnimationFrame: Request; cancelAnimationFrame: Cancel }
    this.#patches.patch(owner, 'requestAnimationFrame', (request) => {
      return function watched(callback) {
        // Another argument than a function is the DOM's to refuse.
        if (typeof callback !== 'function') return request(callback)
        const frame = request((time) => {
          frames.delete(frame)
          callback(time)
        })
        frames.set(frame, traceAbove(watched))
        return frame
      }
    })
    this.#patches.patch(owner, 'cancelAnimationFrame', (cancel) => (frame) => {
      frames.delete(frame)
      cancel(frame)
    })
  }

  #watchObservers(name: string, owner: { observe: Observe }): void {
    const observers = this.#observers
    const { document } = this.#realm
    const lasting = new Set<unknown>([document, document.documentElement, document.head, document.body])
    this.#patches.patch(owner, 'observe', (observe) => {
      return function watched(target, options) {
        if (lasting.has(target)) observers.set(this, { name, trace: traceAbove(watched) })
        return Reflect.apply(observe, this, [target, options])
      }
    })
  }

  /** Ends them, and says what it was. */
  stop(): Outcome[] {
    const stopped: Outcome[] = []
    for (const [frame, trace] of this.#frames) {
      if (this.#isOfKept(trace)) continue
      this.#cancel(frame)
      stopped.push(restored('callback', 'requestAnimationFrame'))
    }
    for (const [observer, { name, trace }] of this.#observers) {
      if (this.#isOfKept(trace)) continue
      observer.disconnect()
      stopped.push(restored('callback', name))
    }
    this.#frames.clear()
    this.#observers.clear()
    return stopped
  }

  /** What `stop` would end. */
  left(): Found[] {
    const frames = [...this.#frames.values()].map((trace) => ({ name: 'requestAnimationFrame', trace }))
    return [...frames, ...this.#observers.values()]
      .filter(({ trace }) => !this.#isOfKept(trace))
      .map(({ name }) => ({ what: name, kind: 'callback' }))
  }

  #isOfKept(trace: Trace): boolean {
    const file = fileOfTrace(trace)
    return file !== undefined && this.#isKept(file) && !waitsForTest(file)
  }
}
