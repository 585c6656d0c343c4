/**
 * Copies of packages. The identity of a package is its name: two formats, or two loaders, of one file tree are two
 * copies; whether other places or versions are is said by its row in the table or by a rule.
 */
import fs from 'node:fs'
import path from 'node:path'
import { knownSingleton } from '../flags/known-singletons.ts'
import type { CoreState } from '../host/core-state.ts'
import { formatByName } from '../host/formats.ts'
import type { GuardedPackage } from '../host/guard-state.ts'
import type { GuardedCopy } from '../host/module-host.ts'
import { fileOf, isFileId, isInstalled } from '../host/module-id.ts'
import { packageOf } from '../host/packages.ts'
import type { ResolvedSpec } from '../host/resolved-spec.ts'

// Taken once: tests spy on fs.
const { readFileSync } = fs

/** Notes the copy of an installed package that came first. */
export function notePackage({ guard }: CoreState, { package: pkg }: ResolvedSpec, copy: GuardedCopy): void {
  if (!pkg || !isInstalled(copy.id) || guard.packages.has(pkg.name) || isOfItself(copy)) return
  guard.packages.set(pkg.name, { ...copy, dir: pkg.dir, version: pkg.version })
}

/** A copy of the same package from another place, of another version, by another loader or in another format. */
export function otherPackageCopy(
  state: CoreState,
  spec: ResolvedSpec,
  copy: GuardedCopy,
): GuardedPackage | undefined {
  const { package: pkg } = spec
  const first = pkg && isInstalled(copy.id) ? state.guard.packages.get(pkg.name) : undefined
  if (!pkg || !first || isOfItself(copy)) return undefined
  if (first.dir === pkg.dir) return isOtherTree(first, copy) ? first : undefined
  const across = acrossOf(state, spec)
  if (across === 'versions') return first
  return across === 'places' && first.version === pkg.version ? first : undefined
}

/**
 * Whether two copies stand beside each other by what is installed and configured, in two places, versions, formats or
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
