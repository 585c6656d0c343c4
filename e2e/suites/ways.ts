/** The ways in which a suite is run. */
import type { Suite } from './suite.ts'

export interface Options {
  readonly resetBetween?: 'files'
  /** Jest's adapter alone: false keeps a realm for many files. */
  readonly isolate?: false
}

export interface Way {
  readonly name: string
  /** Whether each file has a worker, or a realm, of its own. */
  readonly isolate: boolean
  /** Those of the adapter; without it, the suite runs as it is. */
  readonly options?: Options
}

/** What all others are compared with. */
export const isolated: Way = { name: 'isolated', isolate: true }

const sharedRaw: Way = { name: 'shared-raw', isolate: false }
const sharedFiles: Way = { name: 'shared-files', isolate: false, options: { resetBetween: 'files' } }
const sharedDefaults: Way = { name: 'shared-defaults', isolate: false, options: {} }
const isolatedFiles: Way = { name: 'isolated-files', isolate: true, options: { resetBetween: 'files' } }
const isolatedDefaults: Way = { name: 'isolated-defaults', isolate: true, options: {} }

export const ways: readonly Way[] = [
  isolated,
  sharedRaw,
  sharedFiles,
  sharedDefaults,
  isolatedFiles,
  isolatedDefaults,
]

const usual: Readonly<Record<Suite['framework'], readonly Way[]>> = {
  vitest: [sharedRaw, sharedFiles, sharedDefaults, isolatedDefaults],
  jest: [sharedFiles, sharedDefaults, isolatedFiles, isolatedDefaults],
}

/**
 * The ways besides `isolated` in which a suite can be run: those that were asked for, else the usual ones.
 *
 * @param sharedRealms whether the adapter for Jest knows the option `isolate`: Jest itself has no such thing
 */
export function waysOf(
  { framework }: Suite,
  asked: readonly string[] | undefined,
  sharedRealms: boolean,
): readonly Way[] {
  const chosen = asked ? ways.filter(({ name }) => asked.includes(name)) : usual[framework]
  return chosen.filter((way) => {
    if (way === isolated) return false
    if (framework === 'vitest' || way.isolate) return true
    return sharedRealms && way.options !== undefined
  })
}
