/**
 * A scope: the world that fresh copies live in. It says which modules are fresh in it and which are hidden; the host
 * keeps the copies. Nothing outside refers to it, so there is nothing to put back.
 */

import { refuses, resolveSpec, warnOnce } from '../flags/specs.ts'
import { NotFreshError, RefusedError } from '../host/errors.ts'
import type { Installed } from '../host/host-slot.ts'
import { noteFormerCopy, runImportHooks } from '../host/lifecycle.ts'
import { isLoaded } from '../host/loaded.ts'
import { childrenOf, importersChain, isUntouchable, type Membership } from '../host/module-graph.ts'
import type { BlockRequest, Copy, HostScope, ResolveKind, ScopeRules } from '../host/module-host.ts'
import { fileOf, isFirstParty, type ModuleId } from '../host/module-id.ts'
import type { CheckedFresh } from '../host/options.ts'
import type { ResolvedSpec } from '../host/resolved-spec.ts'
import { type MaybePromise, runMaybe, type Steps, wait } from '../host/steps.ts'
import { isTracing, trace } from '../host/trace.ts'
import { BlockedNames } from './blocked.ts'
import { loadsEnv } from './env-loaders.ts'
import { type Env, noteEnvLoaded } from './surroundings.ts'

export type Admission = 'fresh' | 'plain'

export class Scope implements ScopeRules {
  readonly caller: ModuleId | undefined
  readonly host: HostScope
  readonly #installed: Installed
  readonly #children: Membership[] = []
  readonly #blocked: BlockedNames
  readonly #freshImports: boolean
  readonly #env: Env | undefined
  /** Whether evaluation is unlike that of a plain import. */
  readonly #isSpecial: boolean
  readonly conditions: readonly string[]
  /** Decisions made so far: one module reached twice is one copy, and late imports get the same answer. */
  readonly #decided = new Map<ModuleId, 'fresh' | 'shared'>()

  private constructor(
    installed: Installed,
    caller: string,
    checked: CheckedFresh,
    blocked: BlockedNames,
    kind: ResolveKind,
  ) {
    this.#installed = installed
    this.caller = caller as ModuleId
    this.#blocked = blocked
    this.#freshImports = checked.freshImports
    this.#env = checked.env
    this.conditions = checked.conditions
    this.#isSpecial =
      blocked.size > 0 || Boolean(checked.env ?? checked.globals) || checked.conditions.length > 0
    this.host = installed.host.openScope(this, kind)
  }

  static *open(
    installed: Installed,
    importer: string,
    checked: CheckedFresh,
    kind: ResolveKind,
  ): Steps<Scope> {
    const blocked = yield* BlockedNames.resolve(installed, checked.blocked, importer, kind)
    return new Scope(installed, importer, checked, blocked, kind)
  }

