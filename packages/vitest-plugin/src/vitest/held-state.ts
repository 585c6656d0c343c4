/**
 * What a module's names hold when it has been evaluated, which only the module itself can read. The server puts a line at
 * the end of its code that hands over a function; the worker takes it by the module's `import.meta`.
 */
import type { RunnerModule } from './runner-internals.ts'

export type HeldState = () => readonly unknown[]

export const HELD_STATE = 'freshModulesHeldState'
const META = '__vite_ssr_import_meta__'

/** @param holders names at the top level of an ES module */
export function appendReader(code: string, holders: readonly string[]): string {
  return `${code}\n;import.meta.${HELD_STATE}?.(() => [${holders.join(', ')}])`
}

/** Whether compiled code uses its `import.meta` otherwise than in that line. */
export function mentionsMeta(code: string): boolean {
  return code.replaceAll(`${META}.${HELD_STATE}`, '').includes(META)
}

/** Module -> what reads the state of its newest copy. */
const readers = new WeakMap<RunnerModule, HeldState>()

/** Adds to an `import.meta` what that line calls. */
export function acceptReader(meta: object, mod: RunnerModule): void {
  Object.defineProperty(meta, HELD_STATE, {
    configurable: true,
    value: (read: HeldState) => {
      readers.set(mod, read)
    },
  })
}

export function heldStateOf(mod: RunnerModule): HeldState | undefined {
  return readers.get(mod)
}
