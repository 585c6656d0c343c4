/** The plan of a reset, a line for each module, for `NODE_DEBUG=fresh-modules`. */
import type { ModuleId } from '../host/module-id.ts'
import { isTracing, trace } from '../host/trace.ts'

interface Plan {
  readonly reload: readonly { readonly id: ModuleId }[]
  readonly drop: readonly { readonly id: ModuleId }[]
  readonly kept: readonly { readonly id: ModuleId; readonly reason: string }[]
  readonly notes: readonly string[]
}

/** @param level What the reset is between: `tests` or `files` */
export function tracePlan(level: string, { reload, drop, kept, notes }: Plan): void {
  if (!isTracing) return
  trace('reset', `between ${level}: ${reload.length} to reload, ${drop.length} to drop, ${kept.length} kept`)
  for (const { id } of reload) trace('reload', id)
  for (const { id } of drop) trace('drop', id)
  for (const { id, reason } of kept) trace('reset', `kept ${id}: ${reason}`)
  for (const note of notes) trace('reset', note)
}
