/**
 * Undocumented parts of the DOM implementations, each with the versions for which it holds. Where one is not as
 * described nothing is done, and what could not be put back is reported.
 */
import { read } from './dom-objects.ts'
import type { RealWindow } from './window.ts'

/** Loads a module of the DOM implementation, of the copy that the framework has loaded: `jsdom/lib/…`. */
export type RequireOfDom = (specifier: string) => unknown

/** The session history of jsdom 20 to 31: entries behind an own property of the window. */
interface SessionHistory {
  readonly _entries: unknown[]
  _currentIndex: number
}

/** Drops all entries of the history but the current one, at a length that it had before. */
export function shortenHistory(window: RealWindow, length: number): boolean {
  const session = read(window, '_sessionHistory') as Partial<SessionHistory> | undefined
  const entries = session?._entries
  if (!session || !Array.isArray(entries) || entries.length < length) return false
  entries.splice(length - 1, Number.POSITIVE_INFINITY, entries[session._currentIndex ?? 0])
  session._currentIndex = length - 1
  return true
}

/** Takes definitions out of the registry of custom elements, so that a module that defines one can be evaluated again. */
export function undefineElements(
  window: RealWindow,
  names: ReadonlySet<string>,
  requireOfDom?: RequireOfDom,
): boolean {
  const registry = read(window, 'customElements')
  if (typeof registry !== 'object' || !registry) return false
  return undefineInHappyDom(registry, names) || undefineInJsdom(registry, names, requireOfDom)
}

/** happy-dom 15 to 21: two maps under symbols. */
function undefineInHappyDom(registry: object, names: ReadonlySet<string>): boolean {
  const maps = Object.getOwnPropertySymbols(registry)
    .filter(({ description }) => description === 'registry' || description === 'classRegistry')
    .map((symbol) => read(registry, symbol))
  const [definitions, classes] = maps
  if (!(definitions instanceof Map) || !(classes instanceof Map)) return false
  for (const name of names) definitions.delete(name)
  for (const [Class, name] of classes) if (names.has(name)) classes.delete(Class)
  return true
}

interface IdlUtils {
  implForWrapper(wrapper: object): unknown
}

interface RegistryImpl {
  _customElementDefinitions: { readonly name: string }[]
}

/** jsdom 16 to 31: a list in the object behind the registry. */
function undefineInJsdom(
  registry: object,
  names: ReadonlySet<string>,
  requireOfDom: RequireOfDom | undefined,
): boolean {
  const impl = implOf(registry, requireOfDom) as Partial<RegistryImpl> | undefined
  if (!Array.isArray(impl?._customElementDefinitions)) return false
  impl._customElementDefinitions = impl._customElementDefinitions.filter(({ name }) => !names.has(name))
  return true
}

/** jsdom keeps it under a symbol until 30.0; from 30.1 on there is a function that finds it. */
function implOf(wrapper: object, requireOfDom: RequireOfDom | undefined): unknown {
  const symbol = Object.getOwnPropertySymbols(wrapper).find(({ description }) => description === 'impl')
  if (symbol) return read(wrapper, symbol)
  try {
    const utils = requireOfDom?.('jsdom/lib/generated/idl/utils.js') as Partial<IdlUtils> | undefined
    return utils?.implForWrapper?.(wrapper)
  } catch {
    return undefined
  }
}
