/**
 * Copies of packages. The identity of a package is its name: two formats, or two loaders, of one file tree are two
 * copies; whether other places or versions are is said by its row in the table or by a rule.
 */
import fs from 'node:fs'
import path from 'node:path'
import { knownSingleton } from '../flags/known-singletons.ts'
import { patternsOf } from '../flags/rule-shape.ts'
import type { CoreState } from '../host/core-state.ts'
import { formatByName } from '../host/formats.ts'
import type { GuardedPackage } from '../host/guard-state.ts'
import { isObject, type Manifest } from '../host/manifests.ts'
import type { GuardedCopy } from '../host/module-host.ts'
import { fileOf, isFileId, isInstalled } from '../host/module-id.ts'
import { type PackageInfo, packageOf } from '../host/packages.ts'
import { isVirtualPath, relativeTo } from '../host/paths.ts'
import type { ResolvedSpec } from '../host/resolved-spec.ts'

// Taken once: tests spy on fs.
const { existsSync, readFileSync } = fs

/** Notes the copy of a package that came first. */
export function notePackage(state: CoreState, spec: ResolvedSpec, copy: GuardedCopy): void {
  const { guard } = state
  const pkg = guardedPackage(state, spec, copy)
  if (!pkg || guard.packages.has(pkg.name) || isOfItself(copy)) return
  guard.packages.set(pkg.name, { ...copy, dir: pkg.dir, version: pkg.version })
}

/** A copy of the same package from another place, of another version, by another loader or in another format. */
export function otherPackageCopy(
  state: CoreState,
  spec: ResolvedSpec,
  copy: GuardedCopy,
): GuardedPackage | undefined {
  const pkg = guardedPackage(state, spec, copy)
  const first = pkg && state.guard.packages.get(pkg.name)
  if (!pkg || !first || isOfItself(copy)) return undefined
  if (first.dir === pkg.dir)
    return isOtherTree(first, copy) || isOtherBuild(pkg, first, copy) ? first : undefined
  const across = acrossOf(state, spec)
  if (across === 'versions') return first
  return across === 'places' && first.version === pkg.version ? first : undefined
}

/**
 * The package that a copy is guarded as part of: an installed one, or one of the workspace that a rule or its own manifest
 * marks by name.
 */
function guardedPackage(
  state: CoreState,
  { id, package: pkg, flags }: ResolvedSpec,
  copy: GuardedCopy,
): PackageInfo | undefined {
  if (!pkg || isInstalled(copy.id) || isVirtualPath(copy.id)) return pkg
  const isNamed = state.rules
    .matching(id, pkg)
    .some(({ rule }) => patternsOf(rule).some((pattern) => pattern === pkg.name))
  return isNamed || flags.allowReimport.provenance.source === 'package.json' ? pkg : undefined
}

/**
 * Whether two copies exist side by side by what is installed and configured, in two places, versions, formats or
 * loaders: no test has done that.
 */
export function stand(first: GuardedCopy, second: GuardedCopy): boolean {
  if (first.loader !== second.loader || fileOf(first.id) !== fileOf(second.id)) return true
  return first.format !== undefined && second.format !== undefined && first.format !== second.format
}

/** Whether somebody has said that there may be one copy: more than the table, which only knows what often breaks. */
export function isMarked(state: CoreState, { id, package: pkg, flags }: ResolvedSpec): boolean {
  if (flags.allowReimport.provenance.source !== 'known-singleton') return true
  return state.rules
    .matching(id, pkg)
    .some(({ rule }) => rule.across !== undefined || rule.onDuplicate === 'throw')
}

/** A package that loads more of itself: how it is made up is its own affair, an ESM entry over CommonJS for instance. */
export function isOfItself({ id, importedBy: [importer] }: GuardedCopy): boolean {
  if (importer === undefined || !isFileId(importer)) return false
  const dir = packageOf(fileOf(id))?.dir
  return dir !== undefined && packageOf(fileOf(importer))?.dir === dir
}

