/**
 * Three functions of the CommonJS loader that we wrap, once per thread. Each has one quick check and is otherwise as
 * before: scopes of `require.resolve`, targets of the function form, and the calls before and after an evaluation.
 */

import { functionTargetsFor } from '../../fresh/function-targets.ts'
import { notFoundError } from '../../host/errors.ts'
import { isOrdinaryObject } from '../../host/exports-replacement.ts'
import { runImportHooks } from '../../host/lifecycle.ts'
import { type ModuleId, moduleId } from '../../host/module-id.ts'
import { patch } from '../../host/patches.ts'
import { runSync } from '../../host/steps.ts'
import { areConditionsAsked, resolveRequiredUnder } from '../esm/resolve-import.ts'
import {
  asRequired,
  type CommonJsModule,
  holdsEsm,
  Loader,
  namespaceAt,
  requireFrom,
  textAsItRuns,
} from '../node-internals.ts'
import { isNodeScope, type World } from '../world.ts'

export function patchCommonJs(world: World): void {
  patchResolve(world)
  patchLoad(world)
  patchEvaluation(world)
}

/** `require.resolve` of a fresh copy finds nothing that its scope blocks, and the rest under its conditions. */
function patchResolve(world: World): void {
  const wrap = (resolveFilename: typeof Loader._resolveFilename): typeof resolveFilename =>
    function (request, parent, ...rest) {
      const scope = parent ? world.scopeOf(parent) : undefined
      if (!parent || !scope) return resolveFilename.call(this, request, parent, ...rest)
      scope.assertNotBlocked('require', { specifier: request }, () => parent.filename)
      const { conditions } = scope.rules
      const [, options] = rest as [unknown?, { paths?: unknown }?]
      const file =
        areConditionsAsked(conditions, request) && options?.paths === undefined
          ? resolveRequiredUnder(world, conditions, request, parent.filename)
          : resolveFilename.call(this, request, parent, ...rest)
      scope.assertNotBlocked('require', { id: moduleId(file) }, () => parent.filename)
      return file
    }
  patch(Loader, '_resolveFilename', wrap, 'Module._resolveFilename')
}

/** `require` calls of a pending function form are its targets; the others get the registered copy. */
function patchLoad(world: World): void {
  const wrap = (load: typeof Loader._load): typeof load =>
    function (request, parent, ...rest) {
      if (request === 'node:test') world.nodeTestAsked?.()
      if (parent) world.requiring?.(parent)
      const registered = (): unknown => {
        const moved = world.movedEsm.size > 0 && parent?.filename && movedId(world, request, parent.filename)
        return moved ? requireMoved(world, moved, parent.filename) : load.call(this, request, parent, ...rest)
      }
      const state = world.state
      if (state === undefined || state.pendingCalls === 0 || !parent?.filename) return registered()
      const targets = functionTargetsFor(state, parent.filename, () => textAsItRuns(parent.filename))
      if (!targets || !isNodeScope(targets.scope)) return registered()
      const { scope } = targets
      const id = scope.host.resolve(request, parent.filename, 'require')
      if (typeof id !== 'string') throw notFoundError('require', request, parent.filename)
      const admission = runSync(targets.admit(request, id), () => scope.needsAsync(request))
      return admission === 'fresh' ? scope.require(id, parent) : registered()
    }
  patch(Loader, '_load', wrap, 'Module._load')
}

function movedId(world: World, request: string, importer: string): ModuleId | undefined {
  try {
    const id = moduleId(requireFrom(importer).resolve(request))
    return world.movedEsm.has(id) ? id : undefined
  } catch {
    // The loader has its own words for what cannot be found.
    return undefined
  }
}

/** The copy that an `import` of it gives now. */
function requireMoved(world: World, id: ModuleId, importer: string): unknown {
  const moved = world.movedEsm.get(id) as { required?: unknown }
  world.esm.noteImport(moduleId(importer), id)
  const url = world.registeredUrl(id)
  moved.required ??= asRequired(namespaceAt(url), url)
  return moved.required
}

function patchEvaluation(world: World): void {
  const wrap = (load: CommonJsModule['load']) =>
    function (this: CommonJsModule, filename: string) {
      if (world.scopeOf(this) || world.reloading.has(this)) return load.call(this, filename)
      const id = moduleId(filename)
      world.beforeEvaluation?.(id, this.parent?.filename)
      try {
        load.call(this, filename)
      } catch (error) {
        world.evaluationFailed?.(id)
        throw error
      }
      const { exports } = this as { exports: unknown }
      if (isOrdinaryObject(exports)) world.ownKeys.set(exports, new Set(Reflect.ownKeys(exports)))
      const { state } = world
      if (state && state.importHooks.size > 0 && !holdsEsm(this)) {
        runImportHooks(state, { id, exports, handle: this }, { reloaded: false, fresh: false })
      }
    }
  patch(Loader.prototype, 'load', wrap, 'Module.prototype.load')
}
