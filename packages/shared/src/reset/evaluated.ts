/** What resets note of each evaluation in the shared world. */
import { exportedBy, isAsEvaluated, takeExportsBaseline } from '../host/exports-baseline.ts'
import type { Installed } from '../host/host-slot.ts'
import type { Copy } from '../host/module-host.ts'

/**
 * A registered copy has been evaluated: of a module that another evaluation may find as it is, it is noted what evaluation
 * left, so that a later reset can tell what a test has changed. Hosts call it before anybody else can touch the exports.
 *
 * @param held reads what the names hold in which all the state of the module is; left out where that is not known
 * @returns whether anything was noted: a reset evaluates all others again
 */
export function noteBaseline(
  { host, state }: Installed,
  { id, exports }: Pick<Copy, 'id' | 'exports'>,
  held?: () => readonly unknown[],
): boolean {
  if ((typeof exports !== 'object' || exports === null) && typeof exports !== 'function') return false
  const shown = host.resets?.evidence?.(id)
  if (!shown || (shown.state && !held) || shown.effects.length > 0) return false
  let foreign: ReadonlySet<unknown> | undefined
  const isForeign = (value: object) => {
    foreign ??= exportedBy(Array.from(host.record(id)?.imports ?? [], (one) => host.record(one)?.exports))
    return foreign.has(value)
  }
  state.baselines.set(exports, {
    exports: takeExportsBaseline(exports, isForeign),
    held: shown.state && held ? { read: held, baseline: takeExportsBaseline(held(), isForeign) } : undefined,
  })
  return true
}

/** Whether a copy is as its evaluation has left it, as far as that can be told; undefined where nothing was noted. */
export function isAsEvaluatedFirst({ state }: Installed, exports: unknown): boolean | undefined {
  if ((typeof exports !== 'object' || exports === null) && typeof exports !== 'function') return undefined
  const noted = state.baselines.get(exports)
  if (!noted) return undefined
  const { held } = noted
  return isAsEvaluated(exports, noted.exports) && (!held || isAsEvaluated(held.read(), held.baseline))
}
