/**
 * Three functions of the CommonJS loader that we wrap, once per thread. Each has one quick check and is otherwise as
 * before: scopes of `require.resolve`, targets of the function form, and what is told after an evaluation.
 */
import { notFoundError } from '../errors.ts'
import { functionTargetsFor } from '../function-targets.ts'
import { runImportHooks } from '../lifecycle.ts'
import { moduleId } from '../module-id.ts'
import { runSync } from '../steps.ts'
import { isNodeScope } from './node-scope.ts'
import type { NodeWorld } from './node-world.ts'
import { type CommonJsModule, holdsEsm, isOrdinaryObject, Loader, textAsItRuns } from './runtime-internals.ts'

export function patchCommonJs(world: NodeWorld): void {
  patchResolve(world)
  patchLoad(world)
  patchEvaluation(world)
}

/** `require.resolve` of a fresh copy finds nothing that its scope blocks. */
function patchResolve(world: NodeWorld): void {
  const resolveFilename = Loader._resolveFilename
  Loader._resolveFilename = function (request, parent, ...rest) {
    const scope = parent ? world.scopeOf(parent) : undefined
    if (!parent || !scope) return resolveFilename.call(this, request, parent, ...rest)
    scope.assertNotBlocked('require', { specifier: request }, () => parent.filename)
    const file = resolveFilename.call(this, request, parent, ...rest)
    scope.assertNotBlocked('require', { id: moduleId(file) }, () => parent.filename)
    return file
  }
}

/** `require` calls of a pending function form are its targets. */
function patchLoad(world: NodeWorld): void {
  const load = Loader._load
  Loader._load = function (request, parent, ...rest) {
    if (request === 'node:test') world.nodeTestAsked?.()
    const state = world.state
    if (state === undefined || state.pendingCalls === 0 || !parent?.filename) {
      return load.call(this, request, parent, ...rest)
    }
    const targets = functionTargetsFor(state, parent.filename, () => textAsItRuns(parent.filename))
    if (!targets || !isNodeScope(targets.scope)) return load.call(this, request, parent, ...rest)
    const { scope } = targets
    const id = scope.host.resolve(request, parent.filename, 'require')
    if (typeof id !== 'string') throw notFoundError('require', request, parent.filename)
    const admission = runSync(targets.admit(request, id), () => scope.needsAsync(request))
    return admission === 'fresh' ? scope.require(id, parent) : load.call(this, request, parent, ...rest)
  }
}

function patchEvaluation(world: NodeWorld): void {
  const { load } = Loader.prototype
  Loader.prototype.load = function (this: CommonJsModule, filename: string) {
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
}
