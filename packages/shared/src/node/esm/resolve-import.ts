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
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { NotFreshError } from '../../host/errors.ts'
import { fileOf, isBuiltinId, type ModuleId, moduleId } from '../../host/module-id.ts'
import { packageOf } from '../../host/packages.ts'
import { OWN_FILE } from '../../own-file.ts'
import { VERSIONS_WITH_HOOKS } from '../capabilities.ts'
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

export function resolveOrThrow(
  world: World,
  specifier: string,
  importer: string,
): ModuleId | Promise<ModuleId> {
  if (!world.useHooks()) return resolveWithoutHooks(specifier, importer)
  takeHeard()
  const asked = askerOf(importer)(specifier)
  const outcome = takeHeard()
  if (outcome === undefined) return asked.then(rejectUnanswered, canonicalAnswer)
  asked.catch(() => {})
  if (!outcome.answer) throw outcome.error
  return canonical(outcome.answer.url)
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
