/** Animation frames and mutation observers of a file, which would go on calling it. Those of kept packages are theirs. */
import { fileOfTrace, type Trace, traceAbove } from '../callers.ts'
import type { IsKept } from './listeners.ts'
import type { DomRealm, RealWindow } from './window.ts'

type Request = (callback: (time: number) => void) => number
type Observe = (this: Observer, target: unknown, options?: unknown) => void
interface Observer {
  disconnect(): void
}

export class FramesAndObservers {
  readonly #realm: DomRealm
  readonly #window: RealWindow
  readonly #isKept: IsKept
  /** Frame -> who asked for it, until it is drawn. */
  readonly #frames = new Map<number, Trace>()
  /** Observer of the document or of an element that outlives the file -> who made it observe. */
  readonly #observers = new Map<Observer, Trace>()
  #cancel: (frame: number) => void = () => {}

  constructor(realm: DomRealm, window: RealWindow, isKept: IsKept) {
    this.#realm = realm
    this.#window = window
    this.#isKept = isKept
  }

  install(): void {
    const request = this.#realm['requestAnimationFrame'] as Request | undefined
    const cancel = this.#realm['cancelAnimationFrame'] as ((frame: number) => void) | undefined
    if (request && cancel) this.#watchFrames(request, cancel)
    const observer = this.#window['MutationObserver'] as { prototype: { observe: Observe } } | undefined
    if (observer) this.#watchObservers(observer.prototype)
  }

  #watchFrames(request: Request, cancel: (frame: number) => void): void {
    const frames = this.#frames
    this.#cancel = cancel
    this.#realm['requestAnimationFrame'] = function watched(callback: (time: number) => void) {
      // Another argument than a function is the DOM's to refuse.
      if (typeof callback !== 'function') return request(callback)
      const frame = request((time) => {
        frames.delete(frame)
        callback(time)
      })
      frames.set(frame, traceAbove(watched as never))
      return frame
    }
    this.#realm['cancelAnimationFrame'] = (frame: number) => {
      frames.delete(frame)
      cancel(frame)
    }
  }

  #watchObservers(owner: { observe: Observe }): void {
    const { observe } = owner
    const observers = this.#observers
    const { document } = this.#realm
    const lasting = new Set<unknown>([document, document.documentElement, document.head, document.body])
    owner.observe = function watched(target, options) {
      if (lasting.has(target)) observers.set(this, traceAbove(watched as never))
      return Reflect.apply(observe, this, [target, options])
    }
  }

  /** Ends them, and says what it was. */
  stop(): string[] {
    const stopped: string[] = []
    for (const [frame, trace] of this.#frames) {
      if (this.#isOfKept(trace)) continue
      this.#cancel(frame)
      stopped.push('requestAnimationFrame')
    }
    for (const [observer, trace] of this.#observers) {
      if (this.#isOfKept(trace)) continue
      observer.disconnect()
      stopped.push('MutationObserver')
    }
    this.#frames.clear()
    this.#observers.clear()
    return stopped
  }

  #isOfKept(trace: Trace): boolean {
    const file = fileOfTrace(trace)
    return file !== undefined && this.#isKept(file)
  }
}
