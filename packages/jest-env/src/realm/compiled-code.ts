/** What was compiled in a realm: of packages that are evaluated again, of first-party modules, of Jest's own. */
import { isInstalled } from 'fresh-modules/internal/core'
import type { KeptCode } from '../jest/runtime-internals/detect.ts'

export class CompiledCode {
  /** File -> its compiled text. As many entries as files of the project are loaded, and one for each, however often it changes. */
  readonly #compiled = new Map<string, { readonly source: string; readonly compiled: object }>()

  /** @param isCountedByEngine functions that were compiled for an earlier file would count for that one */
  forFile(testFile: string, isCountedByEngine: boolean): KeptCode {
    return {
      // Asked for each file that is evaluated: what has an entry has been found fit to be used again.
      get: (file, source) => {
        const known = this.#compiled.get(file)
        return known?.source === source ? known.compiled : undefined
      },
      set: (file, source, compiled) => {
        // An `import()` is answered by the runtime for which the code was compiled. We forward that of packages only.
        const isKept =
          isInstalled(file) || (file !== testFile && !isCountedByEngine && !source.includes('import('))
        if (isKept) this.#compiled.set(file, { source, compiled })
      },
    }
  }
}
