/** What a `require` of a file resolves to, with the loader's own words for what it does not find. */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { notFoundError } from '../../host/errors.ts'
import { fileOf, isFileId, type ModuleId, moduleId } from '../../host/module-id.ts'
import { formatOf } from '../format.ts'
import { cachedModule, Loader, requireFrom } from '../node-internals.ts'

// Taken once: tests spy on fs.
const { existsSync, realpathSync } = fs

/** Calling file -> whether it is CommonJS. One entry per file that calls us. */
const callers = new Map<string, boolean>()

/** Whether the calling file is CommonJS: what it names resolves as its own `require` does. */
export function isCommonJsCaller(importer: string): boolean {
  let known = callers.get(importer)
  if (known === undefined) {
    known = isCommonJs(importer)
    callers.set(importer, known)
  }
  return known
}

function isCommonJs(importer: string): boolean {
  const name = path.basename(importer)
  // `node -e` and standard input; as ES modules they are `[eval1]`.
  if (name.startsWith('[')) return name === '[eval]' || name === '[stdin]'
  // A folder calls nobody: it stands for a caller that was not found.
  if (!path.isAbsolute(importer) || /[\\/]$/.test(importer)) return false
  return formatOf(importer as ModuleId) === 'commonjs'
}

/** @throws the loader's own error */
export function resolveRequired(specifier: string, importer: string): ModuleId {
  const { resolve } = requireFrom(importer)
  const file = resolve(specifier)
  if (!isFileId(file as ModuleId) || existsSync(fileOf(file))) return moduleId(file)
  // Node remembers where it has found a file. What has gone may have left its name to another one.
  forgetPath(file)
  try {
    return moduleId(resolve(specifier))
  } catch (error) {
    // What is still registered has its id, as long as nobody wants to evaluate it.
    if (cachedModule(file)) return moduleId(file)
    throw error
  }
}

/** The same; undefined where a `require` finds nothing. */
export function findRequired(specifier: string, importer: string): ModuleId | undefined {
  if (specifier.startsWith('file:')) return undefined
  try {
    return resolveRequired(specifier, importer)
  } catch {
    return undefined
  }
}

/** What the loader remembers of a file that has gone. */
function forgetPath(file: string): void {
  const known = Loader._pathCache
  for (const [request, found] of Object.entries(known ?? {})) if (found === file) delete known?.[request]
}

/** The file of a URL that users have named. */
export function idOfFileUrl(url: string, importer: string): ModuleId {
  const file = fileURLToPath(url)
  try {
    return moduleId(realpathSync(file))
  } catch (error) {
    throw notFoundInstead(error, 'require', file, importer)
  }
}

/**
 * The error of a load whose file has gone since it was resolved: the loader's own words for what is not there. Any other
 * error is as it was.
 */
export function notFoundInstead(
  error: unknown,
  kind: 'import' | 'require',
  file: string,
  importer: string,
): unknown {
  const { code, path: missing } = (error ?? {}) as NodeJS.ErrnoException
  if (code !== 'ENOENT' || (missing !== undefined && missing !== file) || existsSync(file)) return error
  return notFoundError(kind, file, importer)
}
