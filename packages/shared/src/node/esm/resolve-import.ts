/**
 * Resolution as an `import` of a given file does it: by the loader itself, with its conditions, hooks of others
 * included, and its own not-found error.
 *
 * Node offers no such call for any file but the one that calls. So an `import()` is begun and stopped half-way. For
 * `./b.js`, asked on behalf of `/app/a.js`:
 *
 * 1. A script is compiled under the name `fresh-modules:asker/file%3A%2F%2F%2Fapp%2Fa.js` (`askerUrl`). It calls
 *    `import('./b.js')`.
 * 2. The loader asks our resolve hook, the first of all, with that name as the parent. The hook puts `/app/a.js` in its
 *    place and asks the rest of the chain (`Request.#answer` in module-hooks.ts).
 * 3. What the chain answers is noted for the one that waits (`hear`) and thrown as an `Answer`: nothing is loaded.
 * 4. Hooks run within the call of `import()`, so that the answer is there when it returns (`takeHeard`).
 *
 * A hook that was registered after ours and answers by itself breaks this: nothing is heard, and the import goes on. That
 * is the `ERR_NOT_FRESH` of `rejectUnanswered`.
 */
import fs from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { NotFreshError } from '../../host/errors.ts'
import type { ResolveKind } from '../../host/module-host.ts'
import { fileOf, isBuiltinId, type ModuleId, moduleId } from '../../host/module-id.ts'
import { packageOf } from '../../host/packages.ts'
import { OWN_FILE } from '../../own-file.ts'
import { VERSIONS_WITH_HOOKS } from '../capabilities.ts'
import { resolveRequired } from '../cjs/resolve-required.ts'
import { ignoresQuery } from '../format.ts'
import { cachedModule, holdsEsm, requireFrom, runText, textAsItRuns } from '../node-internals.ts'
import { isMockUrl, withoutMock } from '../node-test-mocks.ts'
import type { World } from '../world.ts'
import { askerUrl, idOfUrl, urlOfId } from './urls.ts'

/** Thrown by our resolve hook in place of going on: the answer to a question, and nothing is loaded. */
export class Answer {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }
}

interface Outcome {
  readonly answer?: Answer
  readonly error?: unknown
}

/** What the hook answered or failed with while an asker called `import()`; hooks run synchronously within that call. */
let heard: Outcome | undefined

export function hear(outcome: Outcome): void {
  heard = outcome
}

/** Returns what was heard, and forgets it. */
function takeHeard(): Outcome | undefined {
  const outcome = heard
  heard = undefined
  return outcome
}

/** More conditions for a resolution, and whether the loader's own are those of `import` or those of `require`. */
export interface UnderConditions {
  readonly more: readonly string[]
  readonly kind: ResolveKind
}

/** What the question is about that is being asked right now. */
let under: UnderConditions | undefined

/** Names of packages, their subpaths, and `#internal` ones: what a manifest's `exports` and `imports` speak of. */
const IS_IN_MANIFESTS = /^(?!\.{0,2}\/|\.{1,2}$|[a-z][\w+.-]+:)/i

/** Whether these conditions have a say in what a specifier leads to. */
export function areConditionsAsked(conditions: readonly string[], specifier: string): boolean {
  return conditions.length > 0 && IS_IN_MANIFESTS.test(specifier) && !isBuiltin(specifier)
}

/**
 * The context of a request under more conditions. With an importer of its own for each set of them, since the loader keeps
 * its answers by importer and specifier alone.
 */
export function withConditions<
  Context extends { conditions?: Iterable<string>; parentURL?: string | undefined },
>(context: Context, { more, kind }: UnderConditions): Context {
  const own = [...(context.conditions ?? [])]
  const all = kind === 'require' ? own.map((name) => (name === 'import' ? 'require' : name)) : own
  const conditions = [...new Set([...more, ...all])]
  return {
    ...context,
    conditions,
    parentURL: `${context.parentURL}#${encodeURIComponent(`${kind}:${more}`)}`,
  }
}

/** The context in which the question that is being asked has to be answered, on behalf of a file. */
export function contextOfQuestion<
  Context extends { conditions?: Iterable<string>; parentURL?: string | undefined },
>(context: Context, specifier: string, parentURL: string): Context {
  const asked = { ...context, parentURL }
  return under && areConditionsAsked(under.more, specifier) ? withConditions(asked, under) : asked
}

/** Importer -> a function that imports relative to it. One entry per file that called us. */
const askers = new Map<string, (specifier: string) => Promise<unknown>>()

/**
 * Where an import of `specifier` by `importer` leads to. A promise only where hooks of others answer asynchronously.
 *
 * @throws the loader's own error
 */
export function resolveImport(
  world: World,
  specifier: string,
  importer: string,
): ModuleId | Promise<ModuleId> | undefined {
  try {
    return resolveOrThrow(world, specifier, importer)
  } catch {
    return undefined
  }
}

/** @param conditions under which more than under the loader's own; only where there are hooks */
export function resolveOrThrow(
  world: World,
  specifier: string,
  importer: string,
  conditions?: UnderConditions,
): ModuleId | Promise<ModuleId> {
  if (!world.useHooks()) return resolveWithoutHooks(specifier, importer)
  takeHeard()
  const ask = askerOf(importer)
  under = conditions
  const asked = ask(specifier)
  under = undefined
  const outcome = takeHeard()
  if (outcome === undefined) return asked.then(rejectUnanswered, canonicalAnswer)
  asked.catch(() => {})
  if (!outcome.answer) throw outcome.error
  return canonical(outcome.answer.url)
}

