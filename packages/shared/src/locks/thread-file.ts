import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where this code is: `src/locks`, or `dist`, where the bundler puts it into a file it names itself. */
const HERE = dirname(typeof __filename === 'string' ? __filename : fileURLToPath(import.meta.url))

/**
 * The helper thread's code, first the built one. CommonJS serves both builds: it starts faster than ES modules, and no
 * loader hooks that a user has registered get between. From source it is the TypeScript file, which Node runs itself.
 */
const PLACES = [join(HERE, 'lock-thread.cjs'), join(HERE, 'thread', 'main.ts')]

export function threadFile(): string {
  const found = PLACES.find((place) => existsSync(place))
  if (found === undefined)
    throw new Error(`${PLACES[0]} is missing: the package is incomplete, install it again`)
  return found
}
