/** What was compiled in a realm: of packages that are evaluated again, of first-party modules, of Jest's own. */
import { isInstalled } from 'fresh-modules/internal/core'
import type { KeptCode } from '../jest/runtime-internals/detect.ts'

export class CompiledCode {
  /** File -> its compiled text. As many entries as files of the project are loaded, and one for each, however often it changes. */
  readonly #compiled = new Map<string, { readonly source: string; readonly compiled: object }>()

  /** @param isCountedByEngine functions that were compiled for an earlier file would count for that one */
  forFile(testFile: string, isCountedByEngine: boolean): KeptCode {
    // An `import()` is answered by the runtime for which the code was compiled. Jest forwards that of packages only.
    const isKept = (file: string, source: string) =>
      isInstalled(file) || (file !== testFile && !isCountedByEngine && !source.includes('import('))
    return {
      get: (file, source) => {
        const known = this.#compiled.get(file)
        return known?.source === source && isKept(file, source) ? known.compiled : undefined
      },
      set: (file, source, compiled) => {
        if (isKept(file, source)) this.#compiled.set(file, { source, compiled })
      },
    }
  }
}
