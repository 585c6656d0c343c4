/** Which of Node's loaders owns a file, by the rules of Node. */
import fs from 'node:fs'
import nodeModule from 'node:module'
import path from 'node:path'
import vm from 'node:vm'
import { type FileFormat, formatByName } from '../host/formats.ts'
import { fileOf, isBuiltinId, type ModuleId } from '../host/module-id.ts'
import { patch } from '../host/patches.ts'
import { cachedModule, holdsEsm, probeEsmCache } from './node-internals.ts'

export type NodeFormat = FileFormat | 'builtin'

// Taken once: tests spy on fs.
const { readFileSync } = fs

export function formatOf(id: ModuleId): NodeFormat {
  if (isBuiltinId(id)) return 'builtin'
  if (id.startsWith('data:')) return formatOfDataUrl(id)
  const file = fileOf(id)
  const extension = path.extname(file)
  const named = formatByName(file)
  // A tool that compiles in `require` makes CommonJS of it whatever the package says.
  if (named === 'module' && !/^\.m[jt]s$/.test(extension) && isRegisteredCommonJs(file)) return 'commonjs'
  if (named) return named
  // No package says: CommonJS, unless it has syntax that only ES modules have.
  if (!/^\.[jt]sx?$/.test(extension)) return 'commonjs'
  const registered = cachedModule(file)
  if (registered) return holdsEsm(registered) ? 'module' : 'commonjs'
  return hasEsmSyntax(file) ? 'module' : 'commonjs'
}

function isRegisteredCommonJs(file: string): boolean {
  const registered = cachedModule(file)
  return registered?.loaded === true && !holdsEsm(registered) && probeEsmCache(file).state === 'absent'
}

/** Whether a query of users makes another module of it: a CommonJS file is one module, whatever the query. */
export function ignoresQuery(id: ModuleId): boolean {
  const format = formatOf(id)
  return format === 'commonjs' || format === 'json' || format === 'addon'
}

function formatOfDataUrl(url: string): NodeFormat {
  if (/^data:application\/json[;,]/i.test(url)) return 'json'
  return /^data:application\/wasm[;,]/i.test(url) ? 'wasm' : 'module'
}

// What V8 says of ES module syntax in a function body.
const ESM_ONLY =
  /import statement outside a module|Unexpected token 'export'|'import\.meta' outside|await is only valid|Unexpected reserved word/

function hasEsmSyntax(file: string): boolean {
  let source: string
  try {
    source = readFileSync(file, 'utf8').replace(/^#!.*/, '')
    if (/\.tsx?$/.test(file)) source = withoutTypes(source)
  } catch {
    return false
  }
  try {
    vm.compileFunction(source, ['exports', 'require', 'module', '__filename', '__dirname'])
    return false
  } catch (error) {
    return ESM_ONLY.test(String(error))
  }
}

/** TypeScript without its types, where Node can strip them (22.13 and up); else as it is. */
export function withoutTypes(source: string): string {
  const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?: (code: string) => string }
  return stripTypeScriptTypes ? withoutWarning(() => stripTypeScriptTypes(source)) : source
}

/** Node warns that it is experimental. Users have not asked for it, and a tool of theirs may strip types by itself. */
function withoutWarning<T>(run: () => T): T {
  const undo = patch(process, 'emitWarning', () => () => {}, 'process.emitWarning')
  try {
    return run()
  } finally {
    undo()
  }
}
