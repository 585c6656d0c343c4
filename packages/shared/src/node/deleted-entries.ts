/** Entries that somebody has deleted from `require.cache`. */
import { isInstalled } from '../guard/package-copies.ts'
import type { ModuleId } from '../host/module-id.ts'
import { Loader } from './node-internals.ts'

/**
 * Whether a package that Node keeps has required a copy of the file: it holds that one. Who asks for it now aside: that
 * gets the new one.
 */
export function isRequiredByPackage(file: string, asking: string | undefined): boolean {
  const registered = Loader._cache[file]
  for (const module of Object.values(Loader._cache)) {
    if (!module || module.filename === asking || !isInstalled(module.filename as ModuleId)) continue
    if (module.children.some((child) => child.filename === file && child !== registered)) return true
  }
  return false
}
