/** Reload in place of CommonJS: the body runs again, on the registered exports object. */

import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { RefusedError } from '../../host/errors.ts'
import { exportsBehind, forwardTo } from '../../host/forwarded-exports.ts'
import type { Copy } from '../../host/module-host.ts'
import { fileOf, type ModuleId } from '../../host/module-id.ts'
import { type CommonJsModule, cachedModules, isOrdinaryObject, Loader, newModule } from '../node-internals.ts'
import type { World } from '../world.ts'
import { forgetChild } from './copies.ts'

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

export function reloadCommonJs(world: World, id: ModuleId, registered: CommonJsModule): Copy {
  const exports = registered.exports as object
  const before = Object.getOwnPropertyDescriptors(exports)
  const own = world.ownKeys.get(exports) ?? new Set(Reflect.ownKeys(exports))
  const file = fileOf(id)
  const fresh = newModule(file, registered.parent as CommonJsModule | undefined)
  if (registered.parent) forgetChild(registered.parent as CommonJsModule, fresh)
  // They may be another module's (`module.exports = require('./lib')`): left alone until it is seen what comes.
  const isLeftAlone = mayHandOut(registered)
  if (!isLeftAlone) fresh.exports = exports
  world.reloading.add(fresh)
  let isTouched = !isLeftAlone
  if (isTouched) clear(exports, own)
  try {
    fresh.load(file)
    const made = exportsBehind(fresh.exports)
    if (made !== exports) {
      assertReplaceable(id, registered, made)
      isTouched = true
      clear(exports, own)
      take(exports, made)
      if (hasOtherName(fresh, made)) forwardTo(exports, made)
    }
  } catch (error) {
    if (isTouched) {
      clear(exports, Reflect.ownKeys(exports))
      Object.defineProperties(exports, before)
    }
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

/**
 * Whether the body may assign `module.exports`. One that cannot fills the registered exports while it runs. Compiled ES
 * modules have no other name for what they assign.
 */
function mayHandOut(module: CommonJsModule): boolean {
  if (belongsToAnother(module)) return true
  return !Object.hasOwn(module.exports as object, '__esModule') && /\bmodule\b/.test(textOf(module.filename))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // The loader says what is wrong with it.
    return ''
  }
}

/** Whether the exports are those of a module that it has required, be it one that is built into Node. */
function belongsToAnother({ exports, children }: CommonJsModule): boolean {
  if (children.some((child) => child.exports === exports)) return true
  const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] }
  return builtinModules.some(
    (name) => moduleLoadList.includes(`NativeModule ${name}`) && process.getBuiltinModule(name) === exports,
  )
}

/** The body has put another object in place of `exports`: whether what it has can go into the registered one. */
function assertReplaceable(id: ModuleId, registered: CommonJsModule, made: unknown): asserts made is object {
  const reason = belongsToAnother(registered)
    ? 'its module.exports was the exports of another module, and no longer is'
    : isOrdinaryObject(made)
      ? undefined
      : 'its module.exports is no longer an ordinary object'
  if (reason === undefined) return
  throw new RefusedError('allowReload', [
    { id, flag: 'allowReload', provenance: { source: 'loader', reason } },
  ])
}

function take(exports: object, made: object): void {
  for (const key of Reflect.ownKeys(made)) {
    Object.defineProperty(exports, key, { ...Object.getOwnPropertyDescriptor(made, key), configurable: true })
  }
}

/** Whether the body may have a name of its own for what it has handed out, which importers will never hold. */
function hasOtherName(fresh: CommonJsModule, made: object): boolean {
  if (Object.hasOwn(made, '__esModule') || fresh.filename.endsWith('.json')) return false
  for (const [, other] of cachedModules()) if (other.exports === made) return false
  return true
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
