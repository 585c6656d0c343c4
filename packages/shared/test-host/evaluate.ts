/** Compiles and runs the source of one module: ES modules by Vite's own transform, so that bindings are live. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import vm from 'node:vm'
import { moduleRunnerTransform } from 'vite'
import { fileOf, isBuiltinId } from '../src/host/module-id.ts'
import type { MaybePromise } from '../src/host/steps.ts'
import type { Entry } from './entry.ts'
import { defineAll, defineExport } from './namespace.ts'

/** What the code of a module asks of its host. */
export interface Linker {
  import(specifier: string, isStatic?: boolean): Promise<Entry>
  require(specifier: string): Entry
  resolve(specifier: string, kind: 'import' | 'require'): string
}

const builtinRequire = createRequire(import.meta.url)

/** Runs the body of the module as it is on disk now. What it throws is handed on as it is. */
export function runBody(
  entry: Entry,
  linker: Linker,
  externals: Readonly<Record<string, object>>,
): MaybePromise<void> {
  if (entry.format === 'external') {
    entry.exports = isBuiltinId(entry.id) ? builtinRequire(entry.id) : externals[entry.id]
    return
  }
  const source = readFileSync(fileOf(entry.id), 'utf8')
  if (entry.format === 'json') entry.exports = JSON.parse(source)
  else if (entry.format === 'commonjs') runCommonJs(entry, source, linker)
  else return runModule(entry, source, linker)
}

const PARAMETERS = [
  '__vite_ssr_import__',
  '__vite_ssr_dynamic_import__',
  '__vite_ssr_exportName__',
  '__vite_ssr_exportAll__',
  '__vite_ssr_import_meta__',
]

async function runModule(entry: Entry, source: string, linker: Linker): Promise<void> {
  const transformed = await moduleRunnerTransform(source, null, fileOf(entry.id), source)
  // The transform awaits namespaces. One that exports a `then` must not be taken for a promise by a static import.
  const linked =
    transformed?.code.replace(/= (await __vite_ssr_import__\(.*?\));/g, '= ($1).namespace;') ?? ''
  const code = `(async (${PARAMETERS.join(', ')}) => { 'use strict';${linked}\n})`
  const body = vm.runInThisContext(code, { filename: fileOf(entry.id) })
  const namespace = entry.exports as object
  const meta = Object.assign(entry.handle, {
    resolve: (specifier: string) => linker.resolve(specifier, 'import'),
  })
  const importStatically = (specifier: string) => linker.import(specifier, true)
  const importDynamically = async (specifier: string) => (await linker.import(specifier)).namespace
  const exportName = (name: string, read: () => unknown) =>
    defineExport(namespace, entry.bindings, name, read)
  const exportAll = (from: object) => defineAll(namespace, entry.bindings, from)
  await body(importStatically, importDynamically, exportName, exportAll, meta)
}

function runCommonJs(entry: Entry, source: string, linker: Linker): void {
  const code = `((exports, require, module, __filename, __dirname) => {${source}\n})`
  const body = vm.runInThisContext(code, { filename: entry.handle.filename })
  const require = Object.assign((specifier: string) => linker.require(specifier).exports, {
    resolve: (specifier: string) => linker.resolve(specifier, 'require'),
  })
  const { filename, dirname } = entry.handle
  body.call(entry.exports, entry.exports, require, entry.handle, filename, dirname)
}
