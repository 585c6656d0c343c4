/** What the running Node can do, by name. */
import nodeModule from 'node:module'

/** Synchronous hooks in the thread that loads: from 22.15 and 23.5 on. In vm contexts they are there and throw. */
export const hasModuleHooks = typeof nodeModule.registerHooks === 'function'

/** Where `hasModuleHooks` is false: the first version of each line that has them. */
export const VERSIONS_WITH_HOOKS = '22.15 or later'

const major = Number.parseInt(process.versions.node, 10)

/** The namespace of an imported CommonJS file has an export named `module.exports`: from 23 on. */
export const exportsModuleExports = major >= 23

/**
 * An imported CommonJS file whose source came through a load hook gets a `require` of the ESM loader's own, past
 * everything that others patched, unless the hook leaves the source to the loader. Fixed within 22, 24 and 25.
 */
export const hooksReplaceRequire = major < 26
