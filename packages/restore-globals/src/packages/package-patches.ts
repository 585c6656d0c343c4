/**
 * Packages that patch globals when they are called, and remember in their own module that they have. They stay evaluated
 * from file to file: putting the global back alone would leave them sure of a patch that is gone. They are asked instead.
 */
import { type Outcome, restored } from '../change.ts'

/**
 * msw's interceptors (`@mswjs/interceptors` 0.17 to 0.41) keep what is running under such symbols on the global object:
 * one for each interceptor (`fetch-interceptor`), one for a group of them (`interceptor-source`).
 */
const INTERCEPTOR = /interceptor/

interface Disposable {
  dispose(): void
}

/** Has running interceptors undo their patches: a `server.listen()` that no `server.close()` has followed. */
export function undoPackagePatches(global: object): Outcome[] {
  const undone: Outcome[] = []
  for (const symbol of Object.getOwnPropertySymbols(global)) {
    if (!INTERCEPTOR.test(symbol.description ?? '')) continue
    const running = Reflect.get(global, symbol) as Partial<Disposable> | undefined
    if (typeof running?.dispose !== 'function') continue
    running.dispose()
    undone.push(restored('package', `globalThis[${String(symbol)}]`))
  }
  return undone
}
