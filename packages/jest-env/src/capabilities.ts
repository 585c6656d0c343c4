/** What the running Node and Jest can do, each with the version and the reason. */
import vm from 'node:vm'

/** `--experimental-vm-modules` was given: without it Jest runs no native ES modules, and `import()` fails in CommonJS. */
export const supportsVmModules =
  typeof (vm as unknown as { SourceTextModule?: unknown }).SourceTextModule === 'function'
