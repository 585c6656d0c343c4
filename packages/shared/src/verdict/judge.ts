/** What a module's code shows of it: whether another evaluation could give something else, and what it would do. */
import type { Finding } from '../host/module-host.ts'
import type { Node } from './ast.ts'
import { effectsOf } from './effects.ts'
import { type ModuleCode, moduleCode } from './module-code.ts'
import { stateOf } from './state.ts'
import { importUses, type Uses } from './uses.ts'
import { worldRead } from './world-reads.ts'

interface EffectFound extends Finding {
  /** The specifier of the module that it goes into; left out for a global. */
  readonly into?: string
  /** What that is called in the source. */
  readonly name: string
  /** Whether doing it again changes nothing. */
  readonly isAssignment?: true
}

/**
 * The verdict on one source. It is plain data: it travels with the source. What is left out is empty.
 */
export interface Verdict {
  /** The first thing that is state, or that the body reads of the world while it runs: the clock, the environment, files. */
  readonly state?: Finding
  /**
   * Names at the top level that hold all the state there is, with all that belongs to it: whoever knows their values can
   * tell whether it is as evaluation left it. Left out where some of it lies elsewhere, and for what reads the world.
   */
  readonly holders?: readonly string[]
  /** Specifier -> exports whose value the body uses while it runs; `*` is the module itself. */
  readonly reads?: Readonly<Record<string, readonly string[]>>
  /** Those of them that the body calls, constructs, or decorates with. */
  readonly calls?: Readonly<Record<string, readonly string[]>>
  /** What the body does to things that are not the module's own. */
  readonly effects?: readonly EffectFound[]
}

/**
 * @param program the module's syntax: an ESTree `Program` with offsets, of an ES module or of CommonJS
 * @param source the text that it was parsed from
 */
export function judge(program: unknown, source: string): Verdict {
  const code = moduleCode(program as Node, source)
  const { reads, calls } = importUses(code)
  const effects = effectsOf(code).map(({ node, specifier, name }): EffectFound => {
    const isAssignment = node.type === 'AssignmentExpression' && node['operator'] === '='
    const finding = { ...findingOf(code, node), name, ...(isAssignment ? { isAssignment } : {}) } as const
    return specifier === undefined ? finding : { ...finding, into: specifier }
  })
  const own = stateOf(code)
  const world = worldRead(code)
  const state = firstOf(own?.node, world)
  const holders = world ? undefined : own?.holders
  return {
    ...(state ? { state: findingOf(code, state) } : {}),
    ...(holders ? { holders } : {}),
    ...(reads.size > 0 ? { reads: plain(reads) } : {}),
    ...(calls.size > 0 ? { calls: plain(calls) } : {}),
    ...(effects.length > 0 ? { effects } : {}),
  }
}

function firstOf(one: Node | undefined, other: Node | undefined): Node | undefined {
  if (!one || !other) return one ?? other
  return one.start <= other.start ? one : other
}

function findingOf({ lines }: ModuleCode, node: Node): Finding {
  return { line: lines.at(node.start), text: lines.text(node) }
}

function plain(uses: Uses): Record<string, string[]> {
  return Object.fromEntries(Array.from(uses, ([specifier, names]) => [specifier, [...names]]))
}
