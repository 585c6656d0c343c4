/**
 * Where our packed packages lie for a suite: in a folder of their own inside its `node_modules`, so that its manifest, its
 * lockfile and what it has installed stay as they are. From there they find its framework, as they would where npm puts them.
 *
 *     <suite>/node_modules/.fresh-modules/<hash of our packages>/node_modules/@fresh-modules/vitest-plugin
 */
import { cpSync } from 'node:fs'
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

/** What the core has built, the doctor's files for frameworks among it. */
export const builtIn = (place: string): string => join(place, 'node_modules/fresh-modules/dist')
