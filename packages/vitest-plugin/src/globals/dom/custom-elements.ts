/** Custom elements stay defined for good: a registry has no way to remove one. */
import { fileOfTrace, type Trace, traceAbove } from '../callers.ts'
import type { IsKept } from './listeners.ts'
import { ownerOf, type RealWindow } from './window.ts'

type Define = (this: object, name: string, ...args: unknown[]) => void

export class CustomElements {
  readonly #window: RealWindow
  readonly #isKept: IsKept
  /** Name -> who defined it, since the last report. */
  readonly #defined = new Map<string, Trace>()

  constructor(window: RealWindow, isKept: IsKept) {
    this.#window = window
    this.#isKept = isKept
  }

  install(): void {
    const registry = this.#window['customElements'] as object | undefined
    const owner = registry && ownerOf<{ define: Define }>(registry, 'define')
    if (!owner) return
    const { define } = owner
    const defined = this.#defined
    owner.define = function watched(name, ...args) {
      const result = Reflect.apply(define, this, [name, ...args])
      defined.set(String(name), traceAbove(watched))
      return result
    }
  }

  /** What the file has defined: its modules are evaluated anew in the next one, and fail where they define it again. */
  report(): { what: string; why: string }[] {
    const entries = [...this.#defined].flatMap(([name, trace]) => {
      const file = fileOfTrace(trace)
      if (file !== undefined && this.#isKept(file)) return []
      const by = file === undefined ? '' : ` It was defined by ${file}.`
      return { what: `custom element "${name}"`, why: `a registry cannot forget a definition.${by}` }
    })
    this.#defined.clear()
    return entries
  }
}
