/**
 * Installed packages whose own files load a native addon, found by what lies in their folder. A package that merely
 * depends on such a one is none.
 */
import fs from 'node:fs'
import type { PackageInfo } from '../host/packages.ts'

// Taken once: tests spy on fs.
const { readdirSync } = fs

/** Package -> why it is one that loads an addon. Goes with the package when it is forgotten. */
const findings = new WeakMap<PackageInfo, string | undefined>()

/** What tells that this package loads an addon, for messages: `a native addon (binding.gyp)`. */
export function whyAddonPackage(pkg: PackageInfo): string | undefined {
  if (!findings.has(pkg)) {
    const sign = signOf(pkg)
    findings.set(pkg, sign === undefined ? undefined : `a native addon (${sign})`)
  }
  return findings.get(pkg)
}

function signOf(pkg: PackageInfo): string | undefined {
  const entries = namesIn(pkg.dir)
  if (entries.includes('binding.gyp')) return 'binding.gyp'
  return manifestSign(pkg) ?? addonBelow(pkg.dir, entries) ?? platformPackage(pkg)
}

// What an addon is built or fetched with on the user's machine.
const BUILD_TOOLS = /\b(?:node-gyp|prebuild|pre-gyp|cmake-js|pkg-prebuilds)\b/

// Packages that find an addon for the one that depends on them. The dependency alone tells nothing: bundlers have
// them too, to know what they look like in others (`@vercel/nft`).
const LOADERS = [
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'prebuild-install',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
  'pkg-prebuilds',
  'node-addon-api',
  'nan',
]

function manifestSign({ manifest }: PackageInfo): string | undefined {
  if (manifest.gypfile) return '"gypfile" in its package.json'
  const loader = LOADERS.find((name) => manifest.dependencies.includes(name))
  const builds = BUILD_TOOLS.test(manifest.installScript)
  if (loader !== undefined && (builds || manifest.binary)) return `${loader} in its package.json`
  // `binary` and napi-rs' `napi` alone are found in packages that fetch an executable or have WebAssembly: look for
  // the file.
  return undefined
}

// Where the tools put addons, in folders and in those below them: `prebuilds/linux-x64/x.node`,
// `lib/binding/napi-v6/x.node`.
const FLAT = ['build', 'build/Release', 'build/Debug', 'lib', 'dist', 'bin', 'native', 'lib/binding']
const NESTED = ['prebuilds', 'lib/binding', 'bin']

function addonBelow(dir: string, entries: readonly string[]): string | undefined {
  // Most packages have none of these folders, and are done after the one listing.
  const present = (folder: string) => entries.includes(folder.split('/', 1)[0] ?? folder)
  const flat = ['', ...FLAT.filter(present)]
  const nested = NESTED.filter(present).flatMap((folder) =>
    namesIn(`${dir}/${folder}`).map((name) => `${folder}/${name}`),
  )
  for (const folder of [...flat, ...nested]) {
    const names = folder === '' ? entries : /\.\w+$/.test(folder) ? [] : namesIn(`${dir}/${folder}`)
    const addon = names.find((name) => name.endsWith('.node'))
    if (addon !== undefined) return folder === '' ? addon : `${folder}/${addon}`
  }
  return undefined
}

// `@swc/core-linux-x64-gnu`, `@img/sharp-linux-x64`, `@rolldown/binding-linux-x64-gnu`,
// `@unrs/resolver-binding-linux-x64-gnu` of `unrs-resolver`
const PLATFORM = /^(?:@([^/]+)\/)?([\w.-]+?)-(?:darwin|linux\w*|win32|android|freebsd)-\w+/

/**
 * The optional dependency that holds this package's addon for this platform, as napi-rs lays them out. It is named
 * after the package: Next has such dependencies too (`@next/swc-linux-x64-gnu`), but for its build, and what tests
 * import of Next loads no addon. `fsevents` is a separate package and no part of those that use it.
 */
function platformPackage(pkg: PackageInfo): string | undefined {
  const own = pkg.name.replace(/^@[^/]+\//, '')
  const candidates = pkg.manifest.optionalDependencies.filter((name) => {
    const [, scope, stem] = PLATFORM.exec(name) ?? []
    if (stem === undefined) return false
    return [stem, `${scope}-${stem}`].some((stemmed) => stemmed.replace(/-binding$/, '') === own)
  })
  return candidates.find((name) =>
    siblingFolders(pkg.dir).some((folder) => {
      const dir = `${folder}/${name}`
      return addonBelow(dir, namesIn(dir)) !== undefined
    }),
  )
}

/** The folders in which the dependencies of a package may lie, nearest first. */
function siblingFolders(dir: string): string[] {
  const folders = [`${dir}/node_modules`]
  for (
    let end = dir.lastIndexOf('/node_modules/');
    end !== -1;
    end = dir.lastIndexOf('/node_modules/', end - 1)
  ) {
    folders.push(dir.slice(0, end + '/node_modules'.length))
    if (end === 0) break
  }
  return folders
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}
