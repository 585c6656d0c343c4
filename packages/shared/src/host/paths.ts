/** Paths as ids, rules and tables compare them: absolute, by forward slashes on every platform. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const ON_WINDOWS = path.sep === '\\'

/** On Windows a path with forward slashes, as Vite writes it; elsewhere a backslash is a character like any other. */
export function toSlashes(file: string): string {
  return ON_WINDOWS ? file.replaceAll('\\', '/') : file
}

export function isAbsolutePath(file: string): boolean {
  return path.isAbsolute(file)
}

/** `file` from `folder`, by forward slashes; starts with `../` when it is not below. */
export function relativeTo(folder: string, file: string): string {
  return toSlashes(path.relative(folder, file))
}

/** `target` from `folder`, by forward slashes. */
export function resolveFrom(folder: string, target: string): string {
  return toSlashes(path.resolve(folder, target))
}

/**
 * The one spelling of a file's path, for comparing: module systems write the same file in several ways, on Windows above
 * all. What is no path of a file stays as it is. Queries are not looked for: pass the path alone.
 *
 * - a `file:` URL -> its path;
 * - on Windows `c:\app\db.ts`, `/C:/app/db.ts` (what is left of a URL) and `\\?\C:\app\db.ts` -> `C:/app/db.ts`;
 * - on Windows `\\server\share\db.ts` -> `//server/share/db.ts`.
 */
export function normalPath(file: string): string {
  if (file.startsWith('file:')) return normalPath(pathOfFileUrl(file))
  if (!ON_WINDOWS) return file
  const plain = file
    .replace(/^[\\/]{2}[?.][\\/]UNC[\\/]/i, '//')
    .replace(/^[\\/]{2}[?.][\\/](?=[A-Za-z]:)/, '')
  const onDrive = /^[\\/]?([A-Za-z]):(?=[\\/]|$)/.exec(plain)
  if (onDrive) return `${onDrive[1]?.toUpperCase()}:${toSlashes(plain.slice(onDrive[0].length))}`
  return /^[\\/]/.test(plain) ? toSlashes(plain) : file
}

/** Whether two paths, in whatever spelling, are of one file. Links are not followed. */
export function isSamePath(one: string, other: string | undefined): boolean {
  return one === other || (other !== undefined && normalPath(one) === normalPath(other))
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url, { windows: ON_WINDOWS })
  } catch {
    // Of another platform, as `file:///app/db.ts` on Windows: it has no drive.
    return url.replace(/^file:\/{0,2}(?=\/)/, '').replace(/^file:\/*/, '/')
  }
}

/**
 * Whether Yarn's Plug'n'Play has given the file its own path: one package with two sets of peer dependencies is
 * there twice, under two such paths, and evaluated twice.
 */
export function isVirtualPath(file: string): boolean {
  return /[\\/](?:__virtual__|\$\$virtual)[\\/]/.test(file)
}
