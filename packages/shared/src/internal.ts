/**
 * What adapters use, and nothing else, but for `installNodeHost`, which the core itself loads from here, and `registerNode`, by
 * which the contract suite gives options to plain Node. No promise of stability: adapters are released together with the core.
 */
export * from './internal-core.ts'
export { VERSIONS_WITH_HOOKS } from './node/capabilities.ts'
export { isRequiredByPackage } from './node/deleted-entries.ts'
export { guardNode } from './node/guard-node.ts'
export { installNodeHost } from './node/install-node-host.ts'
export { NodeHost } from './node/node-host.ts'
export type { NodeScope } from './node/node-scope.ts'
export { registerNode } from './node/register-node.ts'
