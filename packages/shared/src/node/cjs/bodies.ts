/**
 * Compiled CommonJS files, for further copies of them. Where Node alone loads a file, its text is compiled once more for
 * the second copy and called for all that follow: reading and compiling are most of what loading a file costs.
 */
import vm from 'node:vm'
import type { Body, KnownFile } from '../known-files.ts'
import { type CommonJsModule, Loader } from '../node-internals.ts'
import type { PlainLoader } from '../plain-loader.ts'

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname']

/** The body of a file in this state; undefined where its loader has to be asked. */
export function bodyOf(loader: PlainLoader, file: string, known: KnownFile): Body | undefined {
  if (known.text === undefined || !loader.isPlain(file)) return undefined
  if (known.body) return known.body
  try {
    known.body = vm.compileFunction(known.text, PARAMETERS, {
      filename: file,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as Body
  } catch {
    // Node has its ways with what does not compile, as of ES module syntax in a file of no format.
    known.text = undefined
  }
  return known.body
}

/** Does what Node's `_compile` does when it has compiled. */
export function runBody(module: CommonJsModule, body: Body): void {
  const { exports } = module
  body.call(exports, exports, requireOf(module), module, module.filename, module.path)
  module.loaded = true
}

/** The `require` of a module, with all that Node's has. */
function requireOf(module: CommonJsModule): NodeJS.Require {
  function require(specifier: string): unknown {
    return module.require(specifier)
  }
  function resolve(request: string, options?: { paths?: string[] }): string {
    // Node has its own words for what is no string.
    if (typeof request !== 'string') return Loader.createRequire(module.filename).resolve(request, options)
    return Loader._resolveFilename(request, module, false, options)
  }
  function paths(request: string): string[] | null {
    return Loader._resolveLookupPaths(request, module)
  }
  resolve.paths = paths
  require.resolve = resolve
  require.main = process.mainModule
  require.extensions = Loader._extensions
  require.cache = Loader._cache
  return require as unknown as NodeJS.Require
}
