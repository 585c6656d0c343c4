/** What lasts until a test or the test file ends, and the callbacks of `onUnload`. */
import type { CoreState } from './core-state.ts'
import type { Copy, ModuleRecord } from './module-host.ts'
import type { ModuleId } from './module-id.ts'

/**
 * Runs `undo` when the tests that run now have all ended; outside of tests when the file ends. With concurrent tests
 * nobody can tell which of them made a call, so it lasts until the last of them is over.
 */
export function ownUntilTestEnds(state: CoreState, undo: () => unknown): () => void {
  const owned = { owners: new Set(state.runningTests), undo }
  state.undos.add(owned)
  return () => state.undos.delete(owned)
}

export function testStarted(state: CoreState, test: unknown): void {
  state.runningTests.add(test)
}

/**
 * Undoes what only this test had made, newest first. Errors of callbacks are thrown together when all have run. Most
 * tests have made nothing: then there is nothing to wait for.
 */
export function testEnded(state: CoreState, test: unknown): void | Promise<void> {
  state.runningTests.delete(test)
  if (state.undos.size === 0) return
  const over = [...state.undos].filter(({ owners }) => owners.delete(test) && owners.size === 0)
  return runUndos(state, over)
}

/** Undoes everything that is left: the test file has ended. */
export async function fileEnded(state: CoreState): Promise<void> {
  state.runningTests.clear()
  await runUndos(state, [...state.undos])
  state.warned.clear()
}

async function runUndos(state: CoreState, over: { undo: () => unknown }[]): Promise<void> {
  const errors: unknown[] = []
  for (const owned of over.reverse()) {
    state.undos.delete(owned as never)
    try {
      await owned.undo()
    } catch (error) {
      // One that disposes of a copy throws what its callbacks did.
      errors.push(...(error instanceof AggregateError ? error.errors : [error]))
    }
  }
  throwTogether(errors)
}

/** Remembers an `onUnload` callback of one copy. */
export function addDisposer(state: CoreState, handle: object, dispose: () => unknown): void {
  const disposers = state.disposers.get(handle)
  if (disposers) disposers.push(dispose)
  else state.disposers.set(handle, [dispose])
}

/**
 * Runs the `onUnload` callbacks of these copies: in the given order of copies, each copy's own in reverse. Each runs
 * once, and one that throws stops nothing. Returns how many ran, and what they threw.
 */
export async function dispose(
  state: CoreState,
  copies: Iterable<{ handle: object | undefined }>,
): Promise<{ ran: number; errors: unknown[] }> {
  const errors: unknown[] = []
  let ran = 0
  for (const { handle } of copies) {
    const disposers = handle && state.disposers.get(handle)
    if (!disposers) continue
    state.disposers.delete(handle)
    for (const callback of disposers.reverse()) {
      ran++
      try {
        await callback()
      } catch (error) {
        errors.push(error)
      }
    }
  }
  return { ran, errors }
}

/** Whether any of the copies has an `onUnload` callback. */
export function hasDisposers(state: CoreState, copies: Iterable<{ handle: object | undefined }>): boolean {
  for (const { handle } of copies) if (handle && state.disposers.has(handle)) return true
  return false
}

export function throwTogether(errors: readonly unknown[], message = 'onUnload callbacks failed'): void {
  if (errors.length > 0) throw new AggregateError(errors, `${message}: ${errors.map(String).join('; ')}`)
}

/** Importers before what they import; members of a cycle in the order given. */
export function importersFirst(records: readonly ModuleRecord[]): ModuleRecord[] {
  const byId = new Map(records.map((record) => [record.id, record]))
  const ordered: ModuleRecord[] = []
  const visited = new Set<ModuleId>()
  const visit = (record: ModuleRecord) => {
    if (visited.has(record.id)) return
    visited.add(record.id)
    for (const imported of record.imports) {
      const next = byId.get(imported)
      if (next) visit(next)
    }
    ordered.push(record)
  }
  for (const record of records) visit(record)
  return ordered.reverse()
}

/** Remembers where an exports object comes from that is not, or no longer, registered. */
export function noteFormerCopy(state: CoreState, { id, exports, handle }: Copy, fresh: boolean): void {
  if (exports !== null && (typeof exports === 'object' || typeof exports === 'function')) {
    state.formerCopies.set(exports, { id, handle, fresh })
  }
}

/** Runs the `onImport` hooks of a module after one of its evaluations. */
export function runImportHooks(
  state: CoreState,
  copy: Copy,
  info: { reloaded: boolean; fresh: boolean },
): void {
  if (state.importHooks.size === 0) return
  for (const hook of [...(state.importHooks.get(copy.id) ?? [])]) hook(copy.exports, info)
}
