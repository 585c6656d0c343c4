/** What was read of files, kept for as long as nothing tells that they have changed. */
import fs from 'node:fs'
import type { FlagDeclaration } from '../host/module-spec.ts'
import type { CommonJsModule } from './node-internals.ts'

// Taken once: tests spy on fs, and fake clocks.
const { statSync } = fs
const { now } = Date

/**
 * A file that was written less than this before it was looked at may be written again within one tick of its file
 * system's clock (2 s on FAT), and would look the same. In milliseconds.
 */
const SETTLED_AFTER = 2000

/** A module's text as a function, with the parameters that Node gives it. */
export type Body = (
  exports: unknown,
  require: NodeJS.Require,
  module: CommonJsModule,
  filename: string,
  dirname: string,
) => void

/** One state of a file. What is kept here was read after the state had been looked at. */
export class KnownFile {
  readonly #mtime: number
  readonly #ctime: number
  readonly #size: number
  readonly #inode: number
  /** What its comment at the top says, once that has been read. */
  docblock: { readonly said: FlagDeclaration | undefined } | undefined
  /** The text that Node's own loader has compiled, once it has. */
  text: string | undefined
  /** The source of the ES module that it is, as the loader has loaded it; whether it can ask for more later. */
  esm: { readonly source: string; readonly asksLater: boolean } | undefined
  /** The function that this text was compiled to by us, for further copies. */
  body: Body | undefined

  constructor({ mtimeMs, ctimeMs, size, ino }: fs.Stats) {
    this.#mtime = mtimeMs
    this.#ctime = ctimeMs
    this.#size = size
    this.#inode = ino
  }

  /** A copy that keeps the time of the last write has its own ctime all the same. */
  is({ mtimeMs, ctimeMs, size, ino }: fs.Stats): boolean {
    return mtimeMs === this.#mtime && ctimeMs === this.#ctime && size === this.#size && ino === this.#inode
  }
}

/** File -> its last state. One entry per file of which a copy was asked for. */
const knownFiles = new Map<string, KnownFile>()

/** Whether it was an ES module when it was looked at last; whether it still is, `knownFile` tells. */
export function wasEsm(file: string): boolean {
  return knownFiles.get(file)?.esm !== undefined
}

// The last look: at which file, what is known of it, and how many there have been.
let lastFile: string | undefined
let lastKnown: KnownFile | undefined
let looks = 0

export function lookCount(): number {
  return looks
}

/**
 * What the last look has found, if it was at this file and later than `count` (a `lookCount()`); else undefined. It saves
 * the second of two looks at one file, as when the flags of a target have been read just before its copy is made: some 5 % of
 * the time of a CommonJS copy. To be asked at once: other code that runs in between may change the file.
 */
export function foundSince(count: number, file: string): KnownFile | undefined {
  return looks !== count && lastFile === file ? lastKnown : undefined
}

/** What is known of a file as it is now; undefined where there is no such file on disk. */
export function knownFile(file: string): KnownFile | undefined {
  lastKnown = look(file)
  lastFile = file
  looks++
  return lastKnown
}

function look(file: string): KnownFile | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const known = knownFiles.get(file)
  if (known?.is(stats)) return known
  const read = new KnownFile(stats)
  if (now() - Math.max(stats.mtimeMs, stats.ctimeMs) > SETTLED_AFTER) knownFiles.set(file, read)
  else knownFiles.delete(file)
  return read
}
