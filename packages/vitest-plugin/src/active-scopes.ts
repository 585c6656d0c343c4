/** Scopes in which something is being evaluated: what they wait for may wait for them. */
import type { VitestScope } from './vitest-scope.ts'

export class ActiveScopes {
  readonly #scopes = new Set<VitestScope>()

  /** Who waits for a scope: its caller, and the callers of the scopes in which that one is being evaluated. */
  callersOf(scope: VitestScope): string[] {
    const callers: string[] = []
    const visited = new Set<VitestScope>()
    const visit = ({ caller }: VitestScope) => {
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

  /** Runs an evaluation of a scope's member, and knows the scope as active meanwhile. */
  async whileActive<T>(scope: VitestScope, run: () => Promise<T>): Promise<T> {
    const isOutermost = !this.#scopes.has(scope)
    this.#scopes.add(scope)
    try {
      return await run()
    } finally {
      if (isOutermost) this.#scopes.delete(scope)
    }
  }
}
