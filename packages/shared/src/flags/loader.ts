/** What follows from what a module is: builtins and native addons exist once in a process. */
import { fileOf, isFirstParty, type ModuleId } from '../host/module-id.ts'
import type { FlagDeclaration } from '../host/module-spec.ts'
import { type PackageInfo, packageOf } from '../host/packages.ts'
import { toSlashes } from '../host/paths.ts'
import { whyAddonPackage } from './addon-packages.ts'

/** What a loader knows of a module before it is evaluated. */
export interface LoaderInput {
  readonly id: ModuleId
  readonly kind: 'source' | 'json' | 'builtin' | 'addon' | 'virtual'
  readonly pkg: PackageInfo | undefined
}

const BUILTIN: FlagDeclaration = {
  flags: { allowReload: false, allowReimport: false, allowUnload: false },
  reason: 'built into Node',
}

const ADDON: FlagDeclaration = {
  flags: { allowReload: false, allowReimport: false, allowUnload: false },
  reason: 'a native addon is loaded once in a process',
}

/**
 * What the loader says of a module's flags. Builtins and native addons refuse reload, reimport and unload. The
 * JavaScript of a package that loads an addon refuses reload and reimport: a second evaluation meets an addon that
 * is initialized already, and holds classes of the first.
 */
export function loaderDeclarations({ id, kind, pkg }: LoaderInput): FlagDeclaration[] {
  if (kind === 'builtin') return [BUILTIN]
  if (kind === 'addon' || isAddon(fileOf(id))) return [{ ...ADDON, where: fileOf(id) }]
  if (kind !== 'source') return []
  const said = whyWrapper(id, pkg)
  return said === undefined ? [] : [said]
}

function whyWrapper(id: ModuleId, pkg: PackageInfo | undefined): FlagDeclaration | undefined {
  const { files, packages } = addonsLoaded()
  const file = toSlashes(fileOf(id))
  const why = files.get(file)
  if (why !== undefined) return wrapper(`it loads the native addon ${why}`, file)
  // The sources of a project that has an addon are many, its tests among them, and only those that load it matter.
  if (pkg === undefined || isFirstParty(id)) return undefined
  const loaded = packages.get(pkg.dir)
  const hint = loaded === undefined ? whyAddonPackage(pkg) : `the native addon ${loaded}`
  return hint === undefined ? undefined : wrapper(`its package loads ${hint}`, pkg.dir)
}

function wrapper(reason: string, where: string): FlagDeclaration {
  return { flags: { allowReload: false, allowReimport: false }, reason, where }
}

function isAddon(file: string): boolean {
  return file.endsWith('.node')
}

interface LoadedAddons {
  /** File that loaded an addon -> the addon: `/app/src/native.js` -> `/app/build/Release/native.node`. Only grows. */
  readonly files: Map<string, string>
  /** Folder of an installed package that loaded one, or whose addon was loaded -> the addon. Only grows. */
  readonly packages: Map<string, string>
}

// Addons are loaded into the process for good. They stand on the realm's global and not in a module variable, so
// that two copies of the core agree.
const SLOT = Symbol.for('fresh-modules.loaded-addons')

function addonsLoaded(): LoadedAddons {
  const realm = globalThis as { [SLOT]?: LoadedAddons }
  realm[SLOT] ??= { files: new Map(), packages: new Map() }
  return realm[SLOT]
}

// They load the addons of others.
const ADDON_LOADERS = new Set([
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
  'pkg-prebuilds',
  '@neon-rs/load',
])

/**
 * For hosts that see an addon being loaded, which finds what no hint in a package tells.
 *
 * @param addon the `.node` file
 * @param loadedBy the file that asked for it, where that is known
 */
export function noteAddonLoaded(addon: string, loadedBy?: string): void {
  const { files, packages } = addonsLoaded()
  for (const file of loadedBy === undefined ? [addon] : [addon, loadedBy]) {
    const pkg = packageOf(file)
    if (isFirstParty(file as ModuleId)) {
      if (!isAddon(file)) files.set(toSlashes(fileOf(file)), addon)
    } else if (pkg !== undefined && !ADDON_LOADERS.has(pkg.name)) {
      packages.set(pkg.dir, addon)
    }
  }
}

/** Lets another realm of this process see the same: addons are loaded for all of them, as Jest's sandboxes are. */
export function shareLoadedAddons(realm: object): void {
  Object.defineProperty(realm, SLOT, { value: addonsLoaded(), configurable: true, writable: true })
}
