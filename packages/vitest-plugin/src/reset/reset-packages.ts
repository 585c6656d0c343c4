/** `resetPackages`: packages that are evaluated anew for each test file of a shared worker. */
import { createRequire } from 'node:module'
import type { ModuleId } from 'fresh-modules/internal'

const { cache } = createRequire(import.meta.url)

/** Whether a path is one of the package's own, wherever it is installed. */
export function patternOfPackage(name: string): RegExp {
  return new RegExp(`[\\\\/]node_modules[\\\\/]${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}[\\\\/]`)
}

/**
 * The plugin has these packages inlined, so that a reset drops them. What an inlined CommonJS file requires comes from
 * Node's loader all the same: that has to forget it too.
 *
 * @param dropped what the reset has dropped
 */
export function forgetRequired(names: readonly string[], dropped: readonly ModuleId[]): void {
  // One that refuses was not dropped, and is not doubled this way either.
  const patterns = names.map(patternOfPackage).filter((pattern) => dropped.some((id) => pattern.test(id)))
  for (const file of Object.keys(cache)) {
    if (patterns.some((pattern) => pattern.test(file))) delete cache[file]
  }
}
