/** Ids are real paths, with the query where an ES import has one. */
import { fileOf, type ModuleId, moduleId } from 'fresh-modules/internal/core'

export function idOfFile(file: string, query = ''): ModuleId {
  return moduleId(file + query)
}

/** `?a=1` of `/app/x.mjs?a=1`. */
export function queryOf(id: ModuleId): string {
  return id.slice(fileOf(id).length)
}

/** Path and query of a specifier; a leading `#` belongs to a package's own imports. */
export function splitSpecifier(specifier: string): { path: string; query: string } {
  const at = specifier.slice(1).search(/[?#]/)
  return at === -1
    ? { path: specifier, query: '' }
    : { path: specifier.slice(0, at + 1), query: specifier.slice(at + 1) }
}
