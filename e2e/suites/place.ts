/**
 * Where our packed packages lie for a suite: in a folder of their own inside its `node_modules`, so that its manifest, its
 * lockfile and what it has installed stay as they are. From there they find its framework, as they would where npm puts them.
 *
 *     <suite>/node_modules/.fresh-modules/<hash of ours>/node_modules/@fresh-modules/vitest-plugin
 */
import { cpSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import {
  filledOnce,
  packagesDir,
  packagesOf,
  packPackages,
  publishedDependencies,
  removeOldSiblings,
  unpackPackages,
} from '../harness/index.ts'

const ours = [...new Set([...packagesOf.vitest, ...packagesOf.jest])]

/** @param dir where the framework is started */
export async function placeIn(dir: string): Promise<string> {
  const { hash } = await packPackages()
  const dependencies = await packagesDir('suites', publishedDependencies(ours))
  const place = await filledOnce(join(dir, 'node_modules/.fresh-modules', hash), async (unfinished) => {
    cpSync(join(dependencies, 'node_modules'), join(unfinished, 'node_modules'), { recursive: true })
    await unpackPackages(ours, unfinished)
  })
  removeOldSiblings(place)
  return place
}

/** Whether the adapters know an option: those that are built today may not have it yet. */
export function knowsOption(place: string, options: object): boolean {
  const core = createRequire(join(place, 'from.js'))('fresh-modules/internal/core')
  try {
    core.checkAdapterOptions('suites', options)
    return true
  } catch {
    return false
  }
}
