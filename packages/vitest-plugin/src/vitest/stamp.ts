/**
 * What the plugin tells the worker of a module, as a comment at the end of its transformed code: flags of its
 * docblock, read before other transforms drop comments, and when the file was read. So the worker reads no file.
 */
import type { FlagDeclaration } from 'fresh-modules/internal'
import type { Verdict } from 'fresh-modules/internal/verdict'

export interface Stamp {
  /** Modification time in milliseconds and size in bytes of the file whose source this is. */
  readonly read?: readonly [mtimeMs: number, size: number]
  /** Under which conditions more than the project's own it was compiled: the imports in the code are others. */
  readonly conditions?: readonly string[]
  readonly docblock?: FlagDeclaration
  /** Why the docblock could not be read. */
  readonly problem?: string
  /** What the code shows; specifiers are ids here, as the server resolves them. */
  readonly verdict?: Verdict
}

const PREFIX = '\n//# freshModules='

export function appendStamp(code: string, stamp: Stamp): string {
  // Two characters that JSON allows end a comment.
  const json = JSON.stringify(stamp).replace(/[\u2028\u2029]/g, (mark) =>
    mark === '\u2028' ? '\\u2028' : '\\u2029',
  )
  return `${code}${PREFIX}${json}\n`
}

export function readStamp(code: string | undefined): Stamp {
  const start = code?.lastIndexOf(PREFIX) ?? -1
  if (code === undefined || start === -1) return {}
  const from = start + PREFIX.length
  const end = code.indexOf('\n', from)
  return JSON.parse(code.slice(from, end === -1 ? undefined : end)) as Stamp
}
