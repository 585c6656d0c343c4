/** Modules that are never evaluated again, never unloaded and never reset: doing so would break the run itself. */
import type { ModuleId } from 'fresh-modules/internal'
import { OWN_FOLDER } from '../own-folder.ts'

/** The framework's own modules, which hold the state of the run, and our own, which track who imported what. */
const NEVER_TOUCH = [
  /[\\/]node_modules[\\/](?:vitest|vite|@vitest[\\/][^\\/]+)[\\/]/,
  /[\\/]vitest[\\/]dist[\\/]/,
  /[\\/]@vitest[\\/][^\\/]+[\\/]dist[\\/]/,
  /[\\/]node_modules[\\/](?:fresh-modules|@fresh-modules[\\/][^\\/]+)[\\/]/,
  /^\/@vite\//,
  /^(?:vitest|@vitest\/[^/]+|fresh-modules|@fresh-modules\/[^/]+)(?:\/|$)/,
]

/** Without `fileOf` of the core, which idle workers do not load. No `#` ends a file here: folders may be called `C#`. */
export function isFrameworkModule(id: ModuleId): boolean {
  const query = id.indexOf('?')
  const file = query === -1 ? id : id.slice(0, query)
  let known = answers.get(file)
  if (known === undefined) {
    known = isOfFramework(file)
    answers.set(file, known)
  }
  return known
}

// File -> whether it is one of those. Not by id: copies that Node's loader makes have their own query each.
const answers = new Map<string, boolean>()

function isOfFramework(file: string): boolean {
  return file.startsWith(OWN_FOLDER) || NEVER_TOUCH.some((pattern) => pattern.test(file))
}
