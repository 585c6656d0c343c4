/** What is never evaluated anew, never unloaded and never reset: doing so would break the run itself. */
import { fileURLToPath } from 'node:url'
import type { ModuleId } from 'fresh-modules/internal'

/** The framework's own modules, which hold the state of the run, and ours, which hold who holds what. */
const NEVER_TOUCH = [
  /[\\/]node_modules[\\/](?:vitest|vite|@vitest[\\/][^\\/]+)[\\/]/,
  /[\\/]vitest[\\/]dist[\\/]/,
  /[\\/]@vitest[\\/][^\\/]+[\\/]dist[\\/]/,
  /[\\/]node_modules[\\/](?:fresh-modules|@fresh-modules[\\/][^\\/]+)[\\/]/,
  /^\/@vite\//,
  /^(?:vitest|@vitest\/[^/]+|fresh-modules|@fresh-modules\/[^/]+)(?:\/|$)/,
]

// Linked packages run from their own folders.
const OWN_FOLDER = fileURLToPath(new URL('.', import.meta.url))

// Idle workers have no core: its `fileOf` is this.
export function isFrameworkModule(id: ModuleId): boolean {
  const file = id.replace(/[?#].*$/, '')
  return file.startsWith(OWN_FOLDER) || NEVER_TOUCH.some((pattern) => pattern.test(file))
}
