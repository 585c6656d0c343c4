/**
 * What workers write down of a run, a line of JSON for each thing: the run is merged when it has ended. A worker that
 * crashes has lost nothing but the file that it was running.
 */
import fs from 'node:fs'
import path from 'node:path'
import type { World } from './schema.ts'

// Taken once: tests spy on fs.
const { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } = fs

/** Everything about one worker that does not change. First in its part. */
interface WorkerPart {
  readonly type: 'worker'
  readonly worker: string
  readonly host: string
  readonly node: string
  /** Paths are absolute in parts. */
  readonly root: string
}

/** Modules that later lines name by their number: in the order in which they come, from 0. */
interface ModulesPart {
  readonly type: 'modules'
  readonly ids: readonly string[]
}

/** What the code of modules shows: number, letter of the verdict, line and text. */
export interface VerdictsPart {
  readonly type: 'verdicts'
  readonly verdicts: readonly (readonly [module: number, verdict: 's' | 'e' | 'n', evidence?: string])[]
}

export interface LeakPart {
  readonly what: string
  readonly kind: string
}

export interface FilePart {
  readonly type: 'file'
  readonly file: string
  readonly world: World
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** Flat, for each module: number, evaluations, microseconds by itself. */
  readonly evaluated: readonly number[]
  readonly leaks: readonly LeakPart[]
  readonly dirty: readonly { readonly module: number; readonly exports: readonly string[] }[]
  readonly resets: number
  readonly kept: readonly { readonly module: number; readonly reason: string }[]
  readonly notes: readonly string[]
  readonly packages: readonly PackagePart[]
  readonly waits: readonly WaitPart[]
}

/** The copies of one package that were loaded together. */
export interface PackagePart {
  readonly name: string
  readonly copies: readonly CopyPart[]
}

export interface CopyPart {
  readonly version: string | undefined
  readonly dir: string
  readonly format: 'esm' | 'cjs' | undefined
  readonly loader: string
  readonly chain: readonly string[]
}

export interface WaitPart {
  readonly module: string
  readonly key: string
  /** Milliseconds since 1970. `gotAt` is missing where the lock was not got. */
  readonly askedAt: number
  readonly gotAt?: number | undefined
  readonly endedAt: number
}

/** What became of what a file had left behind, once the next file has begun in the same world. */
export interface RestoredPart {
  readonly type: 'restored'
  readonly file: string
  readonly outcomes: readonly (LeakPart & { readonly restored: boolean; readonly why?: string | undefined })[]
  /** Numbers of the modules that it had left dirty, and that are so no more. */
  readonly reset: readonly number[]
}

/** For the census: packages that nobody has marked, of which another copy was loaded while a file ran. */
interface CensusPart {
  readonly type: 'census'
  readonly file: string
  readonly packages: readonly PackagePart[]
}

export type Part = WorkerPart | ModulesPart | VerdictsPart | FilePart | RestoredPart | CensusPart

/** One worker's part of a run. Lines go to the disk at once: nobody knows when a worker is ended. */
export class PartWriter {
  readonly #file: string
  /** Module -> its number. */
  readonly #numbers = new Map<string, number>()
  #newIds: string[] = []
  /** Modules whose verdict is written down. */
  readonly judged = new Set<string>()

  /** @param name tells the worker from all others of the run */
  constructor(folder: string, name: string) {
    mkdirSync(folder, { recursive: true })
    this.#file = path.join(folder, `${name}.ndjson`)
  }

  number(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(id, number)
    this.#newIds.push(id)
    return number
  }

  write(...parts: readonly Part[]): void {
    const all: Part[] =
      this.#newIds.length > 0 ? [{ type: 'modules', ids: this.#newIds }, ...parts] : [...parts]
    this.#newIds = []
    appendFileSync(this.#file, all.map((part) => `${JSON.stringify(part)}\n`).join(''))
  }
}

/** The parts of each worker, in the order in which it wrote them. A line that a crash has cut off is left out. */
export function readParts(folder: string): Part[][] {
  return namesIn(folder).map((name) =>
    readFileSync(path.join(folder, name), 'utf8')
      .split('\n')
      .flatMap((line) => parsed(line) ?? []),
  )
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
  } catch {
    // No worker has written anything.
    return []
  }
}

function parsed(line: string): Part | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line) as Part
  } catch {
    return undefined
  }
}

export function removeParts(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
