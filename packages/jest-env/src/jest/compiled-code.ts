/** What was compiled is used again while its text is the same: by resets, and by the files of a realm that they share. */
import { isInstalled } from 'fresh-modules/internal/core'
import type { KeptCode } from './runtime-internals/detect.ts'

export class CompiledCode {
  /** File -> its compiled text. As many entries as files of the project are loaded, and one for each, however often it changes. */
  readonly #compiled = new Map<string, { readonly source: string; readonly compiled: object }>()

  /** For a file that has a realm to itself: what resets evaluate again in it, often once for each test. */
  forOwnRealm(testFile: string): KeptCode {
    return this.#keeping((file) => file !== testFile && !isInstalled(file))
  }

  /**
   * For one of the files of a realm: packages that are evaluated again, first-party modules, what is Jest's.
   *
   * @param isCountedByEngine functions that were compiled for an earlier file would count for that one
   */
  forSharedRealm(testFile: string, isCountedByEngine: boolean): KeptCode {
    // An `import()` is answered by the runtime for which the code was compiled. We forward that of packages only.
    return this.#keeping(
      (file, source) =>
        isInstalled(file) || (file !== testFile && !isCountedByEngine && !source.includes('import(')),
    )
  }

  #keeping(isKept: (file: string, source: string) => boolean): KeptCode {
    return {
      // Asked for each file that is evaluated: what has an entry has been found fit to be used again.
      get: (file, source) => {
        const known = this.#compiled.get(file)
        return known?.source === source ? known.compiled : undefined
      },
      set: (file, source, compiled) => {
        if (isKept(file, source)) this.#compiled.set(file, { source, compiled })
      },
    }
  }
}