  /**
   * Makes a module that was asked for by name, with its children, a member of the scope. `plain`: it refuses
   * reimport and is not loaded yet, so that it is imported as usual. Throws before anything is evaluated.
   */
  *admit(specifier: string, id: ModuleId): Steps<Admission> {
    const { host } = this.#installed
    if (host.refresh) yield* wait(host.refresh(id))
    const facts = yield* wait(host.facts(id))
    const spec = resolveSpec(this.#installed, id, facts)
    if (refuses(spec, 'allowReimport')) {
      const hasNoFirst = facts.kind === 'builtin' || facts.kind === 'addon'
      if (hasNoFirst || isLoaded(this.#installed, id)) throw this.#refused(spec)
      if (this.#isSpecial) {
        throw this.#refused(
          spec,
          'Its first import cannot be special, since it is the only one there will be.',
        )
      }
      return 'plain'
    }
    if (host.isProtected(id)) {
      throw new NotFreshError(
        specifier,
        `it is part of ${host.label} or of fresh-modules`,
        'Import it as usual.',
      )
    }
    if (facts.notFresh) throw new NotFreshError(specifier, facts.notFresh.why, facts.notFresh.remedy)
    this.#settle(id, 'fresh')
    this.#children.push(childrenOf(host, specifier, id))
    return 'fresh'
  }

  #refused(spec: ResolvedSpec, detail?: string): RefusedError {
    const importedBy = importersChain(this.#installed, spec.id)
    const { provenance } = spec.flags.allowReimport
    return new RefusedError(
      'allowReimport',
      [{ id: spec.id, flag: 'allowReimport', provenance, importedBy }],
      detail === undefined ? {} : { detail },
    )
  }

  decide(id: ModuleId): MaybePromise<'fresh' | 'shared'> {
    const decided = this.#decided.get(id)
    if (decided) return decided
    if (!this.#isReached(id)) return this.#settle(id, 'shared')
    return runMaybe(this.#decideReached(id))
  }

  /** Whether a module that nobody named belongs to the fresh set, as a child or by `'imports'`. */
  #isReached(id: ModuleId): boolean {
    if (isUntouchable(this.#installed.host, id)) return false
    if (this.#children.some((isChild) => isChild(id)) || (this.#freshImports && isFirstParty(id))) return true
    // What it sets must not depend on who has imported it first.
    return this.#env !== undefined && loadsEnv(id)
  }

  /** Modules that are only reached are shared where they refuse, or where the host could not make them fresh. */
  *#decideReached(id: ModuleId): Steps<'fresh' | 'shared'> {
    const facts = yield* wait(this.#installed.host.facts(id))
    const spec = resolveSpec(this.#installed, id, facts)
    const shared = facts.kind === 'builtin' || facts.notFresh !== undefined || refuses(spec, 'allowReimport')
    return this.#settle(id, shared ? 'shared' : 'fresh')
  }

  #settle(id: ModuleId, decision: 'fresh' | 'shared'): 'fresh' | 'shared' {
    this.#decided.set(id, decision)
    if (isTracing) trace('scope', `${id} is ${decision}, for ${this.caller}`)
    return decision
  }

  blockedName(request: BlockRequest): string | undefined {
    if (this.#blocked.size === 0) return undefined
    const name = this.#blocked.match(request)
    if (isTracing && name !== undefined) trace('scope', `${name} is not found, for ${this.caller}`)
    return name
  }

  onEvaluated(copy: Copy): void {
    const { state } = this.#installed
    if (this.#env && loadsEnv(copy.id)) noteEnvLoaded(this.#env)
    if (copy.handle) state.freshHandles.add(copy.handle)
    noteFormerCopy(state, copy, true)
    runImportHooks(state, copy, { reloaded: false, fresh: true })
  }

  /** Names what is blocked and is probably misspelt. */
  warnOfMissingBlocks(call: string): void {
    if (this.#blocked.size === 0) return
    for (const problem of this.#blocked.problems()) warnOnce(this.#installed.state, `${call}: ${problem}`)
  }

  /** Names the blocked modules that only shared imports of the target reach: hiding them did nothing. */
  warnOfUselessBlocks(target: ModuleId): void {
    if (this.#blocked.size === 0) return
    const useless = this.#blocked.notAskedBut(this.#reachedByShared(target))
    if (useless.length === 0) return
    warnOnce(
      this.#installed.state,
      `importFresh("${fileOf(target)}"): nothing in its scope imports ${useless.map((name) => `"${name}"`).join(', ')}, ` +
        'but a shared module that it imports does, and keeps what it has. ' +
        "List that module in fresh, or use fresh: 'imports'.",
    )
  }

  /** What the registered modules reach that the scope's copies share. */
  *#reachedByShared(target: ModuleId): Generator<ModuleId> {
    const { host } = this.#installed
    const visited = new Set<ModuleId>([target])
    const queue = [...this.#decided].filter(([, decision]) => decision === 'shared').map(([id]) => id)
    for (const id of queue) {
      if (visited.has(id)) continue
      visited.add(id)
      for (const imported of host.record(id)?.imports ?? []) {
        yield imported
        queue.push(imported)
      }
    }
  }
}
