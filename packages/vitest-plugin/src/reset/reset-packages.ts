/** `resetPackages`: packages that are evaluated again for each test file of a shared worker. */
import { createRequire } from 'node:module'
import type { ModuleId } from 'fresh-modules/internal'
import type { ViteUserConfig } from 'vitest/config'

interface Optimized {
  readonly optimizeDeps: { readonly include?: string[]; readonly exclude?: string[] }
}

const { cache } = createRequire(import.meta.url)

/** Whether a path is one of the package's own, wherever it is installed. */
export function patternOfPackage(name: string): RegExp {
  return new RegExp(`[\\\\/]node_modules[\\\\/]${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}[\\\\/]`)
}

/**
 * The config by which these packages are the module runner's: what Node's loader has loaded, it keeps. Vitest takes the
 * list from the environments, for `server.deps.inline`, and hands it on to projects of Vitest 5 that share the server
 * of another one, which take nothing else from the `config` hooks of plugins.
 */
export function inlinePackages(names: readonly string[]): ViteUserConfig | undefined {
  if (names.length === 0) return undefined
  return { environments: { ssr: { resolve: { noExternal: names.map(patternOfPackage) } } } }
}

/**
 * What Vite's dependency optimizer bundles is the optimizer's file and no longer the package's. So these packages are
 * taken out of what it is asked to bundle. The configs of the environments are what it reads, once the server starts.
 */
export function keepOutOfOptimizer(
  names: readonly string[],
  config: Optimized & { readonly environments: Readonly<Record<string, Optimized>> },
): void {
  if (names.length === 0) return
  for (const { optimizeDeps } of [config, ...Object.values(config.environments)]) {
    const { include = [], exclude = [] } = optimizeDeps
    // An entry may name a package within another: `a > b`.
    const isNamed = (entry: string) => names.some((name) => isOf(entry.split('>').at(-1)?.trim() ?? '', name))
    Object.assign(optimizeDeps, {
      include: include.filter((entry) => !isNamed(entry)),
      exclude: [...new Set([...exclude, ...names])],
    })
  }
}

/** Whether a specifier is the package or something in it. */
function isOf(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`)
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
