/** Packages: which one a file belongs to. What its `package.json` says of its modules: `flags/package-key.ts`. */
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { forgetManifests, type Manifest, manifestIn } from './manifests.ts'
import { fileOf } from './module-id.ts'
import { isAbsolutePath, toSlashes } from './paths.ts'

/** One package on disk. The same object for every file of it, until `forgetPackages`. */
export interface PackageInfo {
  readonly name: string
  readonly version: string | undefined
  /** Its folder, by forward slashes. */
  readonly dir: string
  /** The folder's name under `node_modules`, where that is not its name (`"react17": "npm:react@17"`). */
  readonly alias: string | undefined
  readonly manifest: Manifest
}

/** Folder -> the package that its files belong to. Emptied by `forgetPackages` alone. */
const packagesByFolder = new Map<string, PackageInfo | undefined>()

/** @internal For tests that write packages. */
export function forgetPackages(): void {
  packagesByFolder.clear()
  forgetManifests()
}

// The package folder that a path under node_modules lies in. The last node_modules counts: those of pnpm's store and
// of nested packages.
const INSTALLED = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))(?:\/|$)/

/**
 * The package that a file belongs to; undefined for what is no file, and for files outside of any package.
 *
 * Under `node_modules` that is the folder right below it: a named `package.json` further down belongs to a subpath
 * (`preact/hooks`) or to something vendored (Next's own React), and neither is a separate package. Elsewhere it is
 * the nearest `package.json` upwards that has a name; one without (`{"type":"module"}`) is passed over.
 */
export function packageOf(file: string): PackageInfo | undefined {
  const plain = fileOf(file)
  return isAbsolutePath(plain) ? packageAt(toSlashes(path.dirname(plain))) : undefined
}

function packageAt(folder: string): PackageInfo | undefined {
  if (!packagesByFolder.has(folder)) packagesByFolder.set(folder, findPackage(folder))
  return packagesByFolder.get(folder)
}

function findPackage(folder: string): PackageInfo | undefined {
  const installed = INSTALLED.exec(folder)
  const [, dir, name] = installed ?? []
  if (dir !== undefined && name !== undefined) {
    // `.vite`, `.cache`, `.pnpm`: what tools keep there is no package.
    if (name.startsWith('.')) return undefined
    return dir === folder ? readPackage(dir, name) : packageAt(dir)
  }
  if (path.posix.basename(folder) === 'node_modules') return undefined
  const parent = path.posix.dirname(folder)
  return readPackage(folder) ?? (parent === folder ? undefined : packageAt(parent))
}

/** Reads a folder's `package.json`; one without a name counts only if it was installed under one. */
function readPackage(dir: string, installedAs?: string): PackageInfo | undefined {
  const manifest = manifestIn(dir)
  const name = manifest?.name ?? installedAs
  if (manifest === undefined || name === undefined) return undefined
  const alias = installedAs === name ? undefined : installedAs
  return { name, version: manifest.version, dir, alias, manifest }
}

// Letters, digits and most marks; what starts with a dot, a slash, # (a package's own imports), ~ or $ (aliases) is
// none, and neither is a scope alone.
const PACKAGE_NAME = /^(?:@[^/@\s]+\/)?[^./@#~$\s\0\\][^/\\]*/

/**
 * The package that a specifier names: `pkg/sub` -> `pkg`, `@s/p/x` -> `@s/p`. Undefined for paths, URLs and other
 * schemes, `#imports`, and builtins.
 */
export function packageNameOf(specifier: string): string | undefined {
  if (/^[A-Za-z][A-Za-z\d+.-]*:/.test(specifier) || isBuiltin(specifier)) return undefined
  const name = PACKAGE_NAME.exec(specifier)?.[0]
  return name === undefined ? undefined : fileOf(name)
}
