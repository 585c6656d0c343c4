/** Reload in place of CommonJS: the body runs again, on the registered exports object. */

import { RefusedError } from '../errors.ts'
import type { Copy } from '../module-host.ts'
import { fileOf, type ModuleId } from '../module-id.ts'
import { forgetChild } from './commonjs-copies.ts'
import type { NodeWorld } from './node-world.ts'
import {
  type CommonJsModule,
  cachedModules,
  isOrdinaryObject,
  Loader,
  newModule,
} from './runtime-internals.ts'

/** Why the exports of a module cannot be replaced; undefined where they can. */
export function whyNotReloadable(exports: unknown): string | undefined {
  if (!isOrdinaryObject(exports))
    return 'its module.exports is not an ordinary object, whose contents could be replaced'
  if (!Object.isExtensible(exports)) return 'its module.exports is frozen or sealed'
  const fixed = Reflect.ownKeys(exports).find(
    (key) => Object.getOwnPropertyDescriptor(exports, key)?.configurable === false && key !== '__esModule',
  )
  if (fixed === undefined) return undefined
  return `its export ${String(fixed)} was defined so that nothing can replace it, as compilers do`
}

export function reloadCommonJs(world: NodeWorld, id: ModuleId, registered: CommonJsModule): Copy {
  const exports = registered.exports as object
  const before = Object.getOwnPropertyDescriptors(exports)
  const own = world.ownKeys.get(exports) ?? new Set(Reflect.ownKeys(exports))
  const file = fileOf(id)
  const fresh = newModule(file, registered.parent as CommonJsModule | undefined)
  if (registered.parent) forgetChild(registered.parent as CommonJsModule, fresh)
  fresh.exports = exports
  world.reloading.add(fresh)
  clear(exports, own)
  try {
    fresh.load(file)
    takeOver(id, exports, fresh)
  } catch (error) {
    clear(exports, Reflect.ownKeys(exports))
    Object.defineProperties(exports, before)
    throw error
  }
  // Later assignments to `module.exports.x` are seen as well.
  fresh.exports = exports
  world.ownKeys.set(
    exports,
    new Set(Reflect.ownKeys(exports).filter((key) => own.has(key) || !(key in before))),
  )
  register(file, registered, fresh)
  return { id, exports, handle: fresh }
}

/** The body may have put another object in place of `exports`: what it has goes into the registered one. */
function takeOver(id: ModuleId, exports: object, fresh: CommonJsModule): void {
  const made: unknown = fresh.exports
  if (made === exports) return
  if (!isOrdinaryObject(made)) {
    const reason = 'its module.exports is no longer an ordinary object'
    throw new RefusedError('allowReload', [
      { id, flag: 'allowReload', provenance: { source: 'loader', reason } },
    ])
  }
  for (const key of Reflect.ownKeys(made)) {
    Object.defineProperty(exports, key, { ...Object.getOwnPropertyDescriptor(made, key), configurable: true })
  }
}

function clear(exports: object, keys: Iterable<PropertyKey>): void {
  for (const key of keys) Reflect.deleteProperty(exports, key)
}

/** The new module stands wherever the old one did. */
function register(file: string, old: CommonJsModule, fresh: CommonJsModule): void {
  for (const [, { children }] of cachedModules()) {
    const list = children as unknown as CommonJsModule[] | undefined
    const index = list?.indexOf(old) ?? -1
    if (index !== -1) list?.splice(index, 1, fresh)
  }
  Loader._cache[file] = fresh
}
