/**
 * The CommonJS copies of one scope. They are ordinary modules that stand in no registry: whoever evaluates files,
 * `require.extensions` and what others patched there, evaluates them as well. Their `require` is the scope's.
 */
import fs from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fileOf, isBuiltinId, type ModuleId, moduleId } from '../../host/module-id.ts'
import { isBlockedError } from '../blocked-errors.ts'
import { areConditionsAsked, isMocked, resolveRequiredUnder } from '../esm/resolve-import.ts'
import { marked } from '../esm/urls.ts'
import { formatOf } from '../format.ts'
import { foundSince, type KnownFile, knownFile, lookCount } from '../known-files.ts'
import { type CommonJsModule, Loader, requireFrom } from '../node-internals.ts'
import type { CopyOwner, FreshScope } from '../world.ts'
import { bodyOf, runBody } from './bodies.ts'
import { notFoundInstead } from './resolve-required.ts'

const { readFileSync } = fs

/** `import()` in a copy tells where it stands by the name of its script only. */
const IMPORTS_DYNAMICALLY = /\bimport\s*[(/]/

export class CommonJsCopies implements CopyOwner {
  readonly scope: FreshScope
  /** Id -> its copy, from when its body starts. A copy that failed is not kept. */
  readonly #copies = new Map<ModuleId, CommonJsModule>()
  /** Copies that Node has compiled -> their source text. (That of copies which we compile: `KnownFile.text`.) */
  #texts: WeakMap<CommonJsModule, string> | undefined
  /** What is being loaded: the copy, the file as it was just before, and whom to tell when its text arrives. */
  #loading: { copy: CommonJsModule; known: KnownFile | undefined; seen: () => void } | undefined

  constructor(scope: FreshScope) {
    this.scope = scope
  }

  get(id: ModuleId): CommonJsModule | undefined {
    return this.#copies.get(id)
  }

  textOf(id: ModuleId): string {
    if (formatOf(id) === 'json') return ''
    const copy = this.#copies.get(id)
    return (copy && this.#texts?.get(copy)) ?? knownFile(fileOf(id))?.text ?? readFileSync(fileOf(id), 'utf8')
  }

  /** @param found what is known of the file, where it has been looked at just now */
  evaluate(id: ModuleId, parent: CommonJsModule | undefined, found?: KnownFile): CommonJsModule {
    const made = this.#copies.get(id)
    if (made) return made
    const file = fileOf(id)
    const hasWaited = this.scope.host.lock?.(id)
    const copy = this.#create(file, parent)
    this.#copies.set(id, copy)
    try {
      this.#run(copy, file, hasWaited ? undefined : found)
    } catch (error) {
      this.#copies.delete(id)
      forgetChild(parent, copy)
      throw notFoundInstead(error, 'require', file, parent?.filename ?? this.scope.rules.caller ?? file)
    }
    this.scope.rules.onEvaluated({ id, exports: copy.exports, handle: copy })
    return copy
  }

  #create(file: string, parent: CommonJsModule | undefined): CommonJsModule {
    const { world } = this.scope.host
    const copy = new world.Copy(file, parent, this)
    // Only a copy of this scope may list it: a registered parent would keep it alive.
    if (parent && world.scopeOf(parent) !== this.scope) forgetChild(parent, copy)
    return copy
  }

  #run(copy: CommonJsModule, file: string, found: KnownFile | undefined): void {
    const { loader } = this.scope.host.world
    const known = loader.hasForeignHooks ? undefined : (found ?? knownFile(file))
    const body = known && bodyOf(loader, file, known)
    if (body) {
      runBody(copy, body)
      return
    }
    loader.watch(file, (seen) => {
      this.#loading = { copy, known, seen }
      copy.load(file)
    })
  }

  compile(copy: CommonJsModule, content: string, filename: string, format: string | undefined): unknown {
    const { scope } = this
    const { world } = scope.host
    const compile = Loader.prototype._compile
    if (!IMPORTS_DYNAMICALLY.test(content)) {
      this.#noteText(copy, content, filename, format)
      return compile.call(copy, content, filename, format)
    }
    this.#keepText(copy, content)
    if (!world.useHooks()) return compile.call(copy, content, filename, format)
    scope.keep()
    const name = marked(pathToFileURL(filename).href, scope.mark)
    if (!/\b__(?:file|dir)name\b/.test(content)) return compile.call(copy, content, name, format)
    return compile.call(copy, withPaths(content), name, format)
  }

  /** The text can stand for the file as long as that stays as it is: unless somebody else has a part in it. */
  #noteText(copy: CommonJsModule, content: string, filename: string, format: string | undefined): void {
    const loading = this.#loading?.copy === copy ? this.#loading : undefined
    this.#loading = undefined
    loading?.seen()
    const isPlain =
      loading?.known !== undefined &&
      filename === copy.filename &&
      (format === undefined || format === 'commonjs') &&
      /\.c?js$/.test(filename) &&
      this.scope.host.world.loader.isPlain(filename)
    if (isPlain) (loading.known as KnownFile).text = content
    else this.#keepText(copy, content)
  }

  #keepText(copy: CommonJsModule, content: string): void {
    this.#texts ??= new WeakMap()
    this.#texts.set(copy, content)
  }

  require(copy: CommonJsModule, specifier: string): unknown {
    const natural = (asked = specifier) => Loader.prototype.require.call(copy, asked)
    if (typeof specifier !== 'string' || specifier === '') return natural()
    const { scope } = this
    let file: string
    try {
      file = this.#resolve(copy, specifier)
    } catch (error) {
      // A blocked one; or hooks of others find it, which are not asked here.
      if (isBlockedError(error) || scope.rules.blockedName({ specifier }) !== undefined) throw error
      return natural()
    }
    const id = moduleId(file)
    if (id === 'node:module') return this.#scopedModuleBuiltin(natural() as object)
    const looked = lookCount()
    if (isBuiltinId(id)) return natural()
    // By its file: the loader keeps its own answers by the folder of who asks, whatever the conditions.
    if (scope.rules.decide(id) !== 'fresh' || isMocked(scope.host.world, id))
      return natural(areConditionsAsked(scope.rules.conditions, specifier) ? file : specifier)
    return scope.require(id, copy, foundSince(looked, fileOf(id)))
  }

  /** As `require.resolve` in the copy: what the scope blocks is not found. */
  #resolve(copy: CommonJsModule, specifier: string): string {
    const { scope } = this
    if (!scope.host.world.loader.hasForeignHooks) return Loader._resolveFilename(specifier, copy, false)
    scope.assertNotBlocked('require', { specifier }, () => copy.filename)
    const file = this.#resolveFrom(copy.filename, specifier)
    scope.assertNotBlocked('require', { id: moduleId(file) }, () => copy.filename)
    return file
  }

  #resolveFrom(file: string, specifier: string, options?: { paths?: string[] }): string {
    const { rules, host } = this.scope
    return areConditionsAsked(rules.conditions, specifier) && options?.paths === undefined
      ? resolveRequiredUnder(host.world, rules.conditions, specifier, file)
      : requireFrom(file).resolve(specifier, options)
  }

  /** A `require` for a file of this scope, as `createRequire` makes them. */
  createRequire(file: string): NodeJS.Require {
    const copy = this.#create(file, undefined)
    const plain = Loader.createRequire(file)
    const require = (specifier: string) => this.require(copy, specifier)
    const resolve = (specifier: string, options?: { paths?: string[] }) => {
      this.scope.assertNotBlocked('require', { specifier }, () => file)
      const resolved = this.#resolveFrom(file, specifier, options)
      this.scope.assertNotBlocked('require', { id: moduleId(resolved) }, () => file)
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
  if (children === undefined) return
  // It has been added just now, as a rule.
  const index = children.at(-1) === child ? children.length - 1 : children.indexOf(child)
  if (index !== -1) children.splice(index, 1)
}

/** The loader passes the script's name as `__filename`. On the first line, so that lines stay as they are. */
function withPaths(content: string): string {
  const names = 'exports,require,module,__filename,__dirname'
  const body = content.replace(/^#!/, '//')
  return `(function(${names}){${body}\n}).call(this,exports,require,module,module.filename,module.path)`
}
