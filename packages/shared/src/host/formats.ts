/** What a file is, by its name and its package: its format for Node's loaders, and its kind for the core. */
import path from 'node:path'
import { nearestManifest } from './manifests.ts'
import type { ModuleKind } from './module-host.ts'
import { fileOf, isBuiltinId, isFileId, type ModuleId } from './module-id.ts'

/** A file's format, in the words of Node's loaders. */
export type FileFormat = 'commonjs' | 'module' | 'json' | 'addon' | 'wasm'

const BY_ENDING: Readonly<Record<string, FileFormat>> = {
  '.mjs': 'module',
  '.mts': 'module',
  '.cjs': 'commonjs',
  '.cts': 'commonjs',
  '.json': 'json',
  '.node': 'addon',
  '.wasm': 'wasm',
}

/**
 * The format that Node's loaders give a file by its ending and the nearest `package.json`. Undefined where neither says:
 * then its syntax decides, or it is CommonJS.
 */
export function formatByName(id: ModuleId | string): FileFormat | undefined {
  const file = fileOf(id)
  return BY_ENDING[path.extname(file)] ?? nearestManifest(file)?.type
}

/** The same as the guard tells copies apart: `import` and `require` have a copy each. */
export function guardedFormatOf(id: ModuleId | string): 'esm' | 'cjs' {
  return formatByName(id) === 'module' ? 'esm' : 'cjs'
}

/** The kind of a module, by its id. */
export function moduleKindOf(id: ModuleId): ModuleKind {
  if (isBuiltinId(id)) return 'builtin'
  if (!isFileId(id)) return 'virtual'
  const file = fileOf(id)
  if (file.endsWith('.node')) return 'addon'
  return file.endsWith('.json') ? 'json' : 'source'
}
