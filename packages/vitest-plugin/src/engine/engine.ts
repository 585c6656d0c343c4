/**
 * Evaluates modules again without compiling them again. Vitest's evaluator compiles a module for its first evaluation,
 * and we keep the function that comes out of that; each further one calls it with arguments of its own. So the wrapper
 * is Vitest's to the letter: source positions, coverage and arguments cannot differ.
 */
import vm from 'node:vm'
import { fileOf } from 'fresh-modules/internal'
import { acceptReader, HELD_STATE, mentionsMeta } from '../vitest/held-state.ts'
import {
  definesImportMeta,
  type FetchResult,
  type ModuleEvaluator,
  type ModuleRunner,
  type RunnerModule,
} from '../vitest/runner-internals.ts'
import type { ExportTarget } from './live-exports.ts'
import { mayMention } from './mentions.ts'
import type { Namespace } from './namespace.ts'

type ModuleFunction = (...args: unknown[]) => Promise<unknown>

interface Compiled {
  readonly run: ModuleFunction
  /** Names of the function's parameters, in order; undefined for one that the code never mentions. */
  readonly wanted: readonly (string | undefined)[]
  readonly wantsMeta: boolean
  /** Whether it hands over what reads its state. */
  readonly handsOverState: boolean
}

/** A function as Vitest has compiled it, and the text that it is compiled from. */
interface Captured {
  readonly run: ModuleFunction
  readonly code: string
}

/** Answers the imports of a copy. */
export interface Linker {
  /** Resolves to, or is, the exports of what a static import names. */
  request(url: string, mod: RunnerModule, chain: string[], metadata: unknown): unknown
  requestDynamic(url: string, mod: RunnerModule, chain: string[]): Promise<unknown>
  importMeta(meta: ImportMeta, path: string): ImportMeta
}

export interface EvaluateOptions {
  /** Ids that lead to the module. */
  readonly callstack: readonly string[]
  readonly linker: Linker
  readonly onHandle: (meta: ImportMeta) => void
  /** Where exports go: a new namespace, or the one that everybody holds. Asked right before the call. */
  readonly target: () => ExportTarget
  /** Whether the module is known as being evaluated already. */
  readonly isKnown?: boolean
}

const KNOWN = new Set([
  '__vite_ssr_exports__',
  '__vite_ssr_import_meta__',
  '__vite_ssr_import__',
  '__vite_ssr_dynamic_import__',
  '__vite_ssr_exportAll__',
  '__vite_ssr_exportName__',
])
/** Parameters that stand for CommonJS: a module that mentions one is left to Vitest's evaluator. */
const COMMON_JS = ['__filename', '__dirname', 'module', 'exports', 'require']

export class Engine {
  readonly #runner: ModuleRunner
  /**
   * Transformed source -> its compiled function; null where we do not know how to call that. Goes with the source: a
   * changed file is another one.
   */
  readonly #compiled = new WeakMap<FetchResult, Compiled | null>()
  /** Transformed source -> what was compiled for its first evaluation. Looked at for a second one: most have none. */
  readonly #captured = new WeakMap<FetchResult, Captured>()

  constructor(runner: ModuleRunner) {
    this.#runner = runner
  }

