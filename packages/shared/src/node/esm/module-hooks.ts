/** Our hooks in Node's module loader: a scope's identity travels from importer to imported, in the URL. */
import nodeModule, {
  type LoadFnOutput,
  type LoadHookContext,
  type ResolveFnOutput,
  type ResolveHookContext,
} from 'node:module'
import path from 'node:path'
import { functionTargetsFor } from '../../fresh/function-targets.ts'
import type { FunctionTargets } from '../../host/core-state.ts'
import { fileOf, isBuiltinId, type ModuleId } from '../../host/module-id.ts'
import { patch } from '../../host/patches.ts'
import { runMaybe } from '../../host/steps.ts'
import { hooksReplaceRequire } from '../capabilities.ts'
import { notFoundInstead } from '../cjs/resolve-required.ts'
import { formatOf } from '../format.ts'
import { type KnownFile, knownFile, wasEsm } from '../known-files.ts'
import { isMockUrl } from '../node-test-mocks.ts'
import { type FreshScope, isNodeScope, type World } from '../world.ts'
import { WORLD_EXPRESSION } from '../world-slot.ts'
import { isFolder } from './esm-registry.ts'
import { facadeOf } from './facade.ts'
import {
  Answer,
  areConditionsAsked,
  canonical,
  contextOfQuestion,
  hear,
  isEsmPlain,
  withConditions,
} from './resolve-import.ts'
import { idOfUrl, importerOfAsker, type Mark, marked, markOf, pathOfUrl, unmarked, urlOfId } from './urls.ts'

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput
type NextLoad = (url: string, context?: Partial<LoadHookContext>) => LoadFnOutput

const GATE = 'fresh-modules:gate?'

/** @returns what takes them away again */
export function registerModuleHooks(world: World): () => void {
  const hooks = nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      new Request(world, specifier, context, next as NextResolve).resolve(),
    load: (url, context, next) => load(world, url, context, next as NextLoad),
  })
  return () => hooks.deregister()
}

/** Node 22 passes the conditions of `require` as a set. */
function isRequire({ conditions }: { conditions?: Iterable<string> }): boolean {
  return new Set(conditions).has('require')
}

/** One request, as the loader hands it to a resolve hook. */
class Request {
  readonly #world: World
  readonly #specifier: string
  readonly #context: ResolveHookContext
  readonly #next: NextResolve
  /** The mark of the copy that asks. */
  readonly #mark: Mark | undefined

  constructor(world: World, specifier: string, context: ResolveHookContext, next: NextResolve) {
    this.#world = world
    this.#specifier = specifier
    this.#context = context
    this.#next = next
    this.#mark = context.parentURL === undefined ? undefined : markOf(context.parentURL)
  }

