/** The plan of a reset, a line for each module, for `NODE_DEBUG=fresh-modules`. */
import { isTracing, trace } from '../host/trace.ts'
import type { ResetPlan } from './plan.ts'

export function tracePlan(plan: ResetPlan): void {
  if (!isTracing) return
  const { reload, drop, unchanged, kept, notes } = plan
  const counts = `${reload.length} to reload, ${drop.length} to drop, ${unchanged.length} unchanged, ${kept.length} kept`
  trace('reset', counts)
  for (const { id } of reload) trace('reload', id)
  for (const { id } of drop) trace('drop', id)
  for (const { id, reason } of kept) trace('reset', `kept ${id}: ${reason}`)
  for (const note of notes) trace('reset', note)
}
