/**
 * Modules that are compiled under more conditions than the project's own. The server resolves what a module imports
 * when it transforms it, so a copy that resolves otherwise is made of other code: the worker asks for it by a query, and
 * what is imported by a module with that query the plugin resolves under those conditions.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { isFirstParty, moduleId } from 'fresh-modules/internal'

const QUERY = 'fresh-modules-conditions'
const IN_ID = new RegExp(`[?&]${QUERY}=([^&#]*)`)

/** The same module, compiled under these conditions. */
export function underConditions(url: string, conditions: readonly string[]): string {
  return `${url}${url.includes('?') ? '&' : '?'}${QUERY}=${encodeURIComponent(conditions.join(','))}`
}

interface InId {
  readonly conditions: readonly string[]
  /** The id without them. */
  readonly plain: string
}

/** The conditions that stand in an id; undefined where there are none. */
export function conditionsIn(id: string | undefined): InId | undefined {
  const [found, names = ''] = IN_ID.exec(id ?? '') ?? []
  if (id === undefined || found === undefined) return undefined
  const rest = id.slice(id.indexOf(found) + found.length)
  const plain = id.slice(0, id.indexOf(found)) + (found.startsWith('?') ? rest.replace(/^&/, '?') : rest)
  return { conditions: decodeURIComponent(names).split(','), plain }
}

interface Resolved {
  readonly id: string
}

/** What the plugin's hook for resolution is called on, in Vite 7 and 8. */
interface HookContext {
  readonly environment: {
    readonly config: { readonly resolve: { readonly conditions: readonly string[] } }
    getTopLevelConfig(): unknown
  }
  resolve(specifier: string, importer?: string, options?: { skipSelf: boolean }): Promise<Resolved | null>
}

type ResolveId = (environment: unknown, specifier: string, importer?: string) => Promise<string | undefined>

/** Environment -> conditions, as one text -> Vite's resolver under them. */
const resolvers = new WeakMap<object, Map<string, Promise<ResolveId>>>()

/** Resolves a request that has conditions, in the specifier or in the importer. `undefined` for any other. */
export function resolveUnderConditions(
  context: HookContext,
  specifier: string,
  importer: string | undefined,
): Promise<Resolved | null> | undefined {
  const asked = conditionsIn(specifier)
  const asking = conditionsIn(importer)
  if (asked) return resolveMarked(context, asked, asking?.plain ?? importer)
  return asking && resolveImport(context, specifier, asking)
}

async function resolveMarked(
  context: HookContext,
  { plain, conditions }: InId,
  importer: string | undefined,
): Promise<Resolved | null> {
  const resolved = await context.resolve(plain, importer, { skipSelf: true })
  return resolved && { ...resolved, id: underConditions(resolved.id, conditions) }
}

async function resolveImport(
  context: HookContext,
  specifier: string,
  { plain: importer, conditions }: InId,
): Promise<Resolved | null> {
  const plain = await context.resolve(specifier, importer, { skipSelf: true })
  // Conditions choose among what a package.json offers: for packages, and for its own `#imports`.
  if (plain && isFirstParty(moduleId(plain.id)) && !specifier.startsWith('#')) return plain
  const { environment } = context
  const resolveId = await resolverFor(environment, conditions)
  const id = await resolveId(environment, specifier, importer)
  return id === undefined ? plain : { id }
}

function resolverFor(
  environment: HookContext['environment'],
  conditions: readonly string[],
): Promise<ResolveId> {
  const known = resolvers.get(environment) ?? new Map<string, Promise<ResolveId>>()
  resolvers.set(environment, known)
  const key = conditions.join(',')
  const resolver = known.get(key) ?? makeResolver(environment, conditions)
  known.set(key, resolver)
  return resolver
}

async function makeResolver(
  environment: HookContext['environment'],
  conditions: readonly string[],
): Promise<ResolveId> {
  const { createIdResolver } = await importVite()
  const all = [...environment.config.resolve.conditions, ...conditions]
  return createIdResolver(environment.getTopLevelConfig(), { conditions: all })
}

interface Vite {
  createIdResolver(config: unknown, options: { conditions: readonly string[] }): ResolveId
}

/** The Vite that Vitest uses: the plugin itself need not be able to see it. */
function importVite(): Promise<Vite> {
  const vitest = createRequire(import.meta.url).resolve('vitest/package.json')
  const vite = createRequire(vitest).resolve('vite/package.json')
  return import(pathToFileURL(path.join(path.dirname(vite), 'dist/node/index.js')).href)
}