  resolve(): ResolveFnOutput {
    const asker = importerOfAsker(this.#context.parentURL ?? '')
    if (asker !== undefined) return this.#answer(asker)
    if (this.#specifier === 'node:test') this.#world.nodeTestAsked?.()
    if (this.#specifier.startsWith(GATE))
      return { url: this.#specifier, format: 'module', shortCircuit: true }
    const asked = markOf(this.#specifier)
    // The copy itself is asked for, by us or by its own URL.
    if (asked !== undefined) {
      if (this.#isKnown()) return { url: this.#specifier, format: 'module', shortCircuit: true }
      const resolved = this.#resolvePlain()
      return { ...resolved, url: marked(resolved.url, asked) }
    }
    // What `require` gives is decided where it is called, since the loader looks into its cache before it asks us.
    if (isRequire(this.#context)) return this.#resolvePlain()
    const targets = this.#targets()
    if (targets) return this.#resolveTarget(targets)
    const scope = this.#mark === undefined ? undefined : this.#world.scopes.get(this.#mark)
    return scope ? this.#resolveInScope(scope) : this.#registered(this.#resolvePlain())
  }

  /** Whether this is an ES module that the loader has loaded before, with nobody else who might have a say in it. */
  #isKnown(): boolean {
    if (this.#specifier.includes('#') || !this.#specifier.startsWith('file:')) return false
    const id = idOfUrl(this.#specifier)
    return wasEsm(fileOf(id)) && isEsmPlain(this.#world)
  }

  /**
   * What Node has answered to the same file about the same relative path. Its loader keeps its own answers as well, and
   * for good; but only beneath all hooks.
   */
  #answeredBefore(): ResolveFnOutput | undefined {
    const id = this.#world.resolutions.get(this.#parent)?.get(this.#specifier)
    if (id === undefined || !wasEsm(fileOf(id)) || !isEsmPlain(this.#world)) return undefined
    return { url: urlOfId(id), format: 'module', shortCircuit: true }
  }

  #noteAnswer(id: ModuleId): void {
    const { resolutions } = this.#world
    if (!/^\.{1,2}\/[^?#]*$/.test(this.#specifier) || !this.#parent.startsWith('file:')) return
    const known = resolutions.get(this.#parent)
    if (known) known.set(this.#specifier, id)
    else resolutions.set(this.#parent, new Map([[this.#specifier, id]]))
  }

  /** The plain URL of who asks, without a query that it may have. */
  get #parent(): string {
    return fileOf(unmarked(this.#context.parentURL ?? ''))
  }

  get #importer(): string {
    return pathOfUrl(this.#context.parentURL ?? '')
  }

  /** The rest of the chain knows nothing of marks: it sees plain URLs only, and caches by them. */
  #resolvePlain(conditions: readonly string[] = []): ResolveFnOutput {
    const { parentURL } = this.#context
    const context =
      this.#mark === undefined
        ? this.#context
        : { ...this.#context, parentURL: unmarked(parentURL as string) }
    if (!areConditionsAsked(conditions, this.#specifier))
      return this.#next(unmarked(this.#specifier), context)
    return this.#next(this.#specifier, withConditions(context, { more: conditions, kind: 'import' }))
  }

  #answer(parentURL: string): never {
    try {
      const context = contextOfQuestion(this.#context, this.#specifier, parentURL)
      const answer = new Answer(this.#next(this.#specifier, context).url)
      hear({ answer })
      throw answer
    } catch (error) {
      if (!(error instanceof Answer)) hear({ error })
      throw error
    }
  }

  #targets(): FunctionTargets | undefined {
    const { state } = this.#world
    if (!state || state.pendingCalls === 0 || this.#context.parentURL === undefined) return undefined
    const targets = functionTargetsFor(state, this.#importer)
    return isNodeScope(targets?.scope) ? targets : undefined
  }

  #resolveTarget(targets: FunctionTargets): ResolveFnOutput {
    const scope = targets.scope as FreshScope
    const resolved = this.#resolvePlain()
    const id = canonical(resolved.url)
    if (isMockUrl(resolved.url)) {
      targets.count++
      return resolved
    }
    const admitted = runMaybe(targets.admit(this.#specifier, id))
    if (typeof admitted === 'string') {
      return admitted === 'fresh' ? this.#fresh(scope, id, resolved) : this.#registered(resolved)
    }
    // What is listed in `fresh` is being evaluated, and the target must wait for it.
    if (scope.rules.decide(id) !== 'fresh') {
      admitted.catch(() => {})
      return this.#registered(resolved)
    }
    const gated = this.#fresh(scope, id, resolved)
    this.#world.addGate(gated.url, admitted)
    admitted.catch(() => {})
    return gated
  }

  #resolveInScope(scope: FreshScope): ResolveFnOutput {
    const importer = () => this.#importer
    scope.assertNotBlocked('import', { specifier: this.#specifier }, importer)
    const answered = this.#answeredBefore()
    const resolved = answered ?? this.#resolvePlain(scope.rules.conditions)
    const id = canonical(resolved.url)
    if (!answered) this.#noteAnswer(id)
    scope.assertNotBlocked('import', { id }, importer)
    if (isBuiltinId(id) || isMockUrl(resolved.url) || scope.rules.decide(id) !== 'fresh')
      return this.#registered(resolved)
    const fresh = this.#fresh(scope, id, resolved)
    this.#world.openGate(fresh.url)
    return fresh
  }

  #fresh(scope: FreshScope, id: ModuleId, resolved: ResolveFnOutput): ResolveFnOutput {
    scope.requested(canonical(this.#context.parentURL ?? ''), id)
    return { ...resolved, url: scope.urlOf(id) }
  }

  /** The registered copy: where it is not the one that the loader has under the plain URL, that one's URL. */
  #registered(resolved: ResolveFnOutput): ResolveFnOutput {
    const { generations, esm } = this.#world
    const { parentURL } = this.#context
    if (parentURL === undefined || isFolder(parentURL)) this.#world.fileAsked?.(canonical(resolved.url))
    if (parentURL === undefined || isMockUrl(resolved.url)) return resolved
    const id = canonical(resolved.url)
    if (!this.#mark?.startsWith('s') && !isBuiltinId(id)) esm.noteImport(canonical(parentURL), id)
    // Our facade instead of the loader's: its `require` is the ordinary one.
    if (hooksReplaceRequire && !generations.has(id) && formatOf(id) === 'commonjs' && !esm.has(id)) {
      generations.set(id, this.#world.nextNumber())
    }
    return generations.has(id) ? { ...resolved, url: this.#world.registeredUrl(id) } : resolved
  }
}

function load(world: World, url: string, context: LoadHookContext, next: NextLoad): LoadFnOutput {
  if (url.startsWith(GATE)) {
    const key = JSON.stringify(decodeURIComponent(url.slice(GATE.length)))
    return { format: 'module', source: `await ${WORLD_EXPRESSION}.gate(${key})`, shortCircuit: true }
  }
  const isImport = !isRequire(context)
  const mark = markOf(url)
  if (mark === undefined) {
    if (isImport) world.registeredLoad(url)
    const loaded = loadNext(url, context, next)
    return isImport ? withImportHooks(world, url, loaded) : loaded
  }
  const id = canonical(url)
  const scope = world.scopes.get(mark)
  // JSON needs its attribute even where the copy is made by us; without it the loader's own error comes.
  const known = isEsmPlain(world) && path.isAbsolute(fileOf(id)) ? knownFile(fileOf(id)) : undefined
  const loaded = known?.esm
    ? { format: 'module', source: known.esm.source, shortCircuit: true }
    : loadCopy(scope, url, context, next)
  if (known && loaded.format === 'module' && loaded.source) known.esm ??= esmOf(textOf(loaded.source))
  if (scope) scope.loading(id, url, (known?.esm ?? esmOf(textOf(loaded.source ?? ''))).asksLater)
  else world.registeredLoad(url)
  const source = facadeOf(mark, id, loaded) ?? loaded.source
  const gate = world.gates.has(url) ? `\nimport ${JSON.stringify(GATE + encodeURIComponent(url))}` : ''
  if (source === loaded.source && gate === '') return loaded
  const format = source === loaded.source ? loaded.format : 'module'
  return { ...loaded, format, source: gate === '' ? (source as string) : `${textOf(source)}${gate}` }
}

/** The file may have gone since the loader has resolved it, which it does once for each importer. */
function loadCopy(
  scope: FreshScope | undefined,
  url: string,
  context: LoadHookContext,
  next: NextLoad,
): LoadFnOutput {
  try {
    return loadNext(unmarked(url), context, next)
  } catch (error) {
    const file = fileOf(canonical(url))
    throw notFoundInstead(error, 'import', file, scope?.rules.caller ?? file)
  }
}

/** What an ES module copy can ask for after it has been evaluated, seen in its text. */
const ASKS_LATER = /\bimport\s*[(/]|\bcreateRequire\b|\bimport\s*\.\s*meta[\s\S]*\bresolve\b/

function esmOf(source: string): NonNullable<KnownFile['esm']> {
  return { source, asksLater: ASKS_LATER.test(source) }
}

/**
 * What Node 22.15 and 24.0 refuse from their own default where synchronous hooks are registered: no source of a builtin,
 * and none of CommonJS, which asynchronous hooks of others leave out.
 */
function loadNext(url: string, context: LoadHookContext, next: NextLoad): LoadFnOutput {
  try {
    return next(url, context)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code !== 'ERR_INVALID_RETURN_PROPERTY_VALUE') throw error
    // `require('node:test')` arrives without its scheme, and a builtin has no source.
    if (context.format === 'builtin') return { format: 'builtin', source: '', shortCircuit: true }
    if (context.format !== 'commonjs') throw error
    return { format: 'commonjs', shortCircuit: true }
  }
}

/**
 * A module that has `onImport` hooks says itself when its body has run, since nothing else does. At the end, so that
 * source maps and line numbers stay.
 */
function withImportHooks(world: World, url: string, loaded: LoadFnOutput): LoadFnOutput {
  const hooks = world.state?.importHooks
  if (!hooks || hooks.size === 0 || loaded.format !== 'module' || !hooks.has(canonical(url))) return loaded
  const name = JSON.stringify(url)
  const report = `\nimport * as freshModules$ from ${name};${WORLD_EXPRESSION}.evaluated(${name}, freshModules$)`
  return { ...loaded, source: textOf(loaded.source) + report }
}

function textOf(source: LoadFnOutput['source']): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source as Uint8Array)
}

/** `createRequire(import.meta.url)` in a fresh copy is answered in its scope. */
export function patchCreateRequire(world: World): void {
  const wrap = (createRequire: typeof nodeModule.createRequire) => (from: string | URL) => {
    const url = typeof from === 'string' ? from : from?.href
    const mark = typeof url === 'string' ? markOf(url) : undefined
    const scope = mark === undefined ? undefined : world.scopes.get(mark)
    return scope ? scope.createRequire(fileOf(canonical(url as string))) : createRequire(from)
  }
  patch(nodeModule, 'createRequire', wrap, 'Module.createRequire')
  nodeModule.syncBuiltinESMExports()
}
