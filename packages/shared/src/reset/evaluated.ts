/** What resets note of each evaluation in the shared world. */
import { isAsEvaluated, takeExportsBaseline } from '../host/exports-baseline.ts'
import type { Installed } from '../host/host-slot.ts'
import type { Copy, ModuleHost } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'

/**
 * A registered copy has been evaluated: of a module without state it is noted what evaluation left, so that a later
 * reset can tell what a test has changed. Hosts call it before anybody else can touch the exports.
 */
export function noteBaseline(
  { host, state }: Installed,
  { id, exports }: Pick<Copy, 'id' | 'exports'>,
): void {
  if ((typeof exports !== 'object' || exports === null) && typeof exports !== 'function') return
  const shown = host.resets?.evidence?.(id)
  if (!shown || shown.state || shown.effects.length > 0) return
  let foreign: Set<unknown> | undefined
  const isForeign = (value: object) => {
    foreign ??= exportedByImports(host, id)
    return foreign.has(value)
  }
  state.baselines.set(exports, takeExportsBaseline(exports, isForeign))
}

/** False for a module without state whose exports somebody has changed since it was evaluated. */
export function isAsEvaluatedFirst({ state }: Installed, exports: unknown): boolean {
  if ((typeof exports !== 'object' || exports === null) && typeof exports !== 'function') return true
  const baseline = state.baselines.get(exports)
  return baseline === undefined || isAsEvaluated(exports, baseline)
}

function exportedByImports(host: ModuleHost, id: ModuleId): Set<unknown> {
  const exported = new Set<unknown>()
  for (const imported of host.record(id)?.imports ?? []) {
    const exports = host.record(imported)?.exports
    if (typeof exports !== 'object' || exports === null) continue
    exported.add(exports)
    for (const key of Object.keys(exports)) {
      try {
        exported.add((exports as Record<string, unknown>)[key])
      } catch {
        // A binding that its module never initialised.
      }
    }
  }
  return exported
}
