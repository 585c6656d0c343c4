/** First-party code that was compiled for a test file: resets evaluate it again, often once for each test. */
import { isInstalled } from 'fresh-modules/internal/core'
import type { KeptCode } from '../jest/runtime-internals/detect.ts'

export class CompiledOnce implements KeptCode {
  readonly #testFile: string
  /** File -> its compiled text: one for each, however often it changes. */
  readonly #compiled = new Map<string, { readonly source: string; readonly compiled: object }>()

  constructor(testFile: string) {
    this.#testFile = testFile
  }

  get(file: string, source: string): object | undefined {
    const known = this.#compiled.get(file)
    return known?.source === source ? known.compiled : undefined
  }

  set(file: string, source: string, compiled: object): void {
    if (file !== this.#testFile && !isInstalled(file)) this.#compiled.set(file, { source, compiled })
  }
}
