/**
 * The report as it is written to `fresh-modules-report.json`. Documented in docs/report.md: whoever changes a field that
 * others may read raises the version there and here. Paths are relative to the root of the run, by forward slashes. Of
 * `process.env` there are names, and never values.
 */

/** What `version` says. */
export const REPORT_VERSION = 1
export const REPORT_NAME = 'fresh-modules-report'

export interface Report {
  readonly name: typeof REPORT_NAME
  readonly version: typeof REPORT_VERSION
  /** One for each run: a merged report has several, one for each shard or machine. */
  readonly runs: readonly RunInfo[]
  readonly files: readonly FileReport[]
  readonly modules: readonly ModuleReport[]
  /** Packages of which more than one copy was loaded. */
  readonly packages: readonly PackageReport[]
  readonly waits: readonly WaitReport[]
  /** What to write, most useful first. */
  readonly advice: readonly Advice[]
}

interface RunInfo {
  /** Tells runs apart. */
  readonly id: string
  /** The framework and its version: `Vitest 5.1.1`. */
  readonly host: string
  readonly node: string
  /** ISO times of the first file's start and the last one's end. */
  readonly startedAt: string
  readonly endedAt: string
  /** How many processes or threads ran test files, and at most how many at a time. */
  readonly workers: number
  readonly parallel: number
}

/** Whether a file had its own world, which ended with it, or shared one with other files. */
export type World = 'own' | 'shared'

export interface FileReport {
  /** Of the test file. */
  readonly path: string
  /** The index of its run in `runs`. */
  readonly run: number
  /** Names the worker within the run. */
  readonly worker: string
  readonly world: World
  /** From the start of its setup files to its end, in milliseconds. */
  readonly ms: number
  /** How many evaluations of modules there were, resets included, and how long they took by themselves. */
  readonly evaluations: number
  readonly evaluationMs: number
  /** How many resets there were between its tests. */
  readonly resets: number
  /** What it left behind apart from modules. */
  readonly leaks: readonly Leak[]
  /** Modules that it left otherwise than it found them. */
  readonly dirty: readonly DirtyModule[]
  /** Why less was reset than could have been. */
  readonly notes: readonly string[]
}

/**
 * - `put back`: files that shared the worker found it as it was.
 * - `stayed`: it could not be put back, so files after it in the worker see it.
 * - `isolated`: nobody came after it in that world. Files that share a worker would see it unless it is put back.
 */
export type Fate = 'put back' | 'stayed' | 'isolated'

export interface Leak {
  /** `process.env.TZ`, `setInterval(1000 ms)`. */
  readonly what: string
  /** `variable`, `timer`, `listener`, `property`, `document` and so on. */
  readonly kind: string
  readonly fate: Fate
  /** Why it stayed. */
  readonly why?: string
  /** The file whose code did it, where that is known. */
  readonly by?: string
}

export interface DirtyModule {
  readonly path: string
  /** Names of the exports that are not what evaluation left; empty where only a part of one has changed. */
  readonly exports: readonly string[]
  readonly fate: Fate
}

/**
 * What the code of a module shows. `state`: it holds state, or reads the world. `effects`: it changes what is not its own
 * while it is evaluated. `none`: neither. `unknown`: it was not judged, as packages are not.
 */
export type VerdictName = 'state' | 'effects' | 'none' | 'unknown'

export interface ModuleReport {
  readonly path: string
  /** Of an installed package: `react@19.3.1`. */
  readonly package?: string
  readonly evaluations: number
  /** Of all its evaluations, without what they waited for imports, in milliseconds. */
  readonly selfMs: number
  /** How many test files evaluated it. */
  readonly files: number
  readonly verdict: VerdictName
  /** The line that the verdict rests on: `12: let count = 0`. */
  readonly evidence?: string
  /** Why resets kept it, and in how many files. */
  readonly kept: readonly { readonly reason: string; readonly files: number }[]
  /** How many test files left it dirty. */
  readonly dirtyIn: number
  /** How many leaks its own code has made. */
  readonly leaks: number
}

export interface PackageReport {
  readonly name: string
  /** Whether the table of known singletons has it: then two copies are known to break. */
  readonly knownSingleton: boolean
  readonly copies: readonly PackageCopy[]
  /** The test files in which at least two of them were loaded. */
  readonly files: readonly string[]
}

interface PackageCopy {
  readonly version: string
  /** Its folder. */
  readonly dir: string
  readonly format: 'esm' | 'cjs' | 'unknown'
  readonly loader: string
  /** Who imported it first, nearest first, up to the test file. */
  readonly chain: readonly string[]
}

export interface WaitReport {
  /** The module that may live in one worker at a time. */
  readonly module: string
  /** The test file that waited. */
  readonly file: string
  readonly worker: string
  readonly ms: number
  /** The test file that held it meanwhile, where it is in this report. */
  readonly heldBy?: string
}

export interface Advice {
  readonly about: 'cost' | 'kept' | 'leak' | 'package' | 'isolation'
  /** The module, package or file. */
  readonly subject: string
  /** One sentence. */
  readonly why: string
  /** Lines to copy. */
  readonly lines: readonly string[]
  /** Where they go: `the specs option`, `the top of src/a.test.ts`. */
  readonly where: string
}
