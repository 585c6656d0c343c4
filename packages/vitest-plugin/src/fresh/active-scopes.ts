/** Scopes in which something is being evaluated: what they wait for may wait for them. */
import type { ModuleId } from 'fresh-modules/internal'

/** A scope as far as waiting is concerned. */
export interface ActiveScope {
  readonly caller: ModuleId | undefined
  /** Whether a copy of this scope is being evaluated. */
  isEvaluating(id: ModuleId): boolean
}

export class ActiveScopes {
  readonly #scopes = new Set<ActiveScope>()

  /** Who waits for a scope: its caller, and the callers of the scopes in which that one is being evaluated. */
  callersOf(scope: ActiveScope): string[] {
    const callers: string[] = []
    const visited = new Set<ActiveScope>()
    const visit = ({ caller }: ActiveScope) => {
      if (!caller || callers.includes(caller)) return
      callers.push(caller)
      for (const other of this.#scopes) {
        if (visited.has(other) || !other.isEvaluating(caller)) continue
        visited.add(other)
        visit(other)
      }
    }
    visit(scope)
    return callers
  }

  /** A member of a scope begins to be evaluated. Returns whether it is the first of those that are under way. */
  enter(scope: ActiveScope): boolean {
    if (this.#scopes.has(scope)) return false
    this.#scopes.add(scope)
    return true
  }

  /** The evaluation that was the first has ended. */
  leave(scope: ActiveScope): void {
    this.#scopes.delete(scope)
  }
}
