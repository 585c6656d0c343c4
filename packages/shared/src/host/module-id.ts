/**
 * Module ids: a host's resolved key for one module. Only user-facing functions take a
 * specifier; everything below them takes an id, so the two cannot be mixed up.
 */
import { isBuiltin } from 'node:module'
import { normalPath } from './paths.ts'

declare const brand: unique symbol

/** The host's resolved key for a module, e.g. `/app/src/config.ts`, `/app/src/logo.svg?raw`, `node:fs`. */
export type ModuleId = string & { readonly [brand]: 'ModuleId' }

/** Brands a key that a host has resolved. Hosts call it at their edge, and nobody else. */
export function moduleId(resolved: string): ModuleId {
  return (isBuiltin(resolved) ? builtinName(resolved) : resolved) as ModuleId
}

/** `fs` and `node:fs` are one name. */
export function builtinName(name: string): string {
  return name.startsWith('node:') ? name : `node:${name}`
}

export function isBuiltinId(id: ModuleId): boolean {
  return id.startsWith('node:')
}

// A hash has no slash: folders may be called `C#`.
const QUERY_OR_HASH = /\?|#(?![^?]*[\\/])/

/** The id without query and hash: a path for files, the bare id for virtual modules. */
export function fileOf(id: ModuleId | string): string {
  // Asked of every module at every reset, and nearly all have neither.
  if (!id.includes('?') && !id.includes('#')) return id
  const end = id.search(QUERY_OR_HASH)
  return end === -1 ? id : id.slice(0, end)
}

// Queries that make a separate module out of a file: Vite's asset queries, and the sub-blocks that the Vue,
// Svelte and Astro plugins cut out of one file. Any other query evaluates the same source as the same kind.
const OWN_MODULE_PARAMS = new Set([
  'raw',
  'url',
  'inline',
  'no-inline',
  'worker',
  'sharedworker',
  'worklet',
  'init',
  'vue',
  'svelte',
  'astro',
  'type',
  'index',
  'lang',
  'setup',
  'src',
  'scoped',
]) // prettier-ignore

/**
 * What a refusal is keyed by: two ids of one identity are copies of each other. `./db.ts?x=1`, Vitest's
 * `_vitest_original` and `mock:` ids all belong to `./db.ts`; `./db.ts?raw` does not. On Windows `c:\app\db.ts` and
 * `C:/app/db.ts` are one.
 */
export function identityOf(id: ModuleId): ModuleId {
  if (!id.includes('?') && !id.includes('#') && !id.startsWith('mock:')) return normalPath(id) as ModuleId
  const plain = id.startsWith('mock:') ? id.slice('mock:'.length) : id
  const file = fileOf(plain)
  const query = plain.slice(file.length).replace(/#.*$/, '')
  const kept = query
    .slice(1)
    .split('&')
    .filter((param) => OWN_MODULE_PARAMS.has(param.split(/[=.]/)[0] ?? ''))
  const normal = normalPath(file)
  return (kept.length ? `${normal}?${kept.join('&')}` : normal) as ModuleId
}

/** Whether the id is a file on disk rather than a builtin or a virtual module. */
export function isFileId(id: ModuleId): boolean {
  return id.startsWith('/') || /^(?:[A-Za-z]:[\\/]|\\\\)/.test(id)
}

const IN_NODE_MODULES = /[\\/]node_modules[\\/]/

function isInNodeModules(id: string): boolean {
  return IN_NODE_MODULES.test(id) && IN_NODE_MODULES.test(fileOf(id))
}

/** Whether a file, or a folder, is one of an installed package: under `node_modules`. */
export function isInstalled(file: ModuleId | string): boolean {
  return isFileId(file as ModuleId) && isInNodeModules(file)
}

/** First-party: not under `node_modules`. Virtual modules are, unless a package's file is in their name; builtins not. */
export function isFirstParty(id: ModuleId): boolean {
  return !isBuiltinId(id) && !isInNodeModules(id)
}
