/**
 * Packages that Vitest leaves to Node's loader: for those the adapter hands over to the core's host for plain Node. It
 * is made when a helper asks for such a package, and costs nothing until then.
 */
import { types } from 'node:util'
import {
  type Copy,
  type CoreState,
  fileOf,
  type ModuleFacts,
  type ModuleId,
  NodeHost,
  type NodeScope,
  type ScopeRules,
} from 'fresh-modules/internal'
import type { Namespace } from '../engine/namespace.ts'
import { isFrameworkModule } from './never-touch.ts'
import { hasRealmPerFile, type ModuleRunner, type RunnerModule } from './runner-internals.ts'

export interface NodeDelegateOptions {
  readonly state: CoreState
  readonly root: string
  readonly label: string
  testFile(): string | undefined
}

export class NodeDelegate {
  readonly #options: NodeDelegateOptions
  #host: NodeHost | undefined

  constructor(options: NodeDelegateOptions) {
    this.#options = options
  }

  /** Undefined in the vm pools, where Vitest runs packages itself and Node's hooks are not to be had. */
  get host(): NodeHost | undefined {
    if (hasRealmPerFile()) return undefined
    this.#host ??= new NodeHost({ ...this.#options, isProtected: isFrameworkModule })
    return this.#host
  }

  /** The same, if anybody has asked for it before. */
  get madeHost(): NodeHost | undefined {
    return this.#host
  }

  facts(id: ModuleId): ModuleFacts | undefined {
    return this.host?.facts(id)
  }
}

/** Copies of such packages within one scope of the module runner. */
export class DelegatedScope {
  readonly #scope: NodeScope

  constructor(host: NodeHost, rules: ScopeRules) {
    this.#scope = host.openScope(rules, 'import')
  }

  /** Node's copy, as Vitest hands out what Node has loaded. */
  async evaluate(id: ModuleId, runner: ModuleRunner): Promise<Copy> {
    const copy = await this.#scope.evaluate(id)
    // An ES module copy is Vitest's to import, under the URL that gives it. A CommonJS copy needs none, and has to go
    // when nobody holds it, which a URL that was imported never does.
    const exports = types.isModuleNamespaceObject(copy.exports)
      ? await this.#scope.importBy(id, (url) => runner.evaluator.runExternalModule(url))
      : interop(runner, id, copy.exports as Namespace)
    return { ...copy, exports }
  }
}

/**
 * A namespace of CommonJS as Vitest shows it: what was compiled from an ES module has its own default export, and all
 * that `module.exports` has can be imported by name.
 */
function interop({ evaluator }: ModuleRunner, id: ModuleId, namespace: Namespace): unknown {
  if (!evaluator.shouldInterop(fileOf(id), namespace)) return namespace
  const exports = namespace['default'] as Namespace | undefined
  const isCompiled = isObject(exports) && Boolean(exports['__esModule'])
  const own = isCompiled ? exports : namespace
  const byDefault = isCompiled && 'default' in exports ? (exports['default'] as Namespace) : exports
  const ofDefault = (key: string | symbol) => (isObject(byDefault) ? byDefault[key] : undefined)
  return new Proxy(own, {
    get: (target, key) => (key === 'default' ? byDefault : (target[key] ?? ofDefault(key))),
    has: (target, key) =>
      key === 'default'
        ? byDefault !== undefined
        : key in target || (isObject(byDefault) && key in byDefault),
    getOwnPropertyDescriptor: (target, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key)
      if (descriptor || key !== 'default' || byDefault === undefined) return descriptor
      return { value: byDefault, enumerable: true, configurable: true }
    },
  })
}

function isObject(value: unknown): value is Namespace {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

export function isExternal(mod: RunnerModule): boolean {
  return mod.meta?.externalize !== undefined
}
