/** What the running Node can do, by name. */
import nodeModule from 'node:module'

/** Synchronous hooks in the thread that loads: from 22.15 and 23.5 on. In vm contexts they are there and throw. */
export const hasModuleHooks = typeof nodeModule.registerHooks === 'function'

/** Contexts of `vm` have the function, and it throws. Hooks that hook into nothing cost nothing. */
export function canRegisterHooks(): boolean {
  if (!hasModuleHooks) return false
  try {
    nodeModule.registerHooks({}).deregister()
    return true
  } catch {
    return false
  }
}

/** Where `hasModuleHooks` is false: the first version of each line that has them. */
export const VERSIONS_WITH_HOOKS = '22.15 or later'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

/** The namespace of an imported CommonJS file has an export named `module.exports`: from 23 on. */
export const exportsModuleExports = major >= 23

/**
 * Where any load hook is registered, an imported CommonJS file gets a `require` of the ESM loader's own, past what
 * others patched and past the parents' `children`. Fixed in 22.22, 24.12 and 25.2.
 */
export const hooksReplaceRequire =
  (major === 22 && minor < 22) || major === 23 || (major === 24 && minor < 12) || (major === 25 && minor < 2)
