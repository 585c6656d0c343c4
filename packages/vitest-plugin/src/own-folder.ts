import { fileURLToPath } from 'node:url'

/** The folder of this package's code, with a slash at its end: `src`, or `dist`. Linked packages run from their own folders. */
export const OWN_FOLDER = fileURLToPath(new URL('.', import.meta.url))
