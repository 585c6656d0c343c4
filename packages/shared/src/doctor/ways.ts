/** The ways in which a suite is run. */

export interface WayOptions {
  readonly resetBetween?: 'files'
  /** The environment for Jest alone: false keeps a realm for many files. */
  readonly isolate?: false
}

export type WayName =
  | 'as-is'
  | 'shared-raw'
  | 'shared-files'
  | 'shared-defaults'
  | 'isolated-files'
  | 'isolated-defaults'

export interface Way {
  readonly name: WayName
  /** What it is, for people. */
  readonly title: string
  /** Whether each file has a worker, or a realm, of its own; if left out, what the suite's config says. */
  readonly isolate?: boolean
  /** Those of the adapter; without it, the suite runs without fresh-modules. */
  readonly options?: WayOptions
}

/** What all others are compared with. */
export const asIs: Way = { name: 'as-is', title: 'as it is' }

export const sharedRaw: Way = {
  name: 'shared-raw',
  title: 'shared workers, without fresh-modules',
  isolate: false,
}

export const sharedFiles: Way = {
  name: 'shared-files',
  title: "shared workers, resetBetween: 'files'",
  isolate: false,
  options: { resetBetween: 'files' },
}

export const sharedDefaults: Way = {
  name: 'shared-defaults',
  title: 'shared workers, defaults',
  isolate: false,
  options: {},
}

/** @internal Published suites alone are run in it. */
export const isolatedFiles: Way = {
  name: 'isolated-files',
  title: "isolated, resetBetween: 'files'",
  isolate: true,
  options: { resetBetween: 'files' },
}

export const isolatedDefaults: Way = {
  name: 'isolated-defaults',
  title: 'isolated, defaults',
  isolate: true,
  options: {},
}

export const ways: readonly Way[] = [
  asIs,
  sharedRaw,
  sharedFiles,
  sharedDefaults,
  isolatedFiles,
  isolatedDefaults,
]

/** Whether the framework, with the adapter that is installed, can run a suite in this way. */
export function isPossible({ isolate, options }: Way, framework: Framework, sharesRealms: boolean): boolean {
  if (framework === 'vitest' || isolate !== false) return true
  // Jest itself always isolates: only the environment can share.
  return sharesRealms && options !== undefined
}

export type Framework = 'vitest' | 'jest'
