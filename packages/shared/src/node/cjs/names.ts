/** What `import` shows of a CommonJS module: its exports as `default`, and those that its text names. */
import fs from 'node:fs'
import { initSync, parse } from 'cjs-module-lexer'
import { exportsModuleExports } from '../capabilities.ts'
import { type CommonJsModule, Loader } from '../node-internals.ts'

const { readFileSync } = fs

interface Parsed {
  readonly text: string
  readonly exports: readonly string[]
  readonly reexports: readonly string[]
}

/** File -> its last text and what the lexer found. One entry per file that an import made fresh. */
const parsedFiles = new Map<string, Parsed>()

/** The names that Node's own import would find, which looks for them with the same lexer. */
export function exportNames(module: CommonJsModule, text: string, visited = new Set<string>()): Set<string> {
  visited.add(module.filename)
  const { exports, reexports } = lex(module.filename, text)
  const names = new Set(exports)
  for (const specifier of reexports) {
    for (const name of namesOfReexport(specifier, module, visited)) names.add(name)
  }
  return names
}

function namesOfReexport(specifier: string, module: CommonJsModule, visited: Set<string>): Iterable<string> {
  try {
    const file = Loader._resolveFilename(specifier, module)
    if (visited.has(file) || !/\.[cm]?[jt]s$/.test(file)) return []
    const reexported = new Loader(file)
    reexported.filename = file
    reexported.paths = module.paths
    return exportNames(reexported, readFileSync(file, 'utf8'), visited)
  } catch {
    // As Node does: what cannot be found or read names nothing.
    return []
  }
}

let isReady = false

function lex(file: string, text: string): Parsed {
  const known = parsedFiles.get(file)
  if (known?.text === text) return known
  if (!isReady) {
    initSync()
    isReady = true
  }
  let parsed: Parsed
  try {
    const { exports, reexports } = parse(text)
    parsed = { text, exports, reexports }
  } catch {
    parsed = { text, exports: [], reexports: [] }
  }
  parsedFiles.set(file, parsed)
  return parsed
}

/** All names of the namespace. */
export function shownNames(names: Iterable<string>): string[] {
  return [...new Set([...names, 'default', ...(exportsModuleExports ? ['module.exports'] : [])])]
}

/** The bindings of the namespace, as they are when the module has been evaluated. */
export function bindingsOf(exports: unknown, names: Iterable<string>): Map<string, unknown> {
  const bindings = new Map<string, unknown>()
  for (const name of names) {
    if (name === 'default' || name === 'module.exports') continue
    try {
      if (Object.hasOwn(exports as object, name))
        bindings.set(name, (exports as Record<string, unknown>)[name])
    } catch {
      // A getter that throws, or exports that are no object: Node shows nothing of it either.
    }
  }
  bindings.set('default', exports)
  if (exportsModuleExports) bindings.set('module.exports', exports)
  return bindings
}

/**
 * An object like the namespace that `import` gives. A real one would be another ES module, which Node never
 * lets go; this one is collected with the copy.
 */
export function namespaceLike(bindings: ReadonlyMap<string, unknown>): object {
  const namespace = Object.create(null) as Record<string | symbol, unknown>
  for (const name of [...bindings.keys()].sort()) namespace[name] = bindings.get(name)
  Object.defineProperty(namespace, Symbol.toStringTag, { value: 'Module' })
  return Object.freeze(namespace)
}