/** Whether two entries into one folder lead to two sets of modules. */
export function isOtherTree(first: GuardedCopy, second: GuardedCopy): boolean {
  const both = [first, second]
  if (first.loader !== second.loader && !both.some(({ isEntryOnly }) => isEntryOnly)) return true
  if (first.format === undefined || second.format === undefined || first.format === second.format)
    return false
  return !both.some((copy) => copy.format === 'esm' && isOverCommonJs(fileOf(copy.id)))
}

/**
 * Whether one copy is of the source of a package and the other of what was built of it, as where an alias leads to
 * `src/index.ts` and the package's name to `dist/index.js`.
 */
export function isOtherBuild(
  { dir, manifest }: PackageInfo,
  { id: one }: GuardedCopy,
  { id: other }: GuardedCopy,
): boolean {
  const files = [one, other].map((id) => relativeTo(dir, fileOf(id)))
  const [first = '', second = ''] = files
  if (first === second || topOf(first) === topOf(second)) return false
  const targets = entriesOf(manifest)
  if (targets.some((ofOne) => files.every((file) => ofOne.includes(file)))) return true
  const built = new Set(targets.flat().map(topOf))
  const sources = files.filter((file) => !built.has(topOf(file)))
  // Of anything else next to a build, such as data, there is one.
  return sources.length === 1 && [...built].some((top) => hasTwin(dir, top, sources[0] ?? ''))
}

/** The folder of a package in which one of its files lies; empty where that is the package's own. */
function topOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : ''
}

/** For each entry of a package the files that it may lead to, relative to the package. */
function entriesOf({ exports, main, module }: Manifest): string[][] {
  const bySubpath =
    isObject(exports) && Object.keys(exports).some((key) => key.startsWith('.'))
      ? Object.values(exports)
      : [exports]
  return [[main, module], ...bySubpath].map((target) =>
    filesIn(target).map((file) => path.posix.normalize(file.replace(/^\.\//, ''))),
  )
}

function filesIn(target: unknown): string[] {
  if (typeof target === 'string') return [target]
  if (Array.isArray(target)) return target.flatMap(filesIn)
  return isObject(target) ? Object.values(target).flatMap(filesIn) : []
}

/** Whether there is a file of the same name, but for its ending, in another of the package's folders. */
function hasTwin(dir: string, top: string, file: string): boolean {
  const name = file
    .slice(topOf(file).length)
    .replace(/^\//, '')
    .replace(/\.\w+$/, '')
  const twin = path.posix.join(dir, top, name)
  return (
    topOf(file) !== '' && top !== '' && ['.js', '.mjs', '.cjs'].some((ending) => existsSync(twin + ending))
  )
}

const IMPORT = /\b(?:from|import)\s*['"](\.{1,2}\/[^'"]+)['"]/g

/**
 * Whether an ES module is an entry over the package's own CommonJS build, of which it hands out the exports. Read only
 * when a second copy is about to be reported.
 */
function isOverCommonJs(file: string): boolean {
  try {
    const text = readFileSync(file, 'utf8')
    return Array.from(text.matchAll(IMPORT), ([, specifier = '']) => specifier).some((specifier) =>
      isCommonJs(path.resolve(path.dirname(file), specifier)),
    )
  } catch {
    return false
  }
}

/** TypeScript that is no `.cts` is no build. */
function isCommonJs(file: string): boolean {
  return /\.(?:js|cjs|cts)$/.test(file) && formatByName(file) !== 'module'
}

function acrossOf(state: CoreState, { id, package: pkg }: ResolvedSpec): string {
  const rules = state.rules.matching(id, pkg)
  const byRule = rules.filter(({ rule }) => rule.across !== undefined).at(-1)?.rule.across
  return byRule ?? (pkg && state.knownSingletons ? knownSingleton(pkg.name)?.across : undefined) ?? 'file'
}
