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
    // A module that is about to be loaded has no name yet.
    const requirer = (module?.filename ?? undefined) as ModuleId | undefined
    if (!module || !requirer || requirer === asking || !isInstalled(requirer)) continue
    if (module.children.some((child) => child.filename === file && child !== registered)) return true
  }
  return false
}
