/** What one pattern of a rule matches. */
import { realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { builtinName, fileOf, isFileId, type ModuleId } from '../host/module-id.ts'
import type { PackageInfo } from '../host/packages.ts'
import { isAbsolutePath, relativeTo, resolveFrom, toSlashes } from '../host/paths.ts'
import { globs } from './globs.ts'
import { isRegExp } from './rule-shape.ts'

/** `exact`: the pattern names exactly this module or package. `loose`: it matches by a glob, a RegExp or a folder. */
export type PatternMatcher = (id: ModuleId, pkg: PackageInfo | undefined) => 'exact' | 'loose' | undefined

// A name that ends like this is a file of the project, though it starts with neither a dot nor a slash.
const SOURCE_FILE = /\.(?:[cm]?[jt]s|[jt]sx|json|vue|svelte)$/

const NO_MATCH: PatternMatcher = () => undefined

/**
 * Compiles one pattern:
 *
 * - a RegExp is tested against the module's path, by forward slashes and without its query;
 * - `'./test/db.ts'`, `'../x.ts'`, `'/abs/x.ts'`: that file; extensions are not guessed. With a slash at the end,
 *   `'./fixtures/'`, everything below the folder;
 * - `'src/{a,b}-*.ts'`, anything with the characters of a glob: relative to the root, dot files included. A file
 *   that really has such characters in its name (`'./app/[id]/page.ts'`) is matched by its name as well, exactly;
 * - `'react'`, `'@scope/x'`, `'node:fs'`: the package or builtin of that name; `'pkg/sub'`: its files `sub`, `sub.*`
 *   and all below `sub/`;
 * - a name with a source extension, `'test/db.ts'`, is a path from the root, but since packages may be called
 *   `chart.js` it names a package, too.
 */
export function compilePattern(pattern: string | RegExp, root: string): PatternMatcher {
  if (isRegExp(pattern)) return byRegExp(pattern)
  if (pattern === '') return NO_MATCH
  const itself: PatternMatcher = (id) => (id === pattern ? 'exact' : undefined)
  if (pattern.startsWith('.') || isAbsolutePath(pattern)) return anyOf(itself, byPath(pattern, root))
  if (globs().scan(pattern).isGlob) return anyOf(itself, byPath(pattern, root))
  const byName = anyOf(itself, byPackage(pattern))
  return SOURCE_FILE.test(pattern) ? anyOf(byPath(pattern, root), byName) : byName
}

/** Tries matchers in turn; the exact ones come first. */
function anyOf(...matchers: readonly PatternMatcher[]): PatternMatcher {
  return (id, pkg) => {
    for (const matches of matchers) {
      const match = matches(id, pkg)
      if (match !== undefined) return match
    }
    return undefined
  }
}

function byRegExp(pattern: RegExp): PatternMatcher {
  // A copy of our own: with /g or /y a test starts where the last one ended, and the user's object is theirs.
  const own = new RegExp(pattern.source, pattern.flags)
  return (id) => {
    own.lastIndex = 0
    return own.test(toSlashes(fileOf(id))) ? 'loose' : undefined
  }
}

function byPath(pattern: string, root: string): PatternMatcher {
  const isFolder = /[\\/]$/.test(pattern)
  const targets = withRealPath(resolveFrom(root, pattern))
  const literally: PatternMatcher = (id) => {
    if (!isFileId(id)) return undefined
    const file = toSlashes(fileOf(id))
    if (isFolder) return targets.some((folder) => file.startsWith(`${folder}/`)) ? 'loose' : undefined
    return targets.includes(file) || targets.includes(toSlashes(id)) ? 'exact' : undefined
  }
  return globs().scan(pattern).isGlob ? anyOf(literally, byGlob(pattern, root)) : literally
}

function byGlob(pattern: string, root: string): PatternMatcher {
  const { base, glob } = globs().scan(pattern)
  // The part before the first glob character is a folder, which may be anywhere (`../shared/**`), and whose name
  // may have characters of globs in it when it is the root's. Only the rest is left to the matcher.
  const folders = withRealPath(resolveFrom(root, base))
  const matches = globs()(/[\\/]$/.test(glob) ? `${glob}**` : glob, { dot: true })
  return (id) => {
    if (!isFileId(id)) return undefined
    const file = fileOf(id)
    const below = folders.map((folder) => relativeTo(folder, file)).filter(isBelow)
    return below.some((relative) => matches(relative)) ? 'loose' : undefined
  }
}

function isBelow(relative: string): boolean {
  return relative !== '' && relative !== '..' && !relative.startsWith('../') && !isAbsolutePath(relative)
}

function byPackage(pattern: string): PatternMatcher {
  const builtin = isBuiltin(pattern) ? builtinName(pattern) : undefined
  const [, name, sub] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(pattern) ?? []
  return (id, pkg) => {
    if (id === builtin) return 'exact'
    if (pkg === undefined || (pkg.name !== name && pkg.alias !== name)) return undefined
    return sub ? bySubpath(relativeTo(pkg.dir, fileOf(id)), sub) : 'exact'
  }
}

/** `utils` of a package: its `utils`, `utils.js`, `utils/index.js` are what it names, the rest lies below it. */
function bySubpath(file: string, sub: string): 'exact' | 'loose' | undefined {
  if (file === sub) return 'exact'
  const rest = file.startsWith(sub) ? file.slice(sub.length) : ''
  if (/^(?:\/index)?(?:\.[^/]+)$/.test(rest)) return 'exact'
  return rest.startsWith('/') ? 'loose' : undefined
}

/** A path as it is written, and as ids have it: by real path. */
function withRealPath(target: string): readonly string[] {
  try {
    const real = toSlashes(realpathSync.native(target))
    return real === target ? [target] : [target, real]
  } catch {
    // Not there (yet). The nearest folder above that is may still lie behind a link.
    const parent = resolveFrom(target, '..')
    if (parent === target) return [target]
    const name = target.slice(parent.length).replace(/^\//, '')
    return withRealPath(parent).map((folder) => resolveFrom(folder, name))
  }
}
