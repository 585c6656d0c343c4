/** Packages of the registry that a single suite wants, copied into its projects: no host has to have them. */
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packagesDir } from './install.ts'
import type { Project } from './project.ts'

/** The host's own: a plugin has to find the framework that runs. */
const OF_HOST = /^(?:vite|vitest|@vitest\/.*|typescript|jsdom|happy-dom)$/

/**
 * Installs packages once and copies them, with all that they depend on, into a project, as an installer would.
 *
 * @param name of the folder in which they are installed
 */
export async function addPackages(
  app: Project,
  name: string,
  dependencies: Readonly<Record<string, string>>,
): Promise<void> {
  const from = await packagesDir(name, dependencies)
  const copied = new Set<string>()
  const copy = (name: string): void => {
    const source = join(from, 'node_modules', name)
    if (copied.has(name) || !existsSync(source) || OF_HOST.test(name)) return
    copied.add(name)
    linkTree(source, join(app.dir, 'node_modules', name))
    for (const needed of neededBy(source)) copy(needed)
  }
  for (const name of Object.keys(dependencies)) copy(name)
}

/** What a package depends on, and what those depend on that stand in its own `node_modules`. */
function* neededBy(dir: string): Generator<string> {
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    readFileSync(join(dir, 'package.json'), 'utf8'),
  ) as Manifest
  yield* Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  for (const inner of packagesIn(join(dir, 'node_modules'))) yield* neededBy(inner)
}

function packagesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    if (name.startsWith('@')) return packagesIn(join(folder, name))
    const dir = join(folder, name)
    return existsSync(join(dir, 'package.json')) ? [dir] : []
  })
}

/** Links files, since some packages bring a program of a hundred megabytes; nobody writes into installed packages. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) linkTree(source, target)
    else if (entry.isFile()) linkSync(source, target)
    else cpSync(source, target, { verbatimSymlinks: true })
  }
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}