  /** Runs Vitest's evaluator, and keeps the function that it compiles for this source. */
  capture<T>(evaluator: ModuleEvaluator, mod: RunnerModule, evaluate: () => T): T {
    // In the vm pools Vitest keeps compiled scripts by itself, and a function belongs to one context.
    if (evaluator.vm || evaluator.getterTracker || !mod.meta || this.#isKnown(mod.meta)) return evaluate()
    const { meta } = mod
    const { runInThisContext } = vm
    vm.runInThisContext = ((code: string, options: object) => {
      // The module's own code runs next, and may use it.
      vm.runInThisContext = runInThisContext
      const run = runInThisContext(code, options) as ModuleFunction
      this.#captured.set(meta, { run, code })
      return run
    }) as typeof runInThisContext
    try {
      return evaluate()
    } finally {
      vm.runInThisContext = runInThisContext
    }
  }

  has(mod: RunnerModule): boolean {
    const compiled = mod.meta && this.#compiledOf(mod.meta)
    if (!compiled) return false
    // What `define` puts on `import.meta`, and `import.meta.vitest`, is Vitest's own evaluator's to put there.
    return !compiled.wantsMeta || !(definesImportMeta() || this.#isTestFile(mod))
  }

  /** A file with tests in its source may have been a module of another test file, in a worker that they share. */
  #isTestFile({ file }: RunnerModule): boolean {
    return this.#runner.evaluator.options.getCurrentTestFilepath?.() === file
  }

  /** Evaluates a module whose source has been compiled before. */
  async evaluate(
    mod: RunnerModule,
    { callstack, linker, onHandle, target, isKnown = false }: EvaluateOptions,
  ): Promise<Namespace> {
    // As in Vite's own code the module is known as being evaluated before its body runs: it may import itself.
    if (!isKnown) await undefined
    const { meta: source } = mod
    const compiled = this.#compiledOf(source as FetchResult) as Compiled
    let meta: ImportMeta | undefined
    if (compiled.wantsMeta) {
      meta = await this.#importMeta(mod, linker)
      onHandle(meta)
    }
    if (compiled.handsOverState) {
      meta ??= {} as ImportMeta
      acceptReader(meta, mod)
    }
    const exports = target()
    const { namespace } = exports
    mod.exports = namespace
    const chain = [...callstack, mod.id]
    const { wanted } = compiled
    const given = new Array<unknown>(wanted.length)
    const from: Arguments = { mod, chain, linker, exports, meta }
    for (let index = 0; index < wanted.length; index++) given[index] = argument(wanted[index], from)
    await compiled.run(...given)
    return namespace
  }

  #isKnown(source: FetchResult): boolean {
    return this.#captured.has(source) || this.#compiled.has(source)
  }

  #compiledOf(source: FetchResult): Compiled | null {
    const known = this.#compiled.get(source)
    if (known !== undefined) return known
    const captured = this.#captured.get(source)
    if (!captured) return null
    const compiled = describe(captured.run, captured.code) ?? null
    this.#captured.delete(source)
    this.#compiled.set(source, compiled)
    return compiled
  }

  async #importMeta(mod: RunnerModule, linker: Linker): Promise<ImportMeta> {
    const { options, evaluator } = this.#runner
    const path = fileOf(mod.meta?.file || mod.id)
    const meta = linker.importMeta((await options.createImportMeta?.(path)) as ImportMeta, path)
    Object.assign(meta, { env: evaluator.env })
    return meta
  }
}

/** What a compiled wrapper expects; undefined where that is not what we know how to provide. */
function describe(run: ModuleFunction, code: string): Compiled | undefined {
  const header = /^'use strict';async \(([^)]*)\)=>\{\{/.exec(code)
  if (!header?.[1]) return undefined
  const parameters = header[1].split(',')
  const body = code.slice(header[0].length)
  const commonJs = parameters.filter((name) => COMMON_JS.includes(name))
  if (parameters.some((name) => !KNOWN.has(name) && !COMMON_JS.includes(name))) return undefined
  // Vite 6 defines exports on the namespace itself.
  if (body.includes('__vite_ssr_exports__')) return undefined
  // What `eval` is given is code too.
  if (commonJs.length > 0 && mayMention(body, [...commonJs, 'eval'])) return undefined
  const wanted = parameters.map((name) => (body.includes(name) ? name : undefined))
  const hasMeta = wanted.includes('__vite_ssr_import_meta__')
  const wantsMeta = hasMeta && mentionsMeta(body)
  return { run, wanted, wantsMeta, handsOverState: hasMeta && body.includes(HELD_STATE) }
}

interface Arguments {
  readonly mod: RunnerModule
  readonly chain: string[]
  readonly linker: Linker
  readonly exports: ExportTarget
  readonly meta: ImportMeta | undefined
}

function argument(name: string | undefined, { mod, chain, linker, exports, meta }: Arguments): unknown {
  switch (name) {
    case '__vite_ssr_exports__':
      return exports.namespace
    case '__vite_ssr_import_meta__':
      return meta
    case '__vite_ssr_import__':
      return (url: string, metadata: unknown) => linker.request(url, mod, chain, metadata)
    case '__vite_ssr_dynamic_import__':
      return async (url: string) => linker.requestDynamic(String(url), mod, chain)
    case '__vite_ssr_exportAll__':
      return exports.defineAll
    case '__vite_ssr_exportName__':
      return exports.define
    default:
      return undefined
  }
}
