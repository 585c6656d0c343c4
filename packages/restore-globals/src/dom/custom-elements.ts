/**
 * Custom elements that files define. Officially a registry has no way to remove one; modules that are evaluated again
 * define theirs again.
 */
import { fileOfTrace, type Trace, traceAbove } from '../callers.ts'
import type { Found, Outcome } from '../change.ts'
import type { Patches } from '../patches.ts'
import { type RequireOfDom, undefineElements } from './dom-internals.ts'
import type { DomWatchOptions, IsKept } from './listeners.ts'
import { ownerOf, type RealWindow } from './window.ts'

type Define = (this: object, name: string, ...args: unknown[]) => void

interface CustomElementsOptions extends DomWatchOptions {
  readonly requireOfDom?: RequireOfDom | undefined
}

export class CustomElements {
  readonly #window: RealWindow
  readonly #isKept: IsKept
  readonly #patches: Patches
  readonly #requireOfDom: RequireOfDom | undefined
  /** Name -> who defined it, since the last report. */
  readonly #defined = new Map<string, Trace>()

  constructor(window: RealWindow, { isKept, patches, requireOfDom }: CustomElementsOptions) {
    this.#window = window
    this.#isKept = isKept
    this.#patches = patches
    this.#requireOfDom = requireOfDom
  }

  install(): void {
    const registry = this.#window['customElements'] as object | undefined
    const owner = registry && ownerOf<{ define: Define }>(registry, 'define')
    if (!owner) return
    const defined = this.#defined
    this.#patches.patch(owner, 'define', (define) => {
      return function watched(name, ...args) {
        const result = Reflect.apply(define, this, [name, ...args])
        defined.set(String(name), traceAbove(watched))
        return result
      }
    })
  }

  /** Takes out what the file has defined, and says what cannot be taken out. */
  undefine(): Outcome[] {
    const files = this.#definedByFiles()
    this.#defined.clear()
    if (files.size === 0 || undefineElements(this.#window, new Set(files.keys()), this.#requireOfDom))
      return []
    return [...files].map(([name, file]) => ({
      ...found(name),
      restored: false,
      why: `a registry cannot forget a definition${file === undefined ? '' : `, which ${file} has made`}`,
    }))
  }

  /** What `undefine` would take out. */
  left(): Found[] {
    return [...this.#definedByFiles().keys()].map(found)
  }

  /** Name -> the file that has defined it, where that is known. */
  #definedByFiles(): Map<string, string | undefined> {
    const files = new Map<string, string | undefined>()
    for (const [name, trace] of this.#defined) {
      const file = fileOfTrace(trace)
      if (file === undefined || !this.#isKept(file)) files.set(name, file)
    }
    return files
  }
}

function found(name: string): Found {
  return { what: `custom element "${name}"`, kind: 'custom element' }
}
