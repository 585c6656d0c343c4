/** Reload in place of CommonJS: the body runs again, on the registered exports object. */

import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { assertTakenOver, ExportsReplacement, hasOtherName } from '../../host/exports-replacement.ts'
import { exportsBehind, forwardTo } from '../../host/forwarded-exports.ts'
import type { Copy } from '../../host/module-host.ts'
import { fileOf, type ModuleId } from '../../host/module-id.ts'
import { type CommonJsModule, cachedModules, Loader, newModule } from '../node-internals.ts'
import type { World } from '../world.ts'
import { forgetChild } from './copies.ts'
import { notFoundInstead } from './resolve-required.ts'

export function reloadCommonJs(world: World, id: ModuleId, registered: CommonJsModule): Copy {
  const exports = registered.exports as object
  const file = fileOf(id)
  const parent = registered.parent as CommonJsModule | undefined
  const fresh = newModule(file, parent)
  if (parent) forgetChild(parent, fresh)
  const isHandedOut = mayHandOut(registered)
  const replacement = new ExportsReplacement(exports, world.ownKeys, isHandedOut)
  if (!isHandedOut) fresh.exports = exports
  world.reloading.add(fresh)
  try {
    fresh.load(file)
    const made = exportsBehind(fresh.exports)
    if (made !== exports) {
      assertTakenOver(id, made, { belongsToAnother: belongsToAnother(registered) })
    }
    replacement.finish(made as object)
    if (made !== exports && hasOtherName(made as object, fresh.filename, registeredModules())) {
      forwardTo(exports, made as object)
    }
  } catch (error) {
    replacement.undo()
    throw notFoundInstead(error, 'require', file, parent?.filename ?? file)
  }
  // Later assignments to `module.exports.x` are seen as well.
  fresh.exports = exports
  register(file, registered, fresh)
  return { id, exports, handle: fresh }
}

function* registeredModules(): Generator<CommonJsModule> {
  for (const [, module] of cachedModules()) yield module
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

/** The new module stands wherever the old one did. */
function register(file: string, old: CommonJsModule, fresh: CommonJsModule): void {
  for (const [, { children }] of cachedModules()) {
    const list = children as unknown as CommonJsModule[] | undefined
    const index = list?.indexOf(old) ?? -1
    if (index !== -1) list?.splice(index, 1, fresh)
  }
  Loader._cache[file] = fresh
}
