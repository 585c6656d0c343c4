/**
 * The parts of Node's CommonJS loader that no documentation promises. All of them have been there since Node 0.x and
 * are what every tool that transpiles or mocks relies on; those that are not say so. Checked with 20.20, 22.15,
 * 22.23, 24.21 and 26.10.
 */
import nodeModule from 'node:module'
import path from 'node:path'
import { types } from 'node:util'
import { UnsupportedHostError } from '../host/errors.ts'
import { OWN_FILE } from '../own-file.ts'

/** A CommonJS module, with what Node's types leave out. */
export interface CommonJsModule extends Omit<NodeJS.Module, 'paths' | 'require'> {
  paths: string[]
  require(specifier: string): unknown
  load(filename: string): void
  _compile(content: string, filename: string, format?: string): unknown
}

type Load = (
  this: unknown,
  request: string,
  parent: CommonJsModule | undefined,
  isMain?: boolean,
  ...rest: unknown[]
) => unknown
type ResolveFilename = (
  this: unknown,
  request: string,
  parent: CommonJsModule | undefined,
  isMain?: boolean,
  ...rest: unknown[]
) => string

export interface CommonJsLoader {
  new (id: string, parent?: CommonJsModule): CommonJsModule
  prototype: CommonJsModule
  _cache: Record<string, CommonJsModule | undefined>
  /** Request and folders -> the file that was found for them. */
  _pathCache?: Record<string, string>
  _extensions: Record<string, ((module: CommonJsModule, file: string) => void) | undefined>
  _load: Load
  _resolveFilename: ResolveFilename
  _nodeModulePaths(from: string): string[]
  _resolveLookupPaths(request: string, parent: CommonJsModule | undefined): string[] | null
  /** What stands around the text of a module; who changes it changes how Node compiles. */
  wrapper: readonly string[]
  createRequire(from: string | URL): NodeJS.Require
}

export const Loader = nodeModule as unknown as CommonJsLoader

/** Not asked when this file is loaded: it is in other hosts' realms too, as in Vitest's vm pools, which have no such loader. */
export function assertKnownLoader(): void {
  const { prototype } = Loader
  const parts = [
    Loader._load,
    Loader._resolveFilename,
    Loader._nodeModulePaths,
    Loader._resolveLookupPaths,
    prototype.load,
    prototype._compile,
  ]
  if (parts.every((part) => typeof part === 'function') && Loader._cache && Loader._extensions) return
  const { bun } = process.versions
  // It calls itself a version of Node as well.
  if (bun !== undefined) throw inBun(bun)
  throw new UnsupportedHostError(
    `Node ${process.version}`,
    'its CommonJS loader has not the known parts',
    'Use a version of Node that fresh-modules lists as supported.',
  )
}

function inBun(version: string): UnsupportedHostError {
  return new UnsupportedHostError(
    `Bun ${version}`,
    'its module loader is not that of Node, and has none of the parts by which modules are made fresh',
    'Run these tests on Node: by Vitest (without bun --bun), Jest or node --test.',
  )
}

/** A module that is in no registry. `parent` is what `module.parent` shows. */
export function newModule(file: string, parent?: CommonJsModule): CommonJsModule {
  const module = new Loader(file, parent)
  module.filename = file
  module.paths = Loader._nodeModulePaths(path.dirname(file))
  return module
}

/** File -> a `require` for it. One entry per file that asks us for something. */
const requires = new Map<string, NodeJS.Require>()

/** The `require` of a file whose module is not at hand. */
export function requireFrom(file: string): NodeJS.Require {
  let require = requires.get(file)
  if (!require) {
    require = Loader.createRequire(file)
    requires.set(file, require)
  }
  return require
}

/** Compiles and runs CommonJS text. `import()` in it is relative to `name`, a path or a URL. */
export function runText<T>(text: string, name: string): T {
  const module = newModule(name)
  Loader.prototype._compile.call(module, text, name, 'commonjs')
  return module.exports as T
}

/** How many little ES modules we have compiled. They stand in our own folder, so that they count as ours. */
let compiled = 0

/**
 * Links and evaluates the text of an ES module synchronously, by the way in which `require` does it. Returns its
 * namespace. The third parameter of `_compile` is from 20.17 and 22.
 */
export function runEsmText(text: string): Record<string, unknown> {
  const name = path.join(path.dirname(OWN_FILE), `require-${++compiled}.mjs`)
  const module = newModule(name)
  Loader.prototype._compile.call(module, text, name, 'module')
  return module.exports as Record<string, unknown>
}

/** What an import of a URL gives, at once. */
export function namespaceAt(url: string): Record<string, unknown> {
  const text = `import * as namespace from ${JSON.stringify(url)}; export { namespace }`
  return runEsmText(text)['namespace'] as Record<string, unknown>
}

/** `require` of an ES module shows compiled importers that it is one, where it has a default export. */
export function asRequired(namespace: Record<string, unknown>, url: string): unknown {
  if (Object.hasOwn(namespace, 'module.exports')) return namespace['module.exports']
  if (!Object.hasOwn(namespace, 'default') || Object.hasOwn(namespace, '__esModule')) return namespace
  const from = JSON.stringify(url)
  return runEsmText(`export * from ${from}; export { default } from ${from}; export const __esModule = true`)
}

/** What tells that a module is loaded although `require` cannot have it (now). */
const LOADED_CODES = new Set([
  'ERR_REQUIRE_ASYNC_MODULE',
  'ERR_REQUIRE_CYCLE_MODULE',
  'ERR_REQUIRE_ESM_RACE_CONDITION',
])

function isLoadedError(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  // Node 22 to 22.18 for one that is still being linked; status 5 is one that failed.
  const isLinking = code === 'ERR_INTERNAL_ASSERTION' && !String(message).includes('status 5')
  return isLinking || LOADED_CODES.has(code as string)
}

export type Probed =
  | { readonly state: 'absent' }
  | { readonly state: 'evaluated'; readonly exports: unknown }
  /** It is being evaluated, or it awaits at its top level and so has no synchronous namespace. */
  | { readonly state: 'asynchronous' }

/**
 * Whether Node's ESM loader has a module for the plain URL of a file, which it tells nobody: its `require` looks into
 * that cache before it compiles what it was given, and what we give it does not compile. So nothing is evaluated.
 */
export function probeEsmCache(file: string): Probed {
  const module = newModule(file)
  try {
    Loader.prototype._compile.call(module, '<not JavaScript>', file, 'module')
    return { state: 'evaluated', exports: module.exports }
  } catch (error) {
    return { state: isLoadedError(error) ? 'asynchronous' : 'absent' }
  }
}

/** The registered CommonJS module of a file; undefined for what others have put there that is none. */
export function cachedModule(file: string): CommonJsModule | undefined {
  return Loader._cache[file]
}

export function* cachedModules(): Generator<[file: string, module: CommonJsModule]> {
  for (const [file, module] of Object.entries(Loader._cache)) if (module) yield [file, module]
}

/** `require` of an ES module leaves an entry in the CommonJS registry, whose exports are a namespace. */
export function holdsEsm(module: CommonJsModule): boolean {
  return types.isModuleNamespaceObject(module.exports)
}

/** What the tools that compile in `require` make of a file; nothing is evaluated. */
export function textAsItRuns(file: string): string | undefined {
  let text: string | undefined
  const module = newModule(file)
  module._compile = (content) => {
    text = content
  }
  try {
    const evaluate = Loader._extensions[path.extname(file)] ?? Loader._extensions['.js']
    evaluate?.(module, file)
  } catch {
    // It has been changed since it was loaded.
  }
  return text
}
