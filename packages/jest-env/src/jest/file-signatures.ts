/** The state of a file that the runtime has read, so that a changed file is read again. */
import { readFileSync, statSync } from 'node:fs'

export class FileSignatures {
  // File -> modification time and size when we last looked. Bounded by the files of the project.
  readonly #seen = new Map<string, string>()

  /**
   * How the file is now, compared with the last call.
   *
   * @param text what the runtime has read of it, if it has: by that a first call can tell as well
   */
  compare(file: string, text?: string): 'same' | 'changed' | 'unknown' {
    const stat = statSync(file, { throwIfNoEntry: false })
    const now = stat ? `${stat.mtimeMs}:${stat.size}` : ''
    const before = this.#seen.get(file)
    this.#seen.set(file, now)
    if (before !== undefined) return before === now ? 'same' : 'changed'
    if (text === undefined) return 'unknown'
    return textOf(file) === text ? 'same' : 'changed'
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
