/** The key `freshModules` of a `package.json`: what a package says of its modules. */
import { isObject, nonEmpty } from '../host/manifests.ts'
import { fileOf } from '../host/module-id.ts'
import { FLAGS, type FlagDeclaration, type Flags } from '../host/module-spec.ts'
import type { PackageInfo } from '../host/packages.ts'
import { resolveFrom, toSlashes } from '../host/paths.ts'
import { didYouMean } from './did-you-mean.ts'

/** What a `package.json` says of one file, and what is wrong with what it says. */
export interface PackageDeclarations {
  /** For the whole package first, then for the file; later ones win. */
  readonly declarations: readonly FlagDeclaration[]
  /** The same for every file of the package, one sentence each. */
  readonly problems: readonly string[]
}

interface Parsed {
  readonly whole: FlagDeclaration | undefined
  /** Absolute file -> what `"./registry.js": {…}` says of it. */
  readonly perFile: ReadonlyMap<string, FlagDeclaration>
  readonly problems: readonly string[]
}

/** Package -> its `freshModules` key, checked. Goes with the package when it is forgotten. */
const parsedKeys = new WeakMap<PackageInfo, Parsed>()

/**
 * The key `freshModules` of a package, for one of its files:
 * `{ "allowReimport": false, "reason": "…", "./registry.js": { "allowUnload": false } }`.
 * Only the known flags and `reason` are read; anything else is reported in `problems`.
 */
export function declarationsFromPackage(pkg: PackageInfo, file: string): PackageDeclarations {
  let parsed = parsedKeys.get(pkg)
  if (parsed === undefined) {
    parsed = parseKey(pkg)
    parsedKeys.set(pkg, parsed)
  }
  const ofFile = parsed.perFile.size > 0 ? parsed.perFile.get(toSlashes(fileOf(file))) : undefined
  return {
    declarations: [parsed.whole, ofFile].filter((declaration) => declaration !== undefined),
    problems: parsed.problems,
  }
}

function parseKey(pkg: PackageInfo): Parsed {
  const perFile = new Map<string, FlagDeclaration>()
  const problems: string[] = []
  const where = `${pkg.dir}/package.json`
  const raw = pkg.manifest.freshModules
  if (raw === undefined) return { whole: undefined, perFile, problems }

  const report = (what: string) => problems.push(`"freshModules" in ${where}: ${what}`)
  if (!isObject(raw)) {
    report(`must be an object, not ${describe(raw)}`)
    return { whole: undefined, perFile, problems }
  }
  for (const [key, value] of Object.entries(raw)) {
    if (!key.startsWith('./')) continue
    if (!isObject(value)) {
      report(`"${key}" must be an object of flags, not ${describe(value)}`)
      continue
    }
    const declaration = parseFlags(value, `${where} "${key}"`, (what) => report(`"${key}": ${what}`))
    if (declaration) perFile.set(resolveFrom(pkg.dir, key), declaration)
  }
  const isOfPackage = (key: string) => !key.startsWith('./') && !OPTION_KEYS.includes(key)
  const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => isOfPackage(key)))
  return { whole: parseFlags(rest, where, report), perFile, problems }
}

const KNOWN_KEYS = [...FLAGS, 'reason']

/** Options of the run, which the root's `package.json` may hold under the same key: see `fresh-modules/register`. */
export const OPTION_KEYS: readonly string[] = [
  'specs',
  'knownSingletons',
  'onDuplicate',
  'onParallelWorker',
  'lockTimeout',
  'resetBetween',
  'onResetFailure',
]

function parseFlags(
  raw: Record<string, unknown>,
  where: string,
  report: (what: string) => void,
): FlagDeclaration | undefined {
  const flags: Partial<Flags> = {}
  for (const [key, value] of Object.entries(raw)) {
    const flag = FLAGS.find((known) => known === key)
    if (flag !== undefined) {
      if (typeof value === 'boolean') flags[flag] = value
      else report(`"${key}" must be true or false, not ${describe(value)}`)
    } else if (key === 'reason') {
      if (typeof value !== 'string') report(`"reason" must be a string, not ${describe(value)}`)
    } else {
      report(unknownKey(key, value))
    }
  }
  if (Object.keys(flags).length === 0) return undefined
  const reason = nonEmpty(raw['reason'])
  return reason === undefined ? { flags, where } : { flags, reason, where }
}

function unknownKey(key: string, value: unknown): string {
  if (isObject(value)) return `unknown key "${key}"; files of the package start with "./"`
  return `unknown key "${key}"${didYouMean(key, KNOWN_KEYS) || `; known keys: ${KNOWN_KEYS.join(', ')}`}`
}

function describe(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
