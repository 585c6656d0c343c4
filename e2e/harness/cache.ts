import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repoDir = fileURLToPath(new URL('../..', import.meta.url))

export const hashOf = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 12)
}

/**
 * Where hosts are installed. Outside the repository: a folder inside it would see the packages in the root's
 * `node_modules`, and a dependency that we forgot to declare would be found there.
 */
export const cacheDir = join(realpathSync(tmpdir()), `fresh-modules-e2e-${hashOf(repoDir)}`)

/**
 * The folder at `path`, filled by `fill` unless it is there already. It is filled under another name and renamed when it
 * is complete, so processes that ask for the same folder need no lock: one wins, and the others take what it made.
 */
export async function filledOnce(path: string, fill: (dir: string) => void | Promise<void>): Promise<string> {
  if (existsSync(path)) return path
  mkdirSync(dirname(path), { recursive: true })
  const unfinished = mkdtempSync(`${path}.`)
  try {
    await fill(unfinished)
    renameSync(unfinished, path)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(path)) throw error
  }
  return path
}

const aDay = 24 * 60 * 60 * 1000

/** Removes what earlier runs left next to `path`, once it is too old to be in use. */
export function removeOldSiblings(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    const sibling = join(dirname(path), name)
    if (name === basename(path) || name === 'node_modules') continue
    const stat = statSync(sibling, { throwIfNoEntry: false })
    if (stat?.isDirectory() && Date.now() - stat.mtimeMs > aDay)
      rmSync(sibling, { recursive: true, force: true })
  }
}
