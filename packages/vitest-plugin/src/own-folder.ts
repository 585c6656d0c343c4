import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this package's code, with a slash at its end: `src`, or `dist`. Linked packages run from their own folders. */
export const OWN_FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** Name and version of this package. */
export function ownManifest(): { readonly name: string; readonly version: string } {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
}
