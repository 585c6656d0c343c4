/** What the running Node and Jest can do, each with the version and the reason. */
import vm from 'node:vm'

/** `--experimental-vm-modules` was given: without it Jest runs no native ES modules, and `import()` fails in CommonJS. */
export const supportsVmModules =
  typeof (vm as unknown as { SourceTextModule?: unknown }).SourceTextModule === 'function'

/**
 * Up to Jest 30.1 all concurrent tests of a file start at once, before hooks and other tests; from 30.2 on those of a
 * describe block run together in their own place.
 */
export function startsConcurrentTestsFirst(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 30 || (major === 30 && minor < 2)
}
