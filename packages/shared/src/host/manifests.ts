/** The one reader of `package.json` files: each is read once. */
import fs from 'node:fs'
import path from 'node:path'
import { toSlashes } from './paths.ts'

// Taken once: tests spy on fs, and what a test stubs must not change which package a file belongs to.
const { readFileSync } = fs

/** The parts of a `package.json` that we look at. */
export interface Manifest {
  readonly name: string | undefined
  readonly version: string | undefined
  /** Undefined where it does not say: Node then looks at the syntax of each file. */
  readonly type: 'module' | 'commonjs' | undefined
  /** As written, unchecked: see `flags/package-key.ts`. */
  readonly freshModules: unknown
  /** As written, unchecked. */
  readonly exports: unknown
  readonly main: string | undefined
  readonly module: string | undefined
  readonly dependencies: readonly string[]
  readonly optionalDependencies: readonly string[]
  /** The commands of its `preinstall`, `install` and `postinstall` scripts. */
  readonly installScript: string
  readonly gypfile: boolean
  /** Whether there is the field `binary` of node-pre-gyp and prebuild. */
  readonly binary: boolean
}

/** Folder -> its `package.json`; undefined where there is none, or a broken one. Emptied by `forgetManifests` alone. */
const manifests = new Map<string, Manifest | undefined>()

export function forgetManifests(): void {
  manifests.clear()
  nearest.clear()
}

/** The `package.json` of this very folder. */
export function manifestIn(folder: string): Manifest | undefined {
  const dir = toSlashes(folder)
  if (!manifests.has(dir)) manifests.set(dir, read(`${dir}/package.json`))
  return manifests.get(dir)
}

/** Folder -> the manifest that tells Node the format of its files. Emptied together with the above. */
const nearest = new Map<string, Manifest | undefined>()

/** The nearest `package.json` above a file, with or without a name: the one that tells Node the format of the file. */
export function nearestManifest(file: string): Manifest | undefined {
  return nearestTo(path.dirname(file))
}

function nearestTo(folder: string): Manifest | undefined {
  if (nearest.has(folder)) return nearest.get(folder)
  const parent = path.dirname(folder)
  // Node does not look above the folder of an installed package.
  const isLast = parent === folder || path.basename(folder) === 'node_modules'
  const found = manifestIn(folder) ?? (isLast ? undefined : nearestTo(parent))
  nearest.set(folder, found)
  return found
}

function read(file: string): Manifest | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
    return isObject(parsed) ? subsetOf(parsed) : undefined
  } catch {
    // Absent, or broken: a broken one is for the host to complain about, which reads it as well.
    return undefined
  }
}

function subsetOf(manifest: Record<string, unknown>): Manifest {
  const { type } = manifest
  const scripts = isObject(manifest['scripts']) ? manifest['scripts'] : {}
  const commands = ['preinstall', 'install', 'postinstall'].map((script) => nonEmpty(scripts[script]) ?? '')
  return {
    name: nonEmpty(manifest['name']),
    version: nonEmpty(manifest['version']),
    type: type === 'module' || type === 'commonjs' ? type : undefined,
    freshModules: manifest['freshModules'],
    exports: manifest['exports'],
    main: nonEmpty(manifest['main']),
    module: nonEmpty(manifest['module']),
    dependencies: keysOf(manifest['dependencies']),
    optionalDependencies: keysOf(manifest['optionalDependencies']),
    installScript: commands.filter(Boolean).join(' && '),
    gypfile: manifest['gypfile'] === true,
    binary: isObject(manifest['binary']),
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function keysOf(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : []
}
