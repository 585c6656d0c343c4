/**
 * Which version of the core this is. A core and an adapter of two versions do not know each other's state: they say so
 * instead of going wrong later. Several copies of one version agree.
 */
import fs from 'node:fs'
import path from 'node:path'
import { OWN_FILE } from '../own-file.ts'
import { UnsupportedHostError } from './errors.ts'

// Taken once: tests spy on fs.
const { readFileSync } = fs

const CORE = 'fresh-modules'

/** The package that has put a host in charge, as its own `package.json` has it. */
export interface Adapter {
  readonly name: string
  readonly version: string
}

let own: string | undefined

/** The version of this copy of the core: its `package.json` is one folder up, from `src` and from `dist`. Read once. */
export function coreVersion(): string {
  own ??= readVersion(path.join(path.dirname(OWN_FILE), '../package.json'))
  return own
}

/** Of the core's or an adapter's `package.json`. Cloudflare's runtime shows no files: there neither can be read. */
export function readVersion(manifest: string): string {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as Adapter).version
  } catch {
    return 'of an unknown version'
  }
}

/** An adapter makes its state with the core that it has found. @throws `ERR_UNSUPPORTED_HOST` */
export function assertAdapter({ name, version }: Adapter): void {
  const core = coreVersion()
  if (version === core) return
  throw new UnsupportedHostError(
    `${name} ${version}`,
    `it needs ${CORE} ${version}, and ${core} is installed`,
    installBoth(version, core, name),
  )
}

/**
 * A helper is called on a host that a core of this version has put in charge.
 *
 * @param label The host's own name, where no adapter is known
 * @throws `ERR_UNSUPPORTED_HOST`
 */
export function assertSameCore(
  theirs: string | undefined,
  adapter: Adapter | undefined,
  label: string,
): void {
  const core = coreVersion()
  if (theirs === core) return
  throw new UnsupportedHostError(
    adapter ? `${adapter.name} ${adapter.version}` : label,
    `it was put in charge by ${CORE} ${theirs ?? 'of an unknown version'}, and this helper is one of ${CORE} ${core}`,
    installBoth(theirs ?? core, core, adapter?.name),
  )
}

/** The command that brings both to the newer version. */
function installBoth(one: string, other: string, adapter: string | undefined): string {
  const version = isNewer(one, other) ? one : other
  const packages = [CORE, ...(adapter === undefined ? [] : [adapter])].map((name) => `${name}@${version}`)
  return `Run npm install --save-dev ${packages.join(' ')}`
}

function isNewer(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) > 0
}
