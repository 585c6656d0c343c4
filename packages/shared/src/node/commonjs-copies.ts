/**
 * The CommonJS copies of one scope. They are ordinary modules that stand in no registry: whoever evaluates files,
 * `require.extensions` and what others patched there, evaluates them as well. Their `require` is the scope's.
 */
import fs from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { fileOf, isBuiltinId, type ModuleId, moduleId } from '../module-id.ts'
import { formatOf } from './format.ts'
import type { NodeScope } from './node-scope.ts'
import { type CommonJsModule, Loader, newModule } from './runtime-internals.ts'
import { marked } from './urls.ts'

const { readFileSync } = fs

/** `import()` in a copy tells where it stands by the name of its script only. */
const IMPORTS_DYNAMICALLY = /\bimport\s*[(/]/

export class CommonJsCopies {
  readonly #scope: NodeScope
  /** Id -> its copy, from when its body starts. A copy that failed is not kept. */
  readonly #copies = new Map<ModuleId, CommonJsModule>()
  /** Id -> the text that was compiled. */
  readonly #texts = new Map<ModuleId, string>()

  constructor(scope: NodeScope) {
    this.#scope = scope
  }

  get(id: ModuleId): CommonJsModule | undefined {
    return this.#copies.get(id)
  }

  textOf(id: ModuleId): string {
    return formatOf(id) === 'json' ? '' : (this.#texts.get(id) ?? readFileSync(fileOf(id), 'utf8'))
  }

  evaluate(id: ModuleId, parent: CommonJsModule | undefined): CommonJsModule {
    const known = this.#copies.get(id)
    if (known) return known
    const copy = this.#create(id, parent)
    this.#copies.set(id, copy)
    try {
      copy.load(fileOf(id))
    } catch (error) {
      this.#copies.delete(id)
      forgetChild(parent, copy)
      throw error
    }
    this.#scope.host.remember({ id, exports: copy.exports, handle: copy })
    this.#scope.rules.onEvaluated({ id, exports: copy.exports, handle: copy })
    return copy
  }

  #create(id: ModuleId, parent: CommonJsModule | undefined): CommonJsModule {
    const { world } = this.#scope.host
    const copy = newModule(fileOf(id), parent)
    // Only a copy of this scope may list it: a registered parent would keep it alive.
    if (parent && world.scopesOfModules.get(parent) !== this.#scope) forgetChild(parent, copy)
    world.scopesOfModules.set(copy, this.#scope)
    define(copy, 'require', (specifier: string) => this.#require(copy, specifier))
    define(copy, '_compile', (content: string, filename: string, format?: string) => {
      this.#texts.set(id, content)
      return this.#compile(copy, content, filename, format)
    })
    return copy
  }

  #compile(copy: CommonJsModule, content: string, filename: string, format: string | undefined): unknown {
    const { compile, world } = { compile: Loader.prototype._compile, world: this.#scope.host.world }
    if (!world.hasHooks || !IMPORTS_DYNAMICALLY.test(content))
      return compile.call(copy, content, filename, format)
    this.#scope.keep()
    const name = marked(pathToFileURL(filename).href, this.#scope.mark)
    if (!/\b__(?:file|dir)name\b/.test(content)) return compile.call(copy, content, name, format)
    return compile.call(copy, withPaths(content), name, format)
  }

  #require(copy: CommonJsModule, specifier: string): unknown {
    const natural = () => Loader.prototype.require.call(copy, specifier)
    if (typeof specifier !== 'string' || specifier === '') return natural()
    const scope = this.#scope
    const importer = copy.filename
    scope.assertNotBlocked('require', { specifier }, importer)
    let file: string
    try {
      file = this.#resolverOf(copy)(specifier)
    } catch (error) {
      // A blocked one by what it resolves to; or hooks of others find it, which `require.resolve` does not ask.
      if (scope.rules.blockedName({ specifier }) !== undefined) throw error
      return natural()
    }
    const id = moduleId(file)
    scope.assertNotBlocked('require', { id }, importer)
    if (id === 'node:module') return this.#scopedModuleBuiltin(natural() as object)
    if (isBuiltinId(id) || scope.rules.decide(id) !== 'fresh') return natural()
    return scope.require(id, copy)
  }

  /** Copy -> a `require.resolve` of its file, which asks hooks where the host does. */
  readonly #resolvers = new WeakMap<CommonJsModule, (specifier: string) => string>()

  #resolverOf(copy: CommonJsModule): (specifier: string) => string {
    let resolve = this.#resolvers.get(copy)
    if (!resolve) {
      resolve = Loader.createRequire(copy.filename).resolve
      this.#resolvers.set(copy, resolve)
    }
    return resolve
  }

  /** A `require` for a file of this scope, as `createRequire` makes them. */
  createRequire(file: string): NodeJS.Require {
    const copy = newModule(file)
    this.#scope.host.world.scopesOfModules.set(copy, this.#scope)
    const plain = Loader.createRequire(file)
    const require = (specifier: string) => this.#require(copy, specifier)
    const resolve = (specifier: string, options?: { paths?: string[] }) => {
      this.#scope.assertNotBlocked('require', { specifier }, file)
      const resolved = plain.resolve(specifier, options)
      this.#scope.assertNotBlocked('require', { id: moduleId(resolved) }, file)
      return resolved
    }
    return Object.assign(require, plain, { resolve: Object.assign(resolve, plain.resolve) }) as NodeJS.Require
  }

  /** `node:module` as a copy sees it: its `createRequire` stays in the scope. */
  #scopedModuleBuiltin(builtin: object): object {
    return new Proxy(builtin, {
      get: (target, key) =>
        key === 'createRequire'
          ? (from: string | URL) => this.createRequire(pathOf(from))
          : Reflect.get(target, key),
    })
  }
}

function pathOf(from: string | URL): string {
  const text = String(from)
  return text.startsWith('file:') ? fileURLToPath(text) : text
}

export function forgetChild(parent: CommonJsModule | undefined, child: CommonJsModule): void {
  const children = parent?.children as unknown as CommonJsModule[] | undefined
  const index = children?.indexOf(child) ?? -1
  if (index !== -1) children?.splice(index, 1)
}

function define(module: CommonJsModule, key: string, value: unknown): void {
  Object.defineProperty(module, key, { value, writable: true, configurable: true, enumerable: false })
}

/** The loader passes the script's name as `__filename`. On the first line, so that lines stay as they are. */
function withPaths(content: string): string {
  const names = 'exports,require,module,__filename,__dirname'
  const body = content.replace(/^#!/, '//')
  return `(function(${names}){${body}\n}).call(this,exports,require,module,module.filename,module.path)`
}

/** What `module.exports` is unless a module puts something else there. A proxy may do anything when looked at. */
export function isOrdinaryObject(value: unknown): value is object {
  if (value === null || typeof value !== 'object' || types.isProxy(value)) return false
  const prototype = Object.getPrototypeOf(value) as unknown
  return prototype === Object.prototype || prototype === null
}