/** Codes of what a manifest says: under these conditions there is nothing. */
const NOTHING_BY_MANIFEST = new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_PACKAGE_IMPORT_NOT_DEFINED'])

/**
 * What a `require` resolves to where conditions are asked (`areConditionsAsked`). Node's CommonJS loader takes none, so what manifests speak of is asked
 * of the other loader, under the conditions of `require`; what that does not find, a `require` may still find: manifests
 * without `exports` know no conditions.
 */
export function resolveRequiredUnder(
  world: World,
  conditions: readonly string[],
  specifier: string,
  importer: string,
): ModuleId {
  let id: ModuleId | Promise<ModuleId>
  try {
    id = resolveOrThrow(world, specifier, importer, { more: conditions, kind: 'require' })
  } catch (error) {
    if (NOTHING_BY_MANIFEST.has((error as { code?: unknown } | undefined)?.code as string)) throw error
    return resolveRequired(specifier, fileOf(importer))
  }
  if (typeof id === 'string') return id
  id.catch(() => {})
  throw new NotFreshError(
    specifier,
    'a resolve hook of another tool answers asynchronously, and require cannot wait for it under conditions of its own',
    'Leave conditions out, and set them for the whole run: node --conditions.',
  )
}

const NOT_FOUND_BY_IMPORT = new Set(['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'])

/**
 * Tools that compile in `require` make a `require` of each import, and most of them of each `import()`: it finds what no
 * import does, files without their ending above all. Undefined for a file that was not compiled so.
 */
export function resolveForCompiled(
  specifier: string,
  importer: string,
  error: unknown,
): ModuleId | undefined {
  if (!NOT_FOUND_BY_IMPORT.has((error as { code?: unknown } | undefined)?.code as string)) return undefined
  const file = fileOf(importer)
  const caller = cachedModule(file)
  if (!caller || holdsEsm(caller)) return undefined
  try {
    if (textAsItRuns(file) === fs.readFileSync(file, 'utf8')) return undefined
    return moduleId(requireFrom(file).resolve(specifier))
  } catch {
    return undefined
  }
}

/** Whether node:test gives something else in place of this module. */
export function isMocked(world: World, id: ModuleId): boolean {
  if (!world.mocks.lookForMocks() || !world.useHooks()) return false
  takeHeard()
  askerOf(OWN_FILE)(world.registeredUrl(id)).catch(() => {})
  return isMockUrl(takeHeard()?.answer?.url ?? '')
}

/** Whether nobody but Node takes part in loading ES modules, now that our hooks are there. */
export function isEsmPlain(world: World): boolean {
  return world.loader.isPlainForEsm(() => {
    takeHeard()
    askerOf(OWN_FILE)('./no-such-file.mjs').catch(() => {})
    return takeHeard()?.error
  })
}

function askerOf(importer: string): (specifier: string) => Promise<unknown> {
  let ask = askers.get(importer)
  if (!ask) {
    ask = runText<(specifier: string) => Promise<unknown>>(
      'module.exports = (specifier) => import(specifier)',
      askerUrl(importer),
    )
    askers.set(importer, ask)
  }
  return ask
}

function canonicalAnswer(error: unknown): ModuleId {
  if (error instanceof Answer) return canonical(error.url)
  throw error
}

function rejectUnanswered(): never {
  throw new NotFreshError(
    'a module',
    'a resolve hook of another tool answers without asking the hooks that were there before',
    'Register that tool before fresh-modules.',
  )
}

/** One CommonJS file is one module, whatever query an import has. */
export function canonical(url: string): ModuleId {
  const id = idOfUrl(withoutMock(url))
  const file = fileOf(id)
  return file !== id && !isBuiltinId(id) && path.isAbsolute(file) && ignoresQuery(id) ? moduleId(file) : id
}

/**
 * Where there are no hooks there is no asking. What paths and URLs lead to is plain; a package is resolved for
 * `require`, unless its manifest gives an import something else.
 */
function resolveWithoutHooks(specifier: string, importer: string): ModuleId {
  const isUrl = /^(?:file|node|data):/.test(specifier)
  if (isUrl || specifier.startsWith('/') || /^\.{1,2}(?:\/|$)/.test(specifier)) {
    const url = isUrl ? specifier : new URL(specifier, urlOfId(importer)).href
    const id = canonical(url)
    if (!path.isAbsolute(fileOf(id))) return id
    // A folder is what only `require` finds something for.
    if (fs.statSync(fileOf(id), { throwIfNoEntry: false })?.isFile())
      return canonical(pathToFileURL(fs.realpathSync(fileOf(id))).href + id.slice(fileOf(id).length))
  }
  const id = moduleId(requireFrom(fileOf(importer)).resolve(specifier))
  if (!isBuiltinId(id) && hasImportCondition(id)) {
    throw new NotFreshError(
      specifier,
      `the package gives imports another file than "${id}", and Node ${process.version} does not tell which`,
      `Run on Node ${VERSIONS_WITH_HOOKS}, or use requireFresh for what require gives.`,
    )
  }
  return id
}

function hasImportCondition(id: ModuleId): boolean {
  const exports = packageOf(fileOf(id))?.manifest.exports
  return /"(?:import|module-sync)":/.test(JSON.stringify(exports) ?? '')
}
