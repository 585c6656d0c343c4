/**
 * What Node's own loader evaluates while a worker is idle: written down, as `node-loads.ts` would have seen it. Whatever
 * may be of interest is left to that. Files of the project are not written down: Node tells nothing of their docblocks,
 * and one that the module runner has evaluated later would be taken for a second copy.
 */
import nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'
import { hasSoundHooks } from '../vitest/capabilities.ts'
import { type CommonJsModule, Loader } from '../vitest/runner-internals.ts'
import type { IdleLog } from './idle-log.ts'
import { isInstalled, type Sights } from './sights.ts'

export interface IdleLoads {
  readonly log: IdleLog
  readonly sights: Sights
  /** Something of interest is about to be evaluated. Returns what sees ES modules from then on. */
  takeOver(): { beforeEsModule(url: string): void }
}

/** The worker's, since patches of Node's loader are there once: that of its newest module runner. */
let current: IdleLoads | undefined

/** Watches from now on, until the full plugin has taken over. */
export function watchLoads(loads: IdleLoads): void {
  const isPatched = current !== undefined
  current = loads
  if (isPatched) return
  patchCommonJs()
  if (hasSoundHooks) addHooks()
}

function idle(): IdleLoads | undefined {
  return current?.log.isOver ? undefined : current
}

function patchCommonJs(): void {
  const { load } = Loader.prototype
  Loader.prototype.load = function (this: CommonJsModule, file: string) {
    const loads = idle()
    // `require` of an ES module: its own loader tells of it.
    if (loads?.sights.isCommonJs(file)) {
      if (loads.sights.isOfInterest(file, 'cjs')) {
        loads.takeOver()
        Loader.prototype.load.call(this, file)
        return
      }
      if (isInstalled(file)) {
        loads.log.evaluations.push({ by: 'cjs', file, parent: this.parent?.filename ?? undefined })
      }
    }
    try {
      load.call(this, file)
    } catch (error) {
      loads?.log.noteFailed({ by: 'failed', file })
      throw error
    }
  }
}

function addHooks(): void {
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      const { url } = resolved
      const parents = idle()?.log.parents
      if (parents && url.startsWith('file:') && context.parentURL?.startsWith('file:')) {
        const parent = fileURLToPath(context.parentURL)
        const file = fileURLToPath(url)
        for (const asked of [file + queryOf(url), file]) if (!parents.has(asked)) parents.set(asked, parent)
      }
      return resolved
    },
    load: (url, context, next) => {
      const loads = idle()
      if (loads && context.format === 'module' && url.startsWith('file:')) {
        const file = fileURLToPath(url)
        if (loads.sights.isOfInterest(file + queryOf(url), 'esm')) loads.takeOver().beforeEsModule(url)
        else if (isInstalled(file)) loads.log.evaluations.push({ by: 'esm', url })
      }
      return next(url, context)
    },
  })
}

const queryOf = (url: string): string => /[?#].*$/.exec(url)?.[0] ?? ''
