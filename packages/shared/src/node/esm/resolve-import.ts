/**
 * Resolution as an `import` of a given file does it: by the loader itself, with its conditions, hooks of others
 * included, and its own not-found error.
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

/** Forgets what was heard, and hands it back. */
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
  if (!world.mocks.arePossible || !world.useHooks()) return false
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
    if (fs.existsSync(fileOf(id)))
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
  const dir = packageOf(fileOf(id))?.dir
  if (dir === undefined) return false
  try {
    const { exports } = JSON.parse(fs.readFileSync(path.join(dir, 'package.json'), 'utf8')) as {
      exports?: unknown
    }
    return /"(?:import|module-sync)":/.test(JSON.stringify(exports) ?? '')
  } catch {
    return false
  }
}
