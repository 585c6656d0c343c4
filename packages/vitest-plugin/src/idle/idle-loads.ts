/**
 * What Node's own loader evaluates while a worker is idle: written down, as `node-loads.ts` would have seen it. Whatever
 * may be of interest is left to that. Files of the project are not written down: Node tells nothing of their docblocks,
 * and one that the module runner has evaluated later would be taken for a second copy.
 */
import { fileURLToPath } from 'node:url'
import { type LoaderWatch, watchNodeLoader } from '../vitest/node-loader.ts'
import type { IdleLog } from './idle-log.ts'
import { isInstalled, type Sights } from './sights.ts'

export interface IdleLoads {
  readonly log: IdleLog
  readonly sights: Sights
  /** Something of interest is about to be evaluated. Returns what sees that, and all that follows. */
  wakeUp(): Pick<LoaderWatch, 'beforeCommonJs' | 'beforeEsModule'>
}

/** The worker's, since Node's loader is watched once: that of its newest module runner. */
let current: IdleLoads | undefined

/** Watches from now on, until the full plugin has taken over. */
export function watchLoads(loads: IdleLoads): void {
  const isWatching = current !== undefined
  current = loads
  if (!isWatching) watchNodeLoader({ beforeCommonJs, beforeEsModule, resolved })
}

function idle(): IdleLoads | undefined {
  return current?.log.isOver ? undefined : current
}

const beforeCommonJs: LoaderWatch['beforeCommonJs'] = (file, module) => {
  const loads = idle()
  if (!loads) return undefined
  const { log, sights } = loads
  // `require` of an ES module: its own loader tells of it.
  if (sights.isCommonJs(file)) {
    if (sights.isOfInterest(file, 'cjs')) return loads.wakeUp().beforeCommonJs(file, module)
    if (isInstalled(file))
      log.evaluations.push({ by: 'cjs', file, parent: module.parent?.filename ?? undefined })
  }
  return () => log.noteFailed({ by: 'failed', file })
}

function beforeEsModule(url: string): void {
  const loads = idle()
  if (!loads) return
  const file = fileURLToPath(url)
  if (loads.sights.isOfInterest(file + queryOf(url), 'esm')) loads.wakeUp().beforeEsModule(url)
  else if (isInstalled(file)) loads.log.evaluations.push({ by: 'esm', url })
}

function resolved(url: string, parent: string): void {
  const parents = idle()?.log.parents
  if (!parents) return
  const file = fileURLToPath(url)
  for (const asked of [file + queryOf(url), file]) if (!parents.has(asked)) parents.set(asked, parent)
}

const queryOf = (url: string): string => /[?#].*$/.exec(url)?.[0] ?? ''
