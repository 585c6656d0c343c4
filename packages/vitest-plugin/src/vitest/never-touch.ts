/** What is never evaluated anew, never unloaded and never reset: doing so would break the run itself. */
import type { ModuleId } from 'fresh-modules/internal'
import { OWN_FOLDER } from '../own-folder.ts'

/** The framework's own modules, which hold the state of the run, and ours, which hold who holds what. */
const NEVER_TOUCH = [
  /[\\/]node_modules[\\/](?:vitest|vite|@vitest[\\/][^\\/]+)[\\/]/,
  /[\\/]vitest[\\/]dist[\\/]/,
  /[\\/]@vitest[\\/][^\\/]+[\\/]dist[\\/]/,
  /[\\/]node_modules[\\/](?:fresh-modules|@fresh-modules[\\/][^\\/]+)[\\/]/,
  /^\/@vite\//,
  /^(?:vitest|@vitest\/[^/]+|fresh-modules|@fresh-modules\/[^/]+)(?:\/|$)/,
]

// Idle workers have no core: its `fileOf` is this.
export function isFrameworkModule(id: ModuleId): boolean {
  const query = id.search(/[?#]/)
  const file = query === -1 ? id : id.slice(0, query)
  let known = answers.get(file)
  if (known === undefined) {
    known = isOfFramework(file)
    answers.set(file, known)
  }
  return known
}

// File -> whether it is one of those. Not by id: copies that Node's loader makes have a query of their own each.
const answers = new Map<string, boolean>()

function isOfFramework(file: string): boolean {
  return file.startsWith(OWN_FOLDER) || NEVER_TOUCH.some((pattern) => pattern.test(file))
}
