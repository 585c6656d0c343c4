/**
 * What a run is to be, for those of our files that the framework loads (its config, a reporter, a sequencer, an environment): JSON
 * in a temporary folder, whose path they find in the environment. So nothing is written into the project.
 */
import { readFileSync } from 'node:fs'
import type { WayOptions } from './ways.ts'

/** The environment variable with the path. */
export const RUN_FILE = 'FRESH_MODULES_DOCTOR'

export interface RunFile {
  /** The suite's own config, if it has one. */
  readonly config?: string
  /** Where the adapter lies, and its options; left out where the suite runs without it. */
  readonly adapter?: string
  readonly options?: WayOptions
  /** Whether fresh-modules stays where the suite's own config has it. */
  readonly keepsOwn?: boolean
  /** The only files that are to run, in this order. Absolute paths. */
  readonly order?: readonly string[]
  /** Where the report goes. */
  readonly report: string
  /** Where to write what the framework has made of its config. */
  readonly facts: string
  /** A temporary folder. */
  readonly folder: string
  /** The entry of the package that reads configs: Vite, or `jest-config`. */
  readonly reader: string
}

export function readRunFile(): RunFile {
  const path = process.env[RUN_FILE]
  if (path === undefined)
    throw new Error(`${RUN_FILE} is not set: this file is for \`fresh-modules doctor\`.`)
  return JSON.parse(readFileSync(path, 'utf8')) as RunFile
}

/** What a framework has made of its config. */
export interface Facts {
  readonly maxWorkers?: number
  readonly projects: readonly ProjectFacts[]
}

export interface ProjectFacts {
  readonly name: string
  /** Vitest's pool. */
  readonly pool?: string
  readonly isolate: boolean
  /** `node`, `jsdom`, or another one: its package, or its path from the root of the project. */
  readonly environment: string
  readonly isBrowser: boolean
  /** Whether the suite's own config has fresh-modules. */
  readonly hasFreshModules: boolean
}
