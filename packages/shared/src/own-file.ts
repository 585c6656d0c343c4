import { fileURLToPath } from 'node:url'

/** A file at the top of this package's code: `src`, or `dist`, where the bundler puts this into a file it names itself. */
export const OWN_FILE = typeof __filename === 'string' ? __filename : fileURLToPath(import.meta.url)
