/** Specs as plain data: what the algorithms read, and the rules that take part in them. */
import type { ModuleId } from './module-id.ts'
import type { Flag, FlagDeclaration, Provenance, SpecRule } from './module-spec.ts'
import type { PackageInfo } from './packages.ts'

/** What holds of one flag, and who said so. */
export interface FlagState {
  readonly value: boolean
  readonly provenance: Provenance
}

/** What was merged of all sources, flag by flag. */
export type MergedFlags = Record<Flag, FlagState>

/** The spec as plain data: what the algorithms read. */
export interface ResolvedSpec {
  readonly id: ModuleId
  readonly package: PackageInfo | undefined
  readonly flags: Readonly<MergedFlags>
}

/** A rule that matches a module. */
interface MatchingRule {
  readonly rule: SpecRule
  /** The rule names exactly this module or package, by no glob and no RegExp: then it is the last word. */
  readonly exact: boolean
  /** For messages: `specs[0] "react"`. */
  readonly where: string
  /** What the rule says of flags; it may say nothing. */
  readonly declaration: FlagDeclaration
}

/** The rules of one run, ready to be asked. */
export interface CompiledRules {
  /** The rules that match, in the order in which they were written: later ones win. */
  matching(id: ModuleId, pkg: PackageInfo | undefined): readonly MatchingRule[]
}
