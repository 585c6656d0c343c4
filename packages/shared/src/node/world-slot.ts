/** Where the world of Node's hosts is: on the global, so that two copies of the core agree. */

export const WORLD_SLOT = Symbol.for('fresh-modules.node')

/** An expression that finds the world, for the text of modules that we make. */
export const WORLD_EXPRESSION = "globalThis[Symbol.for('fresh-modules.node')]"
