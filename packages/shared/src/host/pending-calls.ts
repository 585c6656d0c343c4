/**
 * Which of our asynchronous calls the running code is part of. The async context is enabled only while such a call
 * is pending: an enabled one slows down every await on Node 20 and 22.
 */
import type { CoreState, PendingCall } from './core-state.ts'

export function currentCall(state: CoreState): PendingCall | undefined {
  if (state.pendingCalls === 0) return undefined
  let call = state.calls.getStore()
  // What a call leaves running, as a timer, keeps its context, but is part of it only while it is pending.
  while (call?.isOver) call = call.parent
  return call
}

/** The calls that the running code is part of, innermost first. */
export function* enclosingCalls(state: CoreState): Generator<PendingCall> {
  for (let call = currentCall(state); call; call = call.parent) if (!call.isOver) yield call
}

/** Runs a function as part of a call, and the call as pending until what it returns has settled. */
export async function runWithin<T>(
  state: CoreState,
  call: PendingCall,
  run: () => T | Promise<T>,
): Promise<T> {
  state.pendingCalls++
  try {
    return await state.calls.run(call, run)
  } finally {
    call.isOver = true
    if (--state.pendingCalls === 0) disable(state)
  }
}

/** The same for a function that must not wait. */
export function runWithinSync<T>(state: CoreState, call: PendingCall, run: () => T): T {
  state.pendingCalls++
  try {
    return state.calls.run(call, run)
  } finally {
    call.isOver = true
    if (--state.pendingCalls === 0) disable(state)
  }
}

/**
 * It saves time and no more. Cloudflare's runtime, in which its pool for Vitest runs tests, has the method and throws
 * "not implemented": there the context stays enabled.
 */
function disable({ calls }: CoreState): void {
  try {
    calls.disable()
  } catch {
    // See above.
  }
}
