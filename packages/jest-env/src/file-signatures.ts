/** Which state of a file the runtime has read, so that a changed one is read anew. */
import { statSync } from 'node:fs'

export class FileSignatures {
  // File -> modification time and size when we last looked. Bounded by the files of the project.
  readonly #seen = new Map<string, string>()

  /** How the file is now, compared with the last call. */
  compare(file: string): 'same' | 'changed' | 'unknown' {
    const stat = statSync(file, { throwIfNoEntry: false })
    const now = stat ? `${stat.mtimeMs}:${stat.size}` : ''
    const before = this.#seen.get(file)
    this.#seen.set(file, now)
    return before === undefined ? 'unknown' : before === now ? 'same' : 'changed'
  }

  forget(file: string): void {
    this.#seen.delete(file)
  }
}
