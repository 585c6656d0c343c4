/** Paths as rules and tables compare them: absolute, by forward slashes on every platform. */
import path from 'node:path'

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
