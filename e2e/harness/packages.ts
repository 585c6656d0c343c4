import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hashOf, removeOldSiblings, repoDir } from './cache.ts'
import { cleanEnv, runProcess } from './processes.ts'

/** Package name → its folder in the repository. */
const folders: Readonly<Record<string, string>> = {
  'fresh-modules': 'packages/shared',
  '@fresh-modules/vitest-plugin': 'packages/vitest-plugin',
  '@fresh-modules/jest-env': 'packages/jest-env',
}

interface Manifest {
  readonly name: string
  readonly main?: string
  readonly exports: object
  readonly dependencies?: Readonly<Record<string, string>>
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(repoDir, folders[name] ?? '', 'package.json'), 'utf8'))

/** What our packages of one framework need from the registry. */
export function publishedDependencies(names: readonly string[]): Record<string, string> {
  const all = names.flatMap((name) => Object.entries(manifestOf(name).dependencies ?? {}))
  return Object.fromEntries(all.filter(([name]) => !(name in folders)))
}

export interface PackedPackages {
  /** Changes when any packed file does. */
  readonly hash: string
  /** Package name → its tarball. */
  readonly tarballs: Readonly<Record<string, string>>
}

const tarballName = (name: string): string => `${name.replace('@', '').replace('/', '-')}.tgz`

let packed: Promise<PackedPackages> | undefined

/**
 * Packs the built packages, once a run: the workers of a run find in the environment what its start has packed.
 * Throws if a package has not been built.
 */
export function packPackages(): Promise<PackedPackages> {
  packed ??= pack()
  return packed
}

async function pack(): Promise<PackedPackages> {
  const inherited = process.env['FRESH_MODULES_PACKED']
  if (inherited) return describe(inherited)

  for (const name of Object.keys(folders)) assertBuilt(name)
  const root = join(repoDir, 'e2e/.hosts/tarballs')
  mkdirSync(root, { recursive: true })
  const unfinished = mkdtempSync(join(root, 'unfinished-'))
  try {
    await npmPack(unfinished)
    const dir = join(root, describe(unfinished).hash)
    if (!existsSync(dir)) renameSync(unfinished, dir)
    removeOldSiblings(dir)
    process.env['FRESH_MODULES_PACKED'] = dir
    return describe(dir)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

async function npmPack(destination: string): Promise<void> {
  for (const [name, folder] of Object.entries(folders)) {
    const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', destination]
    const { exitCode, stderr } = await runProcess('npm', args, {
      cwd: join(repoDir, folder),
      env: cleanEnv(process.execPath),
      timeout: 60_000,
    })
    if (exitCode !== 0) throw new Error(`Failed to pack "${name}": ${stderr}`)
  }
  // npm puts the version into the name; there is one of each, and its version is of no interest here.
  for (const file of readdirSync(destination)) {
    renameSync(join(destination, file), join(destination, file.replace(/-\d+\.\d+\.\d+.*\.tgz$/, '.tgz')))
  }
}

function describe(dir: string): PackedPackages {
  const tarballs = Object.fromEntries(
    Object.keys(folders).map((name) => [name, join(dir, tarballName(name))]),
  )
  return { hash: hashOf(...Object.values(tarballs).map((file) => readFileSync(file))), tarballs }
}

function assertBuilt(name: string): void {
  const built = JSON.stringify(manifestOf(name).exports).match(/\.\/dist\/[^"]+/g) ?? []
  const missing = built.find((file) => !existsSync(join(repoDir, folders[name] ?? '', file)))
  if (missing)
    throw new Error(`Failed to pack "${name}": ${missing} is missing. Run \`npm run build\` first.`)
}
