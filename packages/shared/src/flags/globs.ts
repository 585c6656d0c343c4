/** The library of globs, loaded when the first rule is there: each worker loads us, and most projects have no rules. */
import { createRequire } from 'node:module'
import type picomatch from 'picomatch'
import { OWN_FILE } from '../own-file.ts'

let loaded: typeof picomatch | undefined

export function globs(): typeof picomatch {
  loaded ??= createRequire(OWN_FILE)('picomatch') as typeof picomatch
  return loaded
}
