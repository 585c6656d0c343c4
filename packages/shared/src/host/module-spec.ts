/** The spec of a module: what may be done to its copies, who said so, and why (DESIGN: sections 4 and 5). */
import type { ModuleId } from './module-id.ts'

export const FLAGS = ['allowReload', 'allowReimport', 'allowUnload', 'allowParallelWorkers'] as const

/** The four ways in which "one copy for the life of the process" can stop being true; all true by default. */
export type Flag = (typeof FLAGS)[number]

export interface Flags {
  /** May be evaluated again into the same namespace object. */
  allowReload: boolean
  /** May have a second, independent copy while one is loaded. */
  allowReimport: boolean
  /** May be dropped from the registry, to be loaded afresh later. */
  allowUnload: boolean
  /** May be loaded in several workers at a time. */
  allowParallelWorkers: boolean
}

/** Where a flag's value comes from; later ones win (see docs/flags.md). */
export type FlagSource =
  | 'default'
  | 'loader'
  | 'known-singleton'
  | 'package.json'
  | 'config'
  | 'module'
  | 'runtime'

export interface Provenance {
  readonly source: FlagSource
  /** The file, package or rule that said it. */
  readonly where?: string
  readonly reason?: string
}

/**
 * The spec of one module: read it to see what is allowed, write a flag to change it until the test file ends
 * (set within a test: until that test ends).
 */
export interface ModuleSpec extends Flags {
  readonly id: ModuleId
  /** Name of the package that the module belongs to. */
  readonly package: string | undefined
  /** For each flag, who set it and why. */
  readonly provenance: Readonly<Record<Flag, Provenance>>
}

/** What one source says of a module: the flags it names, and why. */
export interface FlagDeclaration {
  readonly flags: Partial<Flags>
  readonly reason?: string
  /** File, package or rule, for messages. */
  readonly where?: string
}

/** What to do when the guard meets a second copy. */
export type OnDuplicate = 'throw' | 'warn' | 'off'

/** A rule in the adapter's `specs` option. */
export interface SpecRule extends Partial<Flags> {
  /** A package name, a path from the project's root, a glob, or a RegExp tested against the module's path. */
  match: string | RegExp | readonly (string | RegExp)[]
  reason?: string
  /** For this rule's modules, in place of the adapter's `onDuplicate`. */
  onDuplicate?: OnDuplicate
  /**
   * Whether automatic resets evaluate these modules again: `true` even where the evidence says that it would do harm,
   * `false` never.
   */
  reset?: boolean
  /** Which other copies count: those of the same file, of any place on disk, or of any version as well. */
  across?: 'file' | 'places' | 'versions'
}
